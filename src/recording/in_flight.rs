//! The frames that an encoder holds.

use crate::codec::nearest_input_us;
use crate::time::{Media, Steady};

/// How many frames may be in an encoder: as many as may have waited before the worker (js/capture.ts), and come at once.
pub const MOST_IN_FLIGHT: usize = 60;

/// The frames that an encoder holds, oldest first. `encodeQueueSize` does not count them: it has only what
/// waits before the codec, and stays 0 where the codec has a queue of its own.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Vec<Waiting>);

#[derive(Debug, Clone, Copy)]
struct Waiting {
    /// Its media time, and the time that it is encoded for.
    time: Media,
    steady: Steady,
    is_rolled_back: bool,
}

/// What becomes of a frame that an encoder has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// It is kept, at this media time.
    Kept(Media),
    /// It was rolled back meanwhile.
    RolledBack,
    /// A later one was returned before it, or it never went in.
    OutOfOrder,
}

/// Something that an encoder has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutputOutcome {
    /// What becomes of the frame.
    pub output: Output,
    /// The time that it was encoded for.
    pub steady: Steady,
    /// How many frames before it will never be returned.
    pub skipped: u32,
}

impl InFlight {
    /// Notes that a frame of this media time went in, encoded for this steady time.
    pub(crate) fn push(&mut self, time: Media, steady: Steady) {
        self.0.push(Waiting { time, steady, is_rolled_back: false });
    }

    /// How many frames there are, rolled back or not.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the encoder is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the encoder has to return some before it gets more.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MOST_IN_FLIGHT
    }

    /// What the newest frame was encoded for.
    pub(crate) fn newest(&self) -> Option<Steady> {
        self.0.last().map(|newest| newest.steady)
    }

    /// How many frames there are that are to be kept.
    pub(crate) fn waiting(&self) -> u32 {
        self.0.iter().filter(|waiting| !waiting.is_rolled_back).count() as u32
    }

    /// Notes that an encoder's output has this time. Frames before it will never be returned: an encoder in real-time
    /// mode may drop frames (<https://www.w3.org/TR/webcodecs/#latency-mode>).
    pub(crate) fn note_output(&mut self, back: Steady) -> OutputOutcome {
        let steady = Steady::from_us(nearest_input_us(self.0.iter().map(|waiting| waiting.steady.us()), back.us()));
        let skipped = self.drained(steady.saturating_sub(1));
        let Some(own) = self.0.first().copied().filter(|first| first.steady == steady) else {
            return OutputOutcome { output: Output::OutOfOrder, steady, skipped };
        };
        self.0.remove(0);
        let output = if own.is_rolled_back { Output::RolledBack } else { Output::Kept(own.time) };
        OutputOutcome { output, steady, skipped }
    }

    /// Notes that no frame encoded for up to this time will be returned any more. Gives the number of those that are
    /// missed.
    pub(crate) fn drained(&mut self, steady: Steady) -> u32 {
        let gone = self.0.partition_point(|waiting| waiting.steady <= steady);
        self.0.drain(..gone).filter(|waiting| !waiting.is_rolled_back).count() as u32
    }

    /// Notes that none will be returned any more. Gives the number of those that are missed.
    pub(crate) fn lost_all(&mut self) -> u32 {
        self.drained(Steady::MAX)
    }

    /// Rolls back the frames at later media times than this. Gives their number.
    pub(crate) fn roll_back(&mut self, after: Media) -> u32 {
        let later = self.0.iter_mut().filter(|waiting| waiting.time > after && !waiting.is_rolled_back);
        later.map(|waiting| waiting.is_rolled_back = true).count() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(us: i64) -> Media {
        Media::from_us(us)
    }

    fn steady(us: i64) -> Steady {
        Steady::from_us(us)
    }

    /// Frames 0 to 4. Frame n has a media time of n × 10 µs, and a steady time of a second more.
    fn five() -> InFlight {
        let mut in_flight = InFlight::default();
        (0..5).for_each(|n| in_flight.push(media(n * 10), steady(1_000_000 + n * 10)));
        in_flight
    }

    #[test]
    fn frames_that_are_returned_have_their_media_times() {
        let mut in_flight = five();
        assert_eq!(in_flight.newest(), Some(steady(1_000_040)));
        for n in 0..5 {
            assert_eq!(
                in_flight.note_output(steady(1_000_000 + n * 10)),
                out(Output::Kept(media(n * 10)), 1_000_000 + n * 10, 0)
            );
        }
        assert!(in_flight.is_empty());
        assert_eq!(in_flight.newest(), None);
    }

    // WebKit's encoder counts in seconds, and 1.023 s came back as 1.022999 s.
    #[test]
    fn a_time_that_a_codec_rounded_is_found_again() {
        assert_eq!(five().note_output(steady(1_000_001)), out(Output::Kept(media(0)), 1_000_000, 0));
    }

    #[test]
    fn frames_that_an_encoder_skips_are_missed_once() {
        let mut in_flight = five();
        assert_eq!(in_flight.note_output(steady(1_000_020)), out(Output::Kept(media(20)), 1_000_020, 2));
        assert_eq!(in_flight.len(), 2);
        assert_eq!(in_flight.drained(steady(1_000_030)), 1);
        assert_eq!(in_flight.lost_all(), 1);
        assert_eq!(in_flight.lost_all(), 0);
    }

    fn out(output: Output, steady_us: i64, skipped: u32) -> OutputOutcome {
        OutputOutcome { output, steady: steady(steady_us), skipped }
    }

    #[test]
    fn an_encoder_is_full_at_the_limit() {
        let mut in_flight = InFlight::default();
        (0..MOST_IN_FLIGHT as i64 - 1).for_each(|n| in_flight.push(media(n), steady(n)));
        assert!(!in_flight.is_full());
        in_flight.push(media(100), steady(100));
        assert!(in_flight.is_full());
    }

    #[test]
    fn a_frame_after_a_later_one_is_out_of_order() {
        let mut in_flight = five();
        in_flight.note_output(steady(1_000_020));
        assert_eq!(in_flight.note_output(steady(1_000_010)), out(Output::OutOfOrder, 1_000_010, 0));
        assert_eq!(in_flight.note_output(steady(i64::MIN)), out(Output::OutOfOrder, i64::MIN, 0));
    }

    #[test]
    fn a_frame_that_is_rolled_back_before_its_output_is_not_missed() {
        let mut in_flight = five();
        assert_eq!(in_flight.roll_back(media(20)), 2);
        assert_eq!(in_flight.roll_back(media(10)), 1);
        assert_eq!(in_flight.note_output(steady(1_000_010)), out(Output::Kept(media(10)), 1_000_010, 1));
        assert_eq!(in_flight.note_output(steady(1_000_020)), out(Output::RolledBack, 1_000_020, 0));
        assert_eq!(in_flight.lost_all(), 0);
    }
}
