//! Holds a source's steps to the clock on the wall.

/// A source's step that is this many times shorter than the wall's and than the usual one is no step of a clock.
const TOO_SHORT: i64 = 8;
/// Frames come late, never early: one that would be further ahead of the wall than this, in microseconds, has a timestamp of another clock.
const EARLY_US: f64 = 1_000_000.0;
/// A frame that comes this much later than its step, in microseconds, and alone, ends a stall of the source, not of the network.
const STALL_US: f64 = 250_000.0;
/// The longest delay, in microseconds, after which a burst is expected.
const LONGEST_DELAY_US: f64 = 1_000_000.0;
/// The same of frames that come as they were sent: a browser drops none of those that were delayed, and no time is missing.
const LONGEST_DELAY_ENCODED_US: f64 = 10_000_000.0;
/// The same if RTP jumps: Chromium takes frames after a jump back for old ones, and waits for 3 s before it delivers them.
const LONGEST_DELAY_OF_JUMP_US: f64 = 4_000_000.0;
/// A timestamp that is no RTP shows stalls by itself. It is overruled when this many frames in a row are that late.
const LATE_FRAMES: u32 = 8;
/// After a stall that RTP did not show, Chromium's estimate of the sender's clock is wrong. It then holds frames back, by more and more
/// until it restarts after about ten seconds: only the least lag of that time is the sender's. In microseconds.
const HELD_US: f64 = 8_000_000.0;
/// That is over when the browser's steps have been as near to those of RTP, in the mean of this many frames, for this long, in
/// microseconds, and frames come within this lag.
const ESTIMATE: f64 = 0.1;
const ESTIMATE_FRAMES: f64 = 16.0;
const SETTLED_US: f64 = 3_000_000.0;
const ON_TIME_US: f64 = 80_000.0;
/// How fast the lag is worked off, per second, and how fast it changes the rate, per second squared: when nothing is known, and
/// when the source was followed for a while.
const PROPORTIONAL: [f64; 2] = [3.0, 1.5];
const INTEGRAL: [f64; 2] = [2.0, 0.5];
/// The latter where frames are held back.
const INTEGRAL_HELD: f64 = 0.05;
/// How long that is, in microseconds.
const KNOWN_US: f64 = 10_000_000.0;
/// For how long at the start the first frames may turn out to have been late, and by how much, in microseconds.
const STARTING_US: f64 = 8_000_000.0;
const STARTING_LAG_US: f64 = 1_000_000.0;
/// The same after a stall.
const RESUMING_US: f64 = 1_000_000.0;
const RESUMING_LAG_US: f64 = 100_000.0;
/// A frame that is earlier than this, in microseconds, shows that the one before was delayed.
const BURST_LEAD_US: f64 = 150_000.0;
/// The rates of a source that still count as a clock's, in seconds of the wall for each of its own.
const SLOWEST: f64 = 0.4;
const FASTEST: f64 = 2.5;
/// For how long the least lag counts, in microseconds: for as long as this, and for as many frames.
const LEAST_US: f64 = 200_000.0;
const LEAST_FRAMES: u32 = 6;
/// What is left of a debt after a frame.
const OWED_DECAY: f64 = 0.8;
/// Of how many frames the interval and the share of bad steps are means.
const INTERVAL_FRAMES: f64 = 16.0;
const BAD_FRAMES: f64 = 32.0;
/// The share of bad steps from which on none of the source's steps count.
const BAD: f64 = 0.2;
/// The lag that is left alone, in microseconds: jitter.
const DEAD_US: f64 = 15_000.0;
/// The most of a lag that changes the rate, in microseconds: the rest is a stall. And of a lead, which has no other cause.
const RATE_LAG_US: f64 = 50_000.0;
const RATE_LEAD_US: f64 = 300_000.0;
/// The most that a correction adds to a step, and takes from it.
const MOST_LAG: f64 = 0.25;
const MOST_LEAD: f64 = 0.5;
/// For how long the greatest lag counts: longer than the pause between two bursts.
const BURST_US: f64 = 400_000.0;
const BURST_FRAMES: u32 = 8;

