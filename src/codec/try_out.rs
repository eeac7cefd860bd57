//! Which encoder a recording begins with: the best that the browser says it has, and that does what it says.

use super::{Answer, Choice, EncoderSetup, Format, Search};
use crate::Error;

/// What an encoder has returned of one picture of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// The time that the picture was encoded for, in microseconds.
    pub time_us: i64,
    /// Whether it is a key frame.
    pub key: bool,
    /// Whether what decodes it came with it.
    pub is_announced: bool,
}

/// What a trial has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The encoder returns pictures in their order, and says what decodes them.
    Works,
    /// It does not.
    Fails,
    /// It has returned nothing so far.
    Silent,
}

impl Verdict {
    /// That of what an encoder has returned so far, in the order it came. `is_over` says whether no more will come.
    pub fn of(outputs: &[Output], is_over: bool) -> Self {
        let Some(first) = outputs.first() else { return if is_over { Self::Fails } else { Self::Silent } };
        let is_in_order = outputs.is_sorted_by_key(|output| output.time_us);
        if first.key && first.is_announced && is_in_order { Self::Works } else { Self::Fails }
    }
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// The browser is to be asked whether it has this one.
    Ask(EncoderSetup),
    /// This one is to encode a few pictures.
    Try(EncoderSetup),
    /// There is none but the one that has returned nothing so far: it has more time.
    Wait,
    /// This one is taken.
    Take(EncoderSetup),
    /// There is none.
    None(Error),
}

/// Tries encoders before a recording depends on one.
#[derive(Debug)]
pub struct TryOut {
    format: Format,
    bitrate: u32,
    has_webcodecs: bool,
    stage: Stage,
    /// The one that was set aside, since it has returned nothing so far.
    slow: Option<EncoderSetup>,
}

#[derive(Debug)]
enum Stage {
    Search(Search),
    Trial(EncoderSetup),
    Taken(EncoderSetup),
    Failed(Error),
}

impl TryOut {
    /// Begins with the best encoder for this format and bitrate, in bits per second.
    pub fn new(choice: &Choice, format: Format, bitrate: u32, has_webcodecs: bool) -> Self {
        let stage = Stage::Search(choice.search(format, bitrate));
        Self { format, bitrate, has_webcodecs, stage, slow: None }
    }

    /// What is to be done now.
    pub fn next(&self) -> Next {
        match &self.stage {
            Stage::Search(search) => match search.next() {
                Some(setup) => Next::Ask(setup.clone()),
                None if self.slow.is_some() => Next::Wait,
                None => Next::None(search.unsupported(self.has_webcodecs)),
            },
            Stage::Trial(setup) => Next::Try(setup.clone()),
            Stage::Taken(setup) => Next::Take(setup.clone()),
            Stage::Failed(error) => Next::None(error.clone()),
        }
    }

    /// Takes what the browser says.
    pub fn answered(&mut self, answer: Answer, choice: &mut Choice) {
        if let Stage::Search(search) = &mut self.stage
            && let Some(setup) = search.answered(answer, choice)
        {
            self.stage = Stage::Trial(setup);
        }
    }

    /// Takes what a trial has shown. Gives whether it goes on beside the recording.
    pub fn tried(&mut self, verdict: Verdict, choice: &mut Choice) -> bool {
        let Stage::Trial(setup) = &self.stage else { return false };
        let setup = setup.clone();
        let is_set_aside = verdict == Verdict::Silent && choice.set_aside(setup.candidate);
        match verdict {
            Verdict::Works => choice.tried(self.format),
            Verdict::Fails => choice.refuse(setup.candidate),
            Verdict::Silent => {}
        }
        self.stage = match verdict {
            Verdict::Works => Stage::Taken(setup.clone()),
            Verdict::Fails | Verdict::Silent => Stage::Search(choice.search(self.format, self.bitrate)),
        };
        if is_set_aside {
            self.slow = Some(setup);
        }
        is_set_aside
    }

