//! A stretch of a reel as a fragment, for a player: from a key frame, or from where the last stretch ended, if that is still as it was. A
//! recording may grow, be cut, or be encoded again meanwhile.

use super::placed::{Placed, PlacedTrack, fragment, initialisation, mime, placed};
use super::{Piece, Stored, silence};
use crate::Result;
use crate::reel::{ReelRecord, Track};
use std::ops::Range;

/// The last sample of a track that a player has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// The index of the segment that the first sample is in which is compared; see `from_us`.
    pub index: u32,
    /// When it is decoded, in microseconds.
    pub start_us: i64,
    /// When the next one is, in microseconds.
    pub end_us: i64,
    /// When the first one that the player has, and that may still change, is decoded, in microseconds: this one, if none may.
    pub from_us: i64,
    /// What the sizes of the samples from that one on amount to.
    pub sum: u32,
}

/// What a player has: where the next stretch continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Which tracks its initialisation has, a bit each.
    pub tracks: u8,
    /// The configuration of each track there.
    pub configs: [u32; 2],
    /// The last sample of each track.
    pub lasts: [Option<Last>; 2],
    /// Up to when nothing could change any more when it was made, in microseconds.
    pub settled_us: i64,
    /// When the reel ended, in microseconds, if the player had all of it then.
    pub all_us: Option<i64>,
    /// Up to when silence was put behind sound that had ended, in microseconds.
    pub silent_us: i64,
}

/// Where a stretch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With the last key frame that is not later than this, in microseconds, or the first.
    Time(i64),
    /// Where another one ended, or with the last key frame before that if it is not as it was.
    Behind(Place),
}

/// Which segment of a track is the first that a stretch is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstSegment {
    /// The one with this index.
    Index(u32),
    /// The one in which this media time is, in microseconds.
    At(i64),
}

impl From {
    /// Where a track is read from.
    pub fn first_segment(self, track: Track) -> FirstSegment {
        match self {
            Self::Time(us) => FirstSegment::At(us),
            Self::Behind(place) => match place.lasts[track as usize] {
                Some(last) => FirstSegment::Index(last.index),
                // The player has only silence of it.
                None => FirstSegment::At(place.lasts.iter().flatten().map(|last| last.start_us).min().unwrap_or(0)),
            },
        }
    }
}

/// A part of a reel for a player.
#[derive(Debug)]
pub struct Stretch {
    /// The initialisation that comes before it, if it is not that of the stretch before.
    pub initialisation: Option<Vec<u8>>,
    /// Its MIME type.
    pub mime: String,
    /// Its bytes.
    pub pieces: Vec<Piece>,
    /// From when to when it goes, in microseconds of media time.
    pub range_us: Range<i64>,
    /// Whether it does not continue the one before: what is there from its start on is not valid any more.
    pub is_new: bool,
    /// Whether nothing follows it in what was given.
    pub is_last: bool,
    /// Where it ends.
    pub place: Place,
}

/// What a stretch can be made of.
#[derive(Debug)]
pub enum MadeStretch {
    /// There it is.
    Stretch(Box<Stretch>),
    /// Nothing follows yet.
    Nothing,
    /// The key frame is in earlier segments.
    Earlier,
}

impl Place {
    /// Whether all of a reel that is live was there when it was made, and is still that.
    pub fn is_all(&self, reel: &ReelRecord) -> bool {
        self.all_us == Some(reel.start_us + reel.duration_us)
    }

    /// As text.
    pub fn to_text(&self) -> String {
        let [video, audio] = self.configs.map(i64::from);
        let mut numbers =
            vec![self.tracks.into(), video, audio, self.settled_us, self.all_us.unwrap_or(-1), self.silent_us];
        for last in self.lasts {
            let Last { index, start_us, end_us, from_us, sum } =
                last.unwrap_or(Last { index: u32::MAX, start_us: 0, end_us: 0, from_us: 0, sum: 0 });
            numbers.extend([index.into(), start_us, end_us, from_us, sum.into()]);
        }
        numbers.iter().map(i64::to_string).collect::<Vec<_>>().join("_")
    }

    /// Reads such a text; none if it is not one.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut numbers = text.split('_').map(|number| number.parse::<i64>().ok());
        let mut next = || numbers.next().flatten();
        let small = |number: i64| u32::try_from(number).ok();
        let tracks = u8::try_from(next()?).ok()?;
        let (configs, settled_us) = ([small(next()?)?, small(next()?)?], next()?);
        let (all_us, silent_us) = (Some(next()?).filter(|&us| us >= 0), next()?);
        let mut lasts = [None; 2];
        for last in &mut lasts {
            let index = small(next()?)?;
            let (start_us, end_us, from_us, sum) = (next()?, next()?, next()?, small(next()?)?);
            *last = (index < u32::MAX).then_some(Last { index, start_us, end_us, from_us, sum });
        }
        Some(Self { tracks, configs, lasts, settled_us, all_us, silent_us })
    }
}