/// The steps of a frame's clocks from the one before, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    /// None without RTP, or if RTP went back.
    pub(super) rtp_us: Option<i64>,
    /// None if the timestamp went back.
    pub(super) timestamp_us: Option<i64>,
    /// By how much it went back.
    pub(super) back_us: Option<i64>,
    pub(super) wall_us: i64,
    /// Whether both frames have an RTP timestamp.
    pub(super) is_rtp: bool,
    /// Whether the frame is the first of a burst.
    pub(super) is_burst: bool,
    /// Whether it came as it was sent.
    pub(super) is_encoded: bool,
}

/// From one frame to the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// At the source's own pace, in microseconds.
    pub(super) paced_us: i64,
    /// What is added to come nearer to the wall, in microseconds; never so negative that time would not rise.
    pub(super) correction_us: i64,
}

/// The least of what was seen in a window of time, in two halves.
#[derive(Debug, Clone, Copy)]
struct Least {
    halves: [f64; 2],
    length_us: f64,
    frames: u32,
}

impl Least {
    fn new(lag_us: f64) -> Self {
        Self { halves: [lag_us, f64::INFINITY], length_us: 0.0, frames: 0 }
    }

    /// Notes what is seen after this time; a half lasts for at least this time and this many frames.
    fn see(&mut self, lag_us: f64, after_us: f64, half_us: f64, half_frames: u32) {
        self.length_us += after_us;
        self.frames += 1;
        if self.length_us > half_us && self.frames > half_frames {
            *self = Self { halves: [f64::INFINITY, self.halves[0]], length_us: 0.0, frames: 0 };
        }
        self.halves[0] = self.halves[0].min(lag_us);
    }

    fn get(&self) -> f64 {
        self.halves[0].min(self.halves[1])
    }

    fn shift(&mut self, by_us: f64) {
        self.halves.iter_mut().for_each(|half| *half += by_us);
    }
}

/// A source that stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stall {
    /// Its step is as long.
    Shown,
    /// Its step is not.
    Hidden,
    /// The same by RTP: a browser then holds frames back.
    HiddenByRtp,
}

/// What is known of a browser that holds frames back.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// By how much its steps differ from those of RTP.
    off: f64,
    /// For how long they have not, in microseconds.
    settled_us: f64,
    least: Least,
}

/// A phase-locked loop: the source's steps, multiplied by the rate that was found, with a small part of the lag added to each.
#[derive(Debug)]
pub(super) struct Phase {
    /// Seconds of the wall for each second of the source.
    rate: f64,
    /// How far media time is behind the wall at the last frame, in microseconds.
    lag_us: f64,
    /// The least of the last moments, and the least of its opposite.
    least: Least,
    latest: Least,
    /// For how long the source has been followed, in microseconds.
    followed_us: f64,
    /// For how long its first frames may still turn out to have been late, and by how much they have, in microseconds.
    starting_us: f64,
    forgiven_us: f64,
    /// By how much the frame that ended a stall may have been delayed, in microseconds.
    delayed_us: f64,
    held: Option<Held>,
    late_frames: u32,
    /// What a timestamp that stepped back owes: the next one may step as much further. In microseconds.
    owed_us: f64,
    /// The mean interval on the wall, in microseconds, and of how many frames it is.
    interval_us: f64,
    frames: f64,
    /// The share of steps that are no clock's.
    bad: f64,
}

impl Phase {
    pub(super) fn new(interval_us: i64) -> Self {
        Self {
            rate: 1.0,
            lag_us: 0.0,
            least: Least::new(0.0),
            latest: Least::new(0.0),
            followed_us: 0.0,
            starting_us: STARTING_US,
            forgiven_us: 0.0,
            delayed_us: 0.0,
            held: None,
            late_frames: 0,
            owed_us: 0.0,
            interval_us: interval_us as f64,
            frames: 0.0,
            bad: 0.0,
        }
    }

