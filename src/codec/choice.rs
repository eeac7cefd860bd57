//! Which encoder a recording asks the browser for, and which takes the place of one that failed.

use super::colour::{Colour, UNUSUAL};
use super::h264::BASELINE;
use super::{Codec, Container, Format, Palette};
use crate::Error;

/// Where an encoder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In hardware.
    Hardware,
    /// Wherever the browser likes.
    Any,
    /// On the processor.
    Software,
    /// On the processor, in a module of this package's own.
    OpenH264,
}

/// An encoder to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The codec.
    pub codec: Codec,
    /// Where it is to run.
    pub place: Place,
    /// Which of the codec's profiles it is, from 0, the best first.
    pub profile: usize,
}

/// What an encoder is set up with.
#[derive(Debug, Clone, PartialEq)]
pub struct EncoderSetup {
    /// Which encoder it is.
    pub candidate: Candidate,
    /// Its codec and profile as RFC 6381 writes them.
    pub name: String,
    /// The pictures that it makes.
    pub format: Format,
    /// In bits per second.
    pub bitrate: u32,
    /// The colours that its pictures have; none before the first frame.
    pub palette: Option<Palette>,
}

impl EncoderSetup {
    /// The same for pictures of these colours.
    pub fn with(&self, palette: Palette) -> Self {
        // OpenH264 would make others of red, green and blue.
        let is_openh264 = self.candidate.place == Place::OpenH264;
        let palette = if is_openh264 { palette.by(Some(palette.colour)) } else { palette };
        Self { palette: Some(palette), ..self.clone() }
    }
}

/// What the browser says of an encoder, or a decoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Yes,
    /// It is not.
    No,
    /// The browser has not answered in time.
    Silent,
    /// What provides it has failed, in its own words.
    Failed(String),
}

/// A search for an encoder: the browser is asked for one after the other.
#[derive(Debug)]
pub struct Search {
    /// The best last.
    left: Vec<EncoderSetup>,
    /// What to report if there is none.
    names: &'static str,
    format: Format,
    failure: String,
}

impl Search {
    /// What to ask for now; none if nothing is left.
    pub fn next(&self) -> Option<&EncoderSetup> {
        self.left.last()
    }

    /// Notes the answer for [`next`](Self::next). Gives the setup if the encoder is there.
    pub fn answered(&mut self, answer: Answer, choice: &mut Choice) -> Option<EncoderSetup> {
        let asked = self.left.pop()?;
        match answer {
            Answer::Yes => return Some(asked),
            Answer::No => {}
            // It is not asked again.
            Answer::Silent => choice.refuse(asked.candidate),
            Answer::Failed(reason) => self.failure = format!("; OpenH264: {reason}"),
        }
        None
    }

    /// Why nothing was found.
    pub fn unsupported(&self, has_webcodecs: bool) -> Error {
        let (Format { width, height, .. }, failure) = (self.format, &self.failure);
        let what = match self.names {
            _ if !has_webcodecs => format!("it has no VideoEncoder (WebCodecs){failure}"),
            names => format!("it has no encoder for {names} at {width}×{height}{failure}"),
        };
        Error::Unsupported { what }
    }
}

/// In hardware, if there is any; else as the browser likes.
const FIRST: [Place; 3] = [Place::Hardware, Place::Any, Place::OpenH264];
/// What takes the place of one that failed. Hardware fails where software does not, and some devices have only hardware.
const NEXT: [Place; 3] = [Place::Software, Place::Any, Place::OpenH264];
/// The most pixels of a picture that OpenH264 makes: level 5.2 of H.264 has no more.
const OPENH264_PIXELS: u64 = 9_437_184;
/// How many chunks an encoder has to give to count as one that works: a second's worth.
const WORKING: u32 = 30;

/// The encoders that a recording may have, and what is known of them.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What has to hold them.
    container: Container,
    /// The codec, once it is settled.
    codec: Option<Codec>,
    /// Where they may run, in the order to try.
    places: &'static [Place],
    /// How many have failed, one after the other, and how many chunks the last one has given.
    failures: usize,
    returned: u32,
    /// Those that do not do what the browser says: everywhere, where there is no place.
    refused: Vec<(Codec, usize, Option<Place>)>,
    /// One that has not answered yet. Nothing else is asked for at its place.
    slow: Option<Candidate>,
    /// The largest picture that one has shown to make, in pixels.
    tried: u64,
    /// What the browser's encoders describe all pictures as, if they do not keep the description that those have.
    own_colour: Option<Colour>,
}