/// The stretch from there on that is about this long, in microseconds; one from a time is that long behind that time. The segments are
/// given with their indexes, each track in its order, from the one before where it begins on. `has_earlier` says whether there are some
/// before them. Of a reel that is live, the last sample of a track waits until it is known how long it is.
///
/// # Errors
/// Those of an initialisation.
pub fn stretch(
    reel: &ReelRecord,
    stored: Vec<(u32, Stored)>,
    from: From,
    length_us: i64,
    has_earlier: bool,
    is_live: bool,
) -> Result<MadeStretch> {
    let mut samples = placed(stored);
    if is_live {
        samples.iter_mut().for_each(|samples| samples.truncate(samples.len().saturating_sub(1)));
    }
    let leading = usize::from(samples[0].is_empty() && reel.video.is_empty());
    let (aim_us, before) = match from {
        From::Time(us) => (us, None),
        // What was cut, or encoded again, may begin before its last sample.
        From::Behind(place) => {
            (place.lasts[leading].map_or(0, |last| last.start_us.min(place.settled_us)), Some(place))
        }
    };
    let continued = before.and_then(|before| continued(&samples, &before, leading));
    let start = match continued {
        Some([video, audio]) => [video, audio][leading],
        None => {
            let key = samples[leading].iter().rposition(|sample| sample.key && sample.start_us <= aim_us);
            if key.is_none() && has_earlier {
                return Ok(MadeStretch::Earlier);
            }
            match key.or_else(|| samples[leading].iter().position(|sample| sample.key)) {
                Some(key) => key,
                None => return Ok(MadeStretch::Nothing),
            }
        }
    };
    let Some(first) = samples[leading].get(start) else { return Ok(MadeStretch::Nothing) };
    let (start_us, config) = (first.start_us, first.config);
    let until_us = if continued.is_some() { start_us } else { start_us.max(aim_us) }.saturating_add(length_us);
    let of_leading = &samples[leading][start..];
    let count = of_leading.iter().take_while(|sample| sample.start_us < until_us && sample.config == config).count();
    let end_us = of_leading.get(count).map_or(of_leading[count - 1].end_us, |next| next.start_us);
    let is_last = count == of_leading.len();

    let mut tracks = 1 << leading;
    let mut parts = vec![part(leading, config, of_leading[..count].to_vec(), end_us)];
    let mut configs = [0; 2];
    configs[leading] = config;
    let mut silent_us = 0;
    if leading == 0 && !reel.audio.is_empty() {
        let pictures = Pictures { start_us, end_us, is_last };
        let Some(heard) = sound(reel, &samples[1], pictures, before, continued.map(|[_, audio]| audio), is_live) else {
            return Ok(MadeStretch::Nothing);
        };
        tracks |= 2;
        (configs[1], silent_us) = (heard.track.config, heard.silent_us);
        parts.extend(Some(heard.track).filter(|track| !track.samples.is_empty()));
    }
    let settled_us = if is_live { reel.settled_us } else { i64::MAX };
    let lasts = before.filter(|_| continued.is_some()).map_or([None; 2], |before| before.lasts);
    let all_us = (is_live && is_last).then_some(reel.start_us + reel.duration_us);
    let mut place = Place { tracks, configs, lasts, settled_us, all_us, silent_us };
    for PlacedTrack { track, samples: own, .. } in &parts {
        let own = own.iter().filter(|(before, _)| before.is_empty());
        let [Some((_, first)), Some((_, last))] = [own.clone().next(), own.clone().next_back()] else { continue };
        let all = &samples[*track as usize];
        let begun_us = place.lasts[*track as usize].map_or(first.start_us, |before| before.from_us);
        let at = all.partition_point(|sample| sample.start_us < last.start_us);
        let from = all.partition_point(|sample| sample.start_us < begun_us.max(settled_us)).min(at);
        place.lasts[*track as usize] = Some(Last {
            index: all[from].index,
            start_us: last.start_us,
            end_us: last.end_us,
            from_us: all[from].start_us,
            sum: sum(&all[from..=at]),
        });
    }
    let is_same = before.is_some_and(|before| (before.tracks, before.configs) == (tracks, configs));
    let initialisation = if is_same { None } else { Some(initialisation(reel, tracks, configs)?) };
    let (pieces, range_us) = fragment(reel, 1, 0, parts)?;
    let mime = mime(reel, tracks, configs);
    let range_us = start_us..range_us.end.min(end_us).max(start_us);
    Ok(MadeStretch::Stretch(Box::new(Stretch {
        initialisation,
        mime,
        pieces,
        range_us,
        is_new: continued.is_none(),
        is_last,
        place,
    })))
}