    /// The step of media time for those of a frame's clocks.
    pub(super) fn step(&mut self, steps: Steps) -> Step {
        let wall_us = steps.wall_us as f64;
        self.starting_us = if steps.is_rtp { self.starting_us - wall_us } else { -1.0 };
        let clocked = self.clocked(steps);
        let mut paced_us = self.paced(steps, clocked);
        let lag_us = self.lag_us + wall_us - paced_us;
        if let Some(stall) = self.stall(steps, clocked, lag_us) {
            paced_us = self.align(wall_us, stall);
        } else {
            self.lag_us = lag_us;
            self.frames = (self.frames + 1.0).min(INTERVAL_FRAMES);
            self.interval_us += (wall_us.min(1e6) - self.interval_us) / self.frames;
            self.estimate(steps, paced_us);
        }
        self.forgive();
        let correction_us = self.correct(paced_us, wall_us, clocked.is_some());
        // What is rounded off shows in the lag.
        let paced = paced_us.round().max(1.0);
        let correction = correction_us.round().max(1.0 - paced);
        self.lag_us -= paced - paced_us + correction;
        Step { paced_us: paced as i64, correction_us: correction as i64 }
    }

    /// The source's step, in microseconds, if it is one of a clock.
    fn clocked(&mut self, steps: Steps) -> Option<f64> {
        let source_us = if steps.is_rtp { steps.rtp_us } else { steps.timestamp_us };
        let source_us = source_us.map(|source_us| source_us as f64);
        let clocked = source_us.filter(|&source_us| !self.is_bad(source_us, steps.wall_us as f64));
        self.bad += (f64::from(u8::from(clocked.is_none())) - self.bad) / BAD_FRAMES;
        clocked.filter(|_| self.bad < BAD)
    }

    /// The step at the source's pace, in microseconds; the mean interval if it has no clock.
    fn paced(&mut self, steps: Steps, clocked: Option<f64>) -> f64 {
        let paced_us = clocked.map_or(self.interval_us, |source_us| source_us * self.rate);
        self.owed_us *= OWED_DECAY;
        if let Some(back_us) = steps.back_us.filter(|_| !steps.is_rtp) {
            self.owed_us += paced_us + back_us as f64;
            return paced_us;
        }
        let paid_us = clocked.map_or(0.0, |_| self.owed_us.min(paced_us - self.interval_us).max(0.0));
        self.owed_us -= paid_us;
        paced_us - paid_us
    }

    /// Whether the source stood still before a frame with this lag, in microseconds, and whether its step shows that.
    fn stall(&mut self, steps: Steps, clocked: Option<f64>, lag_us: f64) -> Option<Stall> {
        let wall_us = steps.wall_us as f64;
        let late_us = self.least.get().max(0.0) + STALL_US;
        self.late_frames = if lag_us > late_us { self.late_frames + 1 } else { 0 };
        let longest_us = if steps.is_encoded { LONGEST_DELAY_ENCODED_US } else { LONGEST_DELAY_US };
        let is_hidden = match clocked {
            Some(_) if !steps.is_rtp => self.late_frames >= LATE_FRAMES,
            Some(_) if steps.is_burst && wall_us < longest_us => false,
            None if steps.is_burst && wall_us < LONGEST_DELAY_OF_JUMP_US => false,
            _ => wall_us > STALL_US && lag_us > late_us.max(self.lag_us + STALL_US),
        };
        if is_hidden {
            return Some(if steps.is_rtp { Stall::HiddenByRtp } else { Stall::Hidden });
        }
        let is_shown = wall_us > STALL_US && clocked.is_some_and(|source_us| source_us > STALL_US);
        (is_shown && steps.is_rtp).then_some(Stall::Shown)
    }

    /// Takes the wall's step for a stall. What comes after it is not held back, but its first frame may have been delayed.
    fn align(&mut self, wall_us: f64, stall: Stall) -> f64 {
        // Frames that were held back before it were late: the stall is longer than the wall's step shows.
        let most_us = wall_us * if self.held.is_some() { 1.0 } else { MOST_LAG };
        let aligned_us =
            if wall_us > STALL_US { within(-MOST_LEAD * wall_us, self.lag_us, most_us) } else { self.lag_us };
        (self.lag_us, self.late_frames) = (self.lag_us - aligned_us, 0);
        (self.least, self.latest) = (Least::new(self.lag_us), Least::new(-self.lag_us));
        (self.starting_us, self.forgiven_us) = (RESUMING_US, STARTING_LAG_US - RESUMING_LAG_US);
        self.delayed_us = wall_us.min(LONGEST_DELAY_US);
        let held = Held { off: 1.0, settled_us: 0.0, least: Least::new(0.0) };
        self.held = (stall == Stall::HiddenByRtp).then_some(held);
        wall_us + aligned_us
    }