    /// Takes whether the one that had more time works after all.
    pub fn waited(&mut self, works: bool, choice: &mut Choice) {
        choice.answered(works);
        let Stage::Search(search) = &self.stage else { return };
        self.stage = match self.slow.take().filter(|_| works) {
            Some(slow) => {
                choice.tried(self.format);
                Stage::Taken(slow)
            }
            None => Stage::Failed(search.unsupported(self.has_webcodecs)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Codec, Place};

    const FORMAT: Format = Format { width: 1280, height: 720, fps: 30.0 };

    /// What a browser's encoders do, by what is asked for; and what is tried, in order.
    struct Browser {
        says: fn(&EncoderSetup) -> Answer,
        shows: fn(&EncoderSetup) -> Verdict,
        slow_works: bool,
        tried: Vec<(Codec, Place, usize)>,
        /// How many went on beside the recording.
        beside: usize,
    }

    fn browser(shows: fn(&EncoderSetup) -> Verdict) -> Browser {
        Browser { says: |_| Answer::Yes, shows, slow_works: true, tried: Vec::new(), beside: 0 }
    }

    fn named(setup: &EncoderSetup) -> (Codec, Place, usize) {
        (setup.candidate.codec, setup.candidate.place, setup.candidate.profile)
    }

    impl Browser {
        /// Which encoder is taken, and what is known of the others.
        fn begin(&mut self, codec: Option<Codec>) -> (Result<(Codec, Place, usize), String>, Choice) {
            let mut choice = Choice::new(codec, false);
            let mut try_out = TryOut::new(&choice, FORMAT, 1_000_000, true);
            loop {
                match try_out.next() {
                    Next::Ask(setup) => try_out.answered((self.says)(&setup), &mut choice),
                    Next::Try(setup) => {
                        self.tried.push(named(&setup));
                        self.beside += usize::from(try_out.tried((self.shows)(&setup), &mut choice));
                    }
                    Next::Wait => try_out.waited(self.slow_works, &mut choice),
                    Next::Take(setup) => return (Ok(named(&setup)), choice),
                    Next::None(error) => return (Err(error.code().into()), choice),
                }
            }
        }
    }

    #[test]
    fn the_first_that_works_is_taken() {
        let mut browser = browser(|_| Verdict::Works);
        assert_eq!(browser.begin(None).0, Ok((Codec::H264, Place::Hardware, 0)));
        assert_eq!((browser.tried.len(), browser.beside), (1, 0));
    }

    // A browser said that it had an encoder, and the first frame ended the recording.
    #[test]
    fn an_encoder_that_does_not_do_what_the_browser_reports_is_not_taken() {
        let mut browser = browser(|setup| match setup.candidate {
            candidate if candidate.place == Place::Hardware => Verdict::Fails,
            candidate if candidate.codec == Codec::H264 => Verdict::Fails,
            _ => Verdict::Works,
        });
        browser.says = |setup| if setup.candidate.place == Place::OpenH264 { Answer::No } else { Answer::Yes };
        assert_eq!(browser.begin(None).0, Ok((Codec::Vp9, Place::Any, 0)));
        let mut tried = browser.tried.clone();
        tried.dedup();
        assert_eq!(tried, browser.tried, "none is tried twice");
        assert_eq!(browser.begin(Some(Codec::H264)).0, Err("unsupported".into()));
    }

    // NVENC takes up to seven seconds to its first chunk: it was taken for dead, or the recording waited.
    #[test]
    fn one_that_has_shown_nothing_continues_beside_the_recording() {
        let mut browser = browser(|setup| match setup.candidate.place {
            Place::Hardware => Verdict::Silent,
            _ => Verdict::Works,
        });
        let (taken, mut choice) = browser.begin(Some(Codec::H264));
        assert_eq!((taken, browser.beside), (Ok((Codec::H264, Place::Software, 0)), 1));
        let slow = choice.answered(true).map(|candidate| candidate.place);
        assert_eq!(slow, Some(Place::Hardware), "it may still take over");
    }

    #[test]
    fn if_nothing_else_works_the_slow_one_is_waited_for() {
        let mut browser = browser(|setup| match setup.candidate.place {
            Place::Hardware if setup.candidate.profile == 0 => Verdict::Silent,
            _ => Verdict::Fails,
        });
        assert_eq!(browser.begin(Some(Codec::H264)).0, Ok((Codec::H264, Place::Hardware, 0)));
        browser.slow_works = false;
        assert_eq!(browser.begin(Some(Codec::H264)).0, Err("unsupported".into()));
    }

    #[test]
    fn what_the_browser_does_not_have_is_not_tried() {
        let mut browser = browser(|_| Verdict::Works);
        browser.says = |_| Answer::No;
        assert_eq!(browser.begin(None).0, Err("unsupported".into()));
        assert_eq!(browser.tried, []);
    }

    #[test]
    fn an_encoder_works_if_it_returns_pictures_in_order_and_reports_what_decodes_them() {
        let output = |n: i64| Output { time_us: n * 33_333, key: n == 0, is_announced: n == 0 };
        let all = [0, 1, 2].map(output);
        assert_eq!([true, false].map(|is_over| Verdict::of(&all, is_over)), [Verdict::Works; 2]);
        assert_eq!(Verdict::of(&all[..1], false), Verdict::Works);
        assert_eq!(Verdict::of(&[], false), Verdict::Silent);
        assert_eq!(Verdict::of(&[], true), Verdict::Fails);
        assert_eq!(Verdict::of(&[0, 2, 1].map(output), true), Verdict::Fails, "it reorders");
        assert_eq!(Verdict::of(&all[1..], true), Verdict::Fails, "it begins with no key frame");
        let silent = Output { is_announced: false, ..all[0] };
        assert_eq!(Verdict::of(&[silent, all[1]], true), Verdict::Fails, "nothing decodes it");
    }
}
