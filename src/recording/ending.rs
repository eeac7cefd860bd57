use super::call::{Event, Reply};
use super::conductor::Conductor;
use crate::browser::{EncoderEvent, now_us};
use crate::{Error, Result};
use futures_channel::mpsc;
use futures_util::StreamExt;

/// Why a recording ends.
pub(super) enum End {
    /// When it was asked for, on the wall, in microseconds.
    Stopped(i64, Reply<()>),
    /// When, on the wall, in microseconds.
    TrackEnded(i64),
    /// The reel is as long as it may become.
    Limit,
    Failed(Error),
}

impl Conductor {
    /// Ends the recording: all that was taken is encoded, written, and told. Gives what kept some of it from the disk.
    pub(super) async fn finish(&mut self, end: End, inbox: &mut mpsc::UnboundedReceiver<Event>) -> Result<()> {
        self.frames.cancel();
        self.inspector.release();
        if let Some(freeze) = self.timeline.finish() {
            self.tell_freeze(freeze);
        }
        let at_us = match end {
            End::Stopped(at_us, _) | End::TrackEnded(at_us) => at_us,
            End::Limit | End::Failed(_) => now_us(),
        };
        self.ended_us = self.timeline.reel_end_us(at_us);
        let (mut stops, mut exports) = (Vec::new(), Vec::new());
        let (reason, mut failure) = match end {
            End::Stopped(_, reply) => {
                stops.push(reply);
                ("stopped", None)
            }
            End::TrackEnded(_) => ("track-ended", None),
            End::Limit => {
                self.tell("limit", &[("progress", self.progress())]);
                ("limit", None)
            }
            End::Failed(error) => ("error", Some(error)),
        };
        let mut drained = false;
        self.after_drain(Event::EndDrained);
        while !drained || self.opening.is_remaking() || !self.saving.is_settled() {
            match inbox.next().await {
                Some(Event::Encoder(number, _)) if number != self.made => {}
                Some(Event::Encoder(_, EncoderEvent::Chunk(chunk))) => {
                    failure = failure.or(self.gather(chunk).await.err());
                }
                Some(Event::Encoder(_, EncoderEvent::Failed(error))) => failure = failure.or(Some(error)),
                Some(Event::Written(result)) => self.saving.written(result),
                Some(Event::Remade(number, remade)) => self.remade(number, remade),
                Some(Event::Export(export) | Event::ExportDrained(export)) => exports.push(export),
                Some(Event::Stop(_, reply)) => stops.push(reply),
                Some(Event::EndDrained) => {
                    drained = true;
                    self.release_encoder();
                    failure = failure.or(self.close_segment().err());
                    self.ended_us = self.builder.end_us().or(Some(self.saving.contents().end_us()));
                }
                Some(_) => {}
                None => break,
            }
            self.write_task();
        }
        self.saving.complete();
        self.write_task();
        while !self.saving.is_settled() {
            match inbox.next().await {
                Some(Event::Written(result)) => self.saving.written(result),
                Some(Event::Export(export) | Event::ExportDrained(export)) => exports.push(export),
                Some(Event::Stop(_, reply)) => stops.push(reply),
                Some(_) => {}
                None => break,
            }
        }
        self.lock = None;
        let completed = self.saving.outcome();
        for export in exports {
            self.export(export);
        }
        if let Some(error) = failure.or(completed.clone().err()) {
            self.tell("error", &[("error", error.into())]);
        }
        let saved = completed.is_ok();
        self.tell("stop", &[("reason", reason.into()), ("progress", self.progress()), ("saved", saved.into())]);
        for reply in stops {
            let _ = reply.send(completed.clone());
        }
        completed
    }
}