    /// Notes how well the browser's estimate of the sender's clock goes with RTP after a stall.
    fn estimate(&mut self, steps: Steps, paced_us: f64) {
        let Some(held) = &mut self.held else { return };
        let off = steps.timestamp_us.map_or(1.0, |step_us| (step_us as f64 / paced_us - 1.0).min(1.0));
        held.off += (off - held.off) / ESTIMATE_FRAMES;
        held.least.see(self.lag_us, steps.wall_us as f64, HELD_US, 0);
        let is_settled = held.off.abs() < ESTIMATE && self.least.get() < ON_TIME_US;
        held.settled_us = if is_settled { held.settled_us + steps.wall_us as f64 } else { 0.0 };
        if held.settled_us > SETTLED_US {
            self.held = None;
        }
    }

    /// Whether a source's step is none of a clock that goes with the wall's.
    fn is_bad(&self, source_us: f64, wall_us: f64) -> bool {
        let is_short = |than_us: f64| source_us < than_us / TOO_SHORT as f64;
        let lag_us = self.lag_us + wall_us - source_us * self.rate;
        (is_short(wall_us) && is_short(self.interval_us)) || lag_us < self.lag_us.min(0.0) - EARLY_US
    }

    /// Takes frames that come early at the start as on time: the first ones were late, as a browser holds them back.
    fn forgive(&mut self) {
        if self.starting_us < 0.0 || self.lag_us >= 0.0 {
            return;
        }
        let mut early_us = within(0.0, -self.lag_us, STARTING_LAG_US - self.forgiven_us);
        self.forgiven_us += early_us;
        // As much as no rate explains: the frame that ended the stall was delayed, and those after it come in a burst.
        if -self.lag_us - early_us > BURST_LEAD_US {
            let burst_us = (-self.lag_us - early_us).min(self.delayed_us);
            self.delayed_us -= burst_us;
            early_us += burst_us;
        }
        self.lag_us += early_us;
        self.least = Least::new(self.lag_us);
        self.latest = Least::new(-self.lag_us);
    }

    /// What is to be added to a step, and the rate that the next steps have.
    fn correct(&mut self, paced_us: f64, wall_us: f64, is_clocked: bool) -> f64 {
        self.least.see(self.lag_us, wall_us, LEAST_US, LEAST_FRAMES);
        self.latest.see(-self.lag_us, wall_us, BURST_US, BURST_FRAMES);
        let least_us = self.held.map_or(self.least.get(), |held| held.least.get().min(self.least.get()));
        // Of a burst only its last frames are ahead.
        let ahead_us = if self.held.is_some() { least_us } else { -self.latest.get() };
        let error_us = if least_us > 0.0 { least_us } else { ahead_us.min(0.0) };
        let error_us = error_us - within(-DEAD_US, error_us, DEAD_US);
        let seconds = paced_us.min(wall_us.max(1_000.0)).min(1e6) / 1e6;
        self.followed_us = (self.followed_us + wall_us.min(1e6)).min(KNOWN_US);
        let known = self.followed_us / KNOWN_US;
        let gain = |[unknown, all]: [f64; 2]| unknown + (all - unknown) * known;
        let integral = if self.held.is_some() { INTEGRAL_HELD } else { gain(INTEGRAL) };
        // What comes early at the start says nothing of the rate.
        if is_clocked && (self.starting_us < 0.0 || error_us > 0.0) {
            let error_us = within(-RATE_LEAD_US, error_us, RATE_LAG_US);
            self.rate = within(SLOWEST, self.rate + integral * error_us / 1e6 * seconds, FASTEST);
        }
        let usual_us = paced_us.min(self.interval_us * 2.0);
        let correction_us = gain(PROPORTIONAL) * error_us * paced_us.min(1e6) / 1e6;
        let correction_us = within(-MOST_LEAD * usual_us, correction_us, MOST_LAG * usual_us);
        self.latest.shift(correction_us);
        self.least.shift(-correction_us);
        if let Some(held) = &mut self.held {
            held.least.shift(-correction_us);
        }
        correction_us
    }
}