impl Choice {
    /// All encoders of a codec, or of any that an MP4 holds; only OpenH264, if it is asked for.
    pub fn new(codec: Option<Codec>, is_openh264_wanted: bool) -> Self {
        let places = if is_openh264_wanted { &FIRST[2..] } else { &FIRST };
        Self {
            container: Container::Mp4,
            codec,
            places,
            failures: 0,
            returned: 0,
            refused: Vec::new(),
            slow: None,
            tried: 0,
            own_colour: None,
        }
    }

    /// The same for what this holds.
    pub fn that_fit(self, container: Container) -> Self {
        Self { container, ..self }
    }

    /// What may be asked for, the best first.
    pub fn candidates(&self, format: Format, bitrate: u32) -> Vec<EncoderSetup> {
        let mut candidates = Vec::new();
        for &codec in self.codec.as_ref().map_or(self.container.codecs(), std::slice::from_ref) {
            let names = codec.candidates(format, bitrate);
            for &place in self.places() {
                let named = names.iter().cloned().enumerate();
                let all = named.map(|(profile, name)| {
                    let candidate = Candidate { codec, place, profile };
                    EncoderSetup { candidate, name, format, bitrate, palette: None }
                });
                let is_made = place != Place::OpenH264 || format.pixels() <= OPENH264_PIXELS;
                candidates.extend(all.filter(|setup| is_made && self.may_work(setup.candidate)));
            }
        }
        candidates
    }

    /// Begins to look for the best encoder for this format and bitrate, in bits per second.
    pub fn search(&self, format: Format, bitrate: u32) -> Search {
        let names = self.codec.map_or(self.container.codec_names(), Codec::name);
        let mut left = self.candidates(format, bitrate);
        left.reverse();
        Search { left, names, format, failure: String::new() }
    }

    /// The setup of one of them; none if it makes no such pictures.
    pub fn setup_of(&self, wanted: Candidate, format: Format, bitrate: u32) -> Option<EncoderSetup> {
        self.candidates(format, bitrate).into_iter().find(|setup| setup.candidate == wanted)
    }