/// The pictures of a stretch, in microseconds.
struct Pictures {
    start_us: i64,
    end_us: i64,
    /// Whether there are none behind them.
    is_last: bool,
}

/// The sound of a stretch.
struct Sound {
    track: PlacedTrack,
    /// Up to when there is silence behind sound that has ended, in microseconds.
    silent_us: i64,
}

/// The sound beside pictures, with silence where there is none: a player waits for every track. It continues behind `before` with the sample
/// `continued`. None if it may still come.
fn sound(
    reel: &ReelRecord,
    samples: &[Placed],
    Pictures { start_us, end_us, is_last }: Pictures,
    before: Option<Place>,
    continued: Option<usize>,
    is_live: bool,
) -> Option<Sound> {
    let last = before.and_then(|before| before.lasts[1]);
    let begin = match continued.filter(|_| last.is_some()) {
        Some(next) => next,
        // A packet that is heard when the picture comes.
        None => samples.partition_point(|sample| sample.end_us <= start_us),
    };
    let sound = samples.get(begin..).unwrap_or_default();
    let sound = &sound[..sound.partition_point(|sample| sample.start_us < end_us)];
    let same = before.filter(|_| last.is_some()).map(|before| before.configs[1]);
    let config = sound.first().map(|first| first.config).or(same).unwrap_or(0);
    let count = sound.iter().take_while(|sample| sample.config == config).count();
    let silent = |from_us, to_us| {
        reel.audio.get(config as usize).map_or(Vec::new(), |track| silence::between(track, config, from_us, to_us))
    };
    let mut track = part(1, config, sound[..count].to_vec(), end_us);
    let mut silent_us = before.filter(|_| continued.is_some()).map_or(0, |before| before.silent_us);
    let had_us = last.map(|last| last.end_us);
    let mut heard_us = sound[..count].last().map(|last| last.end_us).or(had_us).unwrap_or(end_us);
    if last.is_none() || continued.is_none() {
        if is_live && is_last && count == 0 && end_us - start_us < SOUND_COMES_US {
            return None;
        }
        let sound_us = track.samples.first().map_or(end_us, |(_, first)| first.start_us);
        let had_us = had_us.zip(before).map_or(start_us, |(us, before)| us.max(before.silent_us).min(start_us));
        track.samples.splice(0..0, silent(had_us, sound_us));
        heard_us = if count > 0 { heard_us } else { end_us };
    }
    let is_followed = samples.len() > begin + count;
    let has_ended = !is_live || silent_us > heard_us || end_us - heard_us > SOUND_COMES_US;
    let heard_us = if count > 0 { heard_us } else { heard_us.max(silent_us) };
    if !is_followed && has_ended {
        let behind = silent(heard_us, end_us);
        silent_us = behind.last().map_or(heard_us, |(_, last)| last.end_us);
        track.samples.extend(behind);
    }
    track.end_us = track.samples.last().map_or(end_us, |(_, last)| last.end_us);
    Some(Sound { track, silent_us })
}

fn part(track: usize, config: u32, samples: Vec<Placed>, end_us: i64) -> PlacedTrack {
    let track = if track == 0 { Track::Video } else { Track::Audio };
    PlacedTrack { track, config, samples: samples.into_iter().map(|sample| (Vec::new(), sample)).collect(), end_us }
}

/// What distinguishes samples from others of the same times: the same pictures may be encoded again.
fn sum<'a>(samples: impl IntoIterator<Item = &'a Placed>) -> u32 {
    samples.into_iter().fold(0, |sum: u32, sample| sum.wrapping_mul(31).wrapping_add(sample.size))
}

/// With which samples of each track it continues behind a place; none if what was there is not as it was.
fn continued(samples: &[Vec<Placed>; 2], place: &Place, leading: usize) -> Option<[usize; 2]> {
    let mut starts = [0; 2];
    for (track, start) in starts.iter_mut().enumerate() {
        let Some(last) = place.lasts[track] else {
            if track == leading {
                return None;
            }
            continue;
        };
        let [first, at] =
            [last.from_us, last.start_us].map(|us| samples[track].partition_point(|sample| sample.start_us < us));
        let found = samples[track].get(at)?;
        let sum = sum(&samples[track][first..=at]);
        if (found.start_us, found.end_us, sum) != (last.start_us, last.end_us, last.sum) {
            return None;
        }
        *start = at + 1;
    }
    Some(starts)
}

/// For how long the first sound beside pictures is waited for, in microseconds.
const SOUND_COMES_US: i64 = 3_000_000;