/// A number, or the bound that it is beyond. `clamp` would have words for bounds in the wrong order, which are 12 kB.
fn within(least: f64, number: f64, most: f64) -> f64 {
    number.max(least).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_US: i64 = 33_333;

    fn steps(rtp_us: i64, timestamp_us: i64, wall_us: i64) -> Steps {
        let (rtp_us, timestamp_us) = (Some(rtp_us), Some(timestamp_us));
        Steps { rtp_us, timestamp_us, back_us: None, wall_us, is_rtp: true, is_burst: false, is_encoded: false }
    }

    /// A source that was followed for ten seconds, and then stood still for three. This is what its clocks say then.
    fn stalled(interval_us: i64, source_us: i64) -> Phase {
        let mut phase = Phase::new(interval_us);
        for _ in 0..10_000_000 / interval_us {
            assert_eq!(phase.step(steps(interval_us, interval_us, interval_us)).correction_us, 0);
        }
        let step = phase.step(steps(source_us, source_us, 3_000_000));
        assert_eq!(step, Step { paced_us: 3_000_000, correction_us: 0 });
        phase
    }

    /// After how many seconds of frames with these steps the browser counts as one that holds no frames back.
    fn held_s(phase: &mut Phase, steps: Steps) -> Option<f64> {
        let frames = (0..900).find(|_| {
            phase.step(steps);
            phase.held.is_none()
        });
        frames.map(|frames| (frames * FRAME_US) as f64 / 1e6)
    }

    // Otherwise the file is still further and further behind a minute after a stall.
    #[test]
    fn a_browser_holds_no_frames_back_once_its_steps_have_been_right_for_three_seconds() {
        let mut phase = stalled(FRAME_US, FRAME_US);
        assert_eq!(held_s(&mut phase, steps(FRAME_US, FRAME_US * 12 / 10, FRAME_US)), None);
        let held_s = held_s(&mut phase, steps(FRAME_US, FRAME_US, FRAME_US)).unwrap();
        assert!((3.0..4.0).contains(&held_s), "{held_s} s");
    }

    // Otherwise all frames after it are shown a tenth of a second too late.
    #[test]
    fn a_frame_that_shows_that_the_one_before_was_delayed_is_on_time() {
        let mut phase = stalled(500_000, 3_000_000);
        // The next frame comes 400 ms sooner than the sender's interval.
        assert_eq!(phase.step(steps(500_000, 500_000, 100_000)), Step { paced_us: 500_000, correction_us: 0 });
        for _ in 0..10 {
            assert_eq!(phase.step(steps(500_000, 500_000, 500_000)), Step { paced_us: 500_000, correction_us: 0 });
        }
    }

    // Otherwise the file becomes longer than the call by each delay of more than a second.
    #[test]
    fn encoded_frames_that_were_delayed_for_seconds_are_where_they_were_sent() {
        let mut phase = Phase::new(FRAME_US);
        let (mut media_us, mut walls_us) = (0, 0);
        for n in 0..9000 {
            // Each minute nothing comes for three seconds, and then all that was sent.
            let wall_us = match n % 1800 {
                900 => 91 * FRAME_US,
                901..=990 => 0,
                _ => FRAME_US,
            };
            let is_burst = n % 1800 == 900;
            let step = phase.step(Steps { is_burst, is_encoded: true, ..steps(FRAME_US, FRAME_US, wall_us) });
            (media_us, walls_us) = (media_us + step.paced_us + step.correction_us, walls_us + wall_us);
        }
        assert!((media_us - walls_us).abs() < 2 * FRAME_US, "{media_us} of {walls_us}");
    }

    // Otherwise the file becomes longer than the call.
    #[test]
    fn the_frame_after_a_stall_was_late_by_a_second_at_most() {
        let mut phase = stalled(500_000, 3_000_000);
        let corrections = [0; 4].map(|_| phase.step(steps(500_000, 500_000, 100_000)).correction_us);
        assert_eq!(corrections[..2], [0, 0]);
        assert!(corrections[3] < 0, "{corrections:?}");
    }
}