    fn places(&self) -> &'static [Place] {
        // Where the browser likes may be there as well.
        if self.slow.is_some() && self.failures == 0 && self.places.len() > 1 { &NEXT } else { self.places }
    }

    fn may_work(&self, Candidate { codec, place, profile }: Candidate) -> bool {
        let is_it = |&(refused, its_profile, its_place): &(Codec, usize, Option<Place>)| {
            (refused, its_profile) == (codec, profile) && its_place.is_none_or(|refused| refused == place)
        };
        // OpenH264 makes no other profile.
        let is_made = place != Place::OpenH264 || (codec, profile) == (Codec::H264, BASELINE);
        is_made && self.slow.is_none_or(|slow| slow.place != place) && !self.refused.iter().any(is_it)
    }

    /// Whether encoders have failed one after the other, so that frames wait for the next.
    pub fn is_replacing(&self) -> bool {
        self.failures > 0
    }

    /// Whether an encoder has shown that it makes pictures as large as these. Browsers report support for sizes that then fail.
    pub fn has_tried(&self, format: Format) -> bool {
        format.pixels() <= self.tried
    }

    /// Notes that an encoder has made pictures of this format.
    pub fn tried(&mut self, format: Format) {
        self.tried = self.tried.max(format.pixels());
    }

    /// Notes what an encoder has described pictures of [`UNUSUAL`] colours as, if it has described them.
    pub fn described(&mut self, colour: Option<Colour>) {
        if colour.is_some() {
            self.own_colour = colour.filter(|&colour| colour != UNUSUAL);
        }
    }

    /// What becomes of the colours that a reel begins with.
    pub fn palette(&self, first: Palette) -> Palette {
        first.by(self.own_colour)
    }

    /// Notes that one does not work: it is not asked for again.
    pub fn refuse(&mut self, Candidate { codec, place, profile }: Candidate) {
        self.refused.push((codec, profile, Some(place)));
    }

    /// Notes that one has not answered yet, so that another begins. Reports whether it may go on trying: one at a time may.
    pub fn set_aside(&mut self, candidate: Candidate) -> bool {
        let is_first = self.slow.is_none();
        if is_first {
            self.slow = Some(candidate);
        } else {
            self.refuse(candidate);
        }
        is_first
    }

    /// Notes that the one that was set aside works, or never will. Gives which it is.
    pub fn answered(&mut self, works: bool) -> Option<Candidate> {
        let slow = self.slow.take()?;
        if !works {
            self.refuse(slow);
        }
        Some(slow)
    }

    /// Notes that one returns pictures out of their order, and so do others of its profile.
    pub fn reorders(&mut self, Candidate { codec, profile, .. }: Candidate) {
        self.refused.push((codec, profile, None));
    }

    /// A reel keeps its codec.
    pub fn settle(&mut self, codec: Codec) {
        self.codec = Some(codec);
    }

    /// Notes that one has returned a chunk.
    pub fn chunk_returned(&mut self) {
        self.returned = self.returned.saturating_add(1);
        if self.returned >= WORKING {
            self.failures = 0;
        }
    }

    /// Notes that one has failed. Reports whether there is another to try in its place.
    pub fn failed(&mut self) -> bool {
        let next = NEXT.get(self.failures..).filter(|next| !next.is_empty());
        self.places = next.unwrap_or(self.places);
        self.failures += 1;
        self.returned = 0;
        next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::colour::{BT709, SRGB};

    const FORMAT: Format = Format { width: 1280, height: 720, fps: 30.0 };

    /// Codec, place and profile of each candidate.
    fn candidates(choice: &Choice) -> Vec<(Codec, Place, usize)> {
        let candidates = choice.candidates(FORMAT, 1_000_000);
        candidates
            .iter()
            .map(|EncoderSetup { candidate, .. }| (candidate.codec, candidate.place, candidate.profile))
            .collect()
    }

    fn places(choice: &Choice) -> Vec<Place> {
        let mut places: Vec<Place> = candidates(choice).into_iter().map(|(_, place, _)| place).collect();
        places.dedup();
        places
    }

    /// What a search reports that has found nothing.
    fn missing(choice: &Choice) -> String {
        choice.search(FORMAT, 1_000_000).unsupported(true).to_string()
    }

    #[test]
    fn the_first_that_is_there_is_taken_and_one_that_does_not_answer_is_not_asked_again() {
        let mut choice = Choice::new(Some(Codec::H264), false);
        let mut search = choice.search(FORMAT, 1_000_000);
        let all = choice.candidates(FORMAT, 1_000_000);
        assert_eq!(search.next(), Some(&all[0]));
        assert_eq!(search.answered(Answer::No, &mut choice), None);
        assert_eq!(search.answered(Answer::Silent, &mut choice), None);
        assert_eq!(search.answered(Answer::Yes, &mut choice), Some(all[2].clone()));
        let again = choice.candidates(FORMAT, 1_000_000);
        assert!(again.contains(&all[0]) && !again.contains(&all[1]));
        assert_eq!(choice.setup_of(all[2].candidate, FORMAT, 1_000_000), Some(all[2].clone()));
        assert_eq!(choice.setup_of(all[1].candidate, FORMAT, 1_000_000), None);
    }

    #[test]
    fn a_search_that_finds_nothing_reports_what_failed() {
        let mut choice = Choice::new(None, true);
        let mut search = choice.search(FORMAT, 1_000_000);
        assert_eq!(search.answered(Answer::Failed("404".into()), &mut choice), None);
        assert_eq!(search.answered(Answer::Yes, &mut choice), None);
        let message = search.unsupported(false).to_string();
        assert_eq!(message, "this browser can't record: it has no VideoEncoder (WebCodecs); OpenH264: 404");
    }

    #[test]
    fn h264_in_hardware_comes_first_and_av1_last() {
        let choice = Choice::new(None, false);
        let all = candidates(&choice);
        assert_eq!(all[0], (Codec::H264, Place::Hardware, 0));
        assert_eq!(all[all.len() - 1], (Codec::Av1, Place::Any, 0));
        assert_eq!(choice.candidates(FORMAT, 1_000_000)[0].name, "avc1.64001f");
        // OpenH264 after what the browser has, and for nothing but Baseline.
        let openh264: Vec<_> = all.iter().filter(|(_, place, _)| *place == Place::OpenH264).collect();
        assert_eq!(openh264, [&(Codec::H264, Place::OpenH264, BASELINE)]);
        assert_eq!(missing(&choice), "this browser can't record: it has no encoder for H.264, VP9 or AV1 at 1280×720");
    }

    #[test]
    fn encoders_that_do_not_keep_a_description_have_their_own() {
        let mut choice = Choice::new(None, false);
        let first = Palette::new(Some(SRGB));
        for described in [Some(UNUSUAL), None] {
            choice.described(described);
            assert_eq!(choice.palette(first), first);
        }
        for described in [Some(BT709), None] {
            choice.described(described);
            assert_eq!(choice.palette(first), Palette { colour: BT709, is_kept: false, is_of_rgb: false });
        }
    }

    // The module was loaded for pictures that it refuses.
    #[test]
    fn openh264_is_not_asked_for_pictures_larger_than_it_makes() {
        let has_openh264 = |width, height| {
            let candidates = Choice::new(None, false).candidates(Format { width, height, fps: 30.0 }, 1_000_000);
            candidates.iter().any(|setup| setup.candidate.place == Place::OpenH264)
        };
        assert!(has_openh264(4096, 2304));
        assert!(!has_openh264(4096, 2306));
    }

    #[test]
    fn a_codec_that_is_asked_for_or_settled_is_the_only_one() {
        let mut choice = Choice::new(Some(Codec::Vp9), false);
        assert_eq!(candidates(&choice), [(Codec::Vp9, Place::Hardware, 0), (Codec::Vp9, Place::Any, 0)]);
        choice.settle(Codec::Av1);
        assert_eq!(candidates(&choice), [(Codec::Av1, Place::Hardware, 0), (Codec::Av1, Place::Any, 0)]);
        assert_eq!(missing(&choice), "this browser can't record: it has no encoder for av1 at 1280×720");
        assert_eq!(candidates(&Choice::new(None, true)), [(Codec::H264, Place::OpenH264, BASELINE)]);
    }

    #[test]
    fn one_that_does_not_work_is_not_asked_for_again() {
        let mut choice = Choice::new(Some(Codec::Vp9), false);
        choice.refuse(Candidate { codec: Codec::Vp9, place: Place::Hardware, profile: 0 });
        assert_eq!(candidates(&choice), [(Codec::Vp9, Place::Any, 0)]);
        choice.refuse(Candidate { codec: Codec::Vp9, place: Place::Any, profile: 0 });
        assert_eq!(candidates(&choice), []);
    }

    // NVENC and VideoToolbox take 5 to 7 s to their first chunk, and were taken for broken.
    #[test]
    fn a_slow_one_is_set_aside_with_its_place_until_it_answers() {
        let mut choice = Choice::new(Some(Codec::H264), false);
        let slow = Candidate { codec: Codec::H264, place: Place::Hardware, profile: 0 };
        assert!(choice.set_aside(slow));
        assert_eq!(places(&choice), NEXT);
        assert!(!choice.set_aside(Candidate { place: Place::Software, ..slow }), "one at a time");
        assert_eq!(candidates(&choice)[0], (Codec::H264, Place::Software, 1), "another is refused");
        choice.answered(true);
        assert_eq!(candidates(&choice)[0], (Codec::H264, Place::Hardware, 0));

        let mut choice = Choice::new(Some(Codec::H264), false);
        choice.set_aside(slow);
        choice.answered(false);
        assert_eq!(candidates(&choice)[0], (Codec::H264, Place::Hardware, 1));
    }

    // Otherwise the browser's own encoder records when OpenH264 is slow to load.
    #[test]
    fn none_but_openh264_takes_its_place_if_it_was_asked_for() {
        let mut choice = Choice::new(None, true);
        choice.set_aside(Candidate { codec: Codec::H264, place: Place::OpenH264, profile: BASELINE });
        assert_eq!(candidates(&choice), []);
        choice.answered(true);
        assert_eq!(places(&choice), [Place::OpenH264]);
    }

    #[test]
    fn a_profile_that_reorders_pictures_is_asked_for_nowhere() {
        let mut choice = Choice::new(Some(Codec::H264), false);
        choice.reorders(Candidate { codec: Codec::H264, place: Place::Any, profile: 0 });
        assert!(candidates(&choice).iter().all(|&(_, _, profile)| profile != 0));
        assert_eq!(places(&choice), FIRST);
    }

    #[test]
    fn software_takes_the_place_of_one_that_failed_then_whatever_there_is() {
        let mut choice = Choice::new(Some(Codec::H264), false);
        assert!(!choice.is_replacing());
        assert!(choice.failed());
        assert!(choice.is_replacing());
        assert_eq!(places(&choice), NEXT);
        assert!(choice.failed());
        assert_eq!(places(&choice), NEXT[1..]);
        assert!(choice.failed());
        assert_eq!(places(&choice), NEXT[2..]);
        assert!(!choice.failed(), "there is no other");
    }

    #[test]
    fn one_that_has_worked_for_a_second_resets_the_count_of_failures() {
        let mut choice = Choice::new(Some(Codec::H264), false);
        choice.failed();
        choice.failed();
        (0..WORKING - 1).for_each(|_| choice.chunk_returned());
        assert!(choice.is_replacing());
        choice.chunk_returned();
        assert!(!choice.is_replacing());
        choice.failed();
        assert_eq!(places(&choice), NEXT);
        // What the one before gave does not count for the next.
        (0..WORKING - 1).for_each(|_| choice.chunk_returned());
        assert!(choice.is_replacing());
    }
}
