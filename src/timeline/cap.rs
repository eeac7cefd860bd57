//! The frame-rate cap.

/// Admits frames at a highest rate: the virtual scheduling algorithm of ITU-T I.371 (Annex A), which paces cells the same way.
/// Each admitted frame earns the next its turn one interval later. A frame may come before its turn by less than an
/// interval, so that jitter costs no frame, and the turns add up, so that the average never drifts.
#[derive(Debug)]
pub(super) struct RateCap {
    /// In microseconds; 0 for no cap.
    interval_us: f64,
    /// When the next frame is due, at the source's own pace, in microseconds.
    due_us: f64,
}

/// How early a frame may come, as a share of the interval: enough for ±15 ms of jitter at 30 frames per second.
const EARLY: f64 = 0.9;

impl RateCap {
    pub(super) fn new(max_fps: f64) -> Self {
        Self { interval_us: 1e6 / max_fps, due_us: 0.0 }
    }

    /// Whether the frame at this time, in microseconds at the source's own pace, goes through.
    pub(super) fn admits(&mut self, paced_us: i64) -> bool {
        let paced_us = paced_us as f64;
        if paced_us < self.due_us - EARLY * self.interval_us {
            return false;
        }
        self.due_us = self.due_us.max(paced_us) + self.interval_us;
        true
    }

    /// Goes back to the frame at this time, as if none had come after it.
    pub(super) fn cut_back(&mut self, paced_us: i64) {
        self.due_us = self.due_us.min(paced_us as f64 + self.interval_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Arrivals of a source at a steady rate, in microseconds, each off its time by up to the jitter.
    fn arrivals(fps: f64, jitter_us: i64, seconds: f64) -> impl Strategy<Value = Vec<i64>> {
        let frames = (fps * seconds) as usize;
        proptest::collection::vec(-jitter_us..=jitter_us, frames).prop_map(move |jitter| {
            let mut times: Vec<i64> =
                jitter.iter().enumerate().map(|(i, j)| ((i as f64 * 1e6 / fps) as i64 + j).max(0)).collect();
            times.sort_unstable();
            times
        })
    }

    fn admitted(max_fps: f64, times: &[i64]) -> Vec<i64> {
        let mut cap = RateCap::new(max_fps);
        times.iter().copied().filter(|&time| cap.admits(time)).collect()
    }

    /// A source that changes: its rate, the jitter of its frames, whole milliseconds or not, and stalls after which what
    /// was held back comes in a burst.
    fn changing_arrivals() -> impl Strategy<Value = Vec<i64>> {
        let stretch = (5.0..250.0_f64, 0.2..3.0_f64, 0.0..20_000.0_f64, 0..500_000_i64);
        let stretches = proptest::collection::vec(stretch, 1..8);
        (stretches, any::<u64>(), any::<bool>()).prop_map(|(stretches, mut state, in_milliseconds)| {
            let (mut times, mut now) = (Vec::new(), 0.0);
            for (fps, seconds, jitter, stall_us) in stretches {
                for n in 0..(fps * seconds) as i64 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let random = (state >> 40) as f64 / (1_u64 << 24) as f64;
                    times.push((now + n as f64 * 1e6 / fps + jitter * random) as i64);
                }
                now += seconds * 1e6;
                // What is due during the stall comes at its end.
                let held = (stall_us as f64 * fps / 1e6) as usize;
                now += stall_us as f64;
                times.extend(std::iter::repeat_n(now as i64, held));
            }
            if in_milliseconds {
                times.iter_mut().for_each(|time| *time = *time / 1_000 * 1_000);
            }
            times.sort_unstable();
            times
        })
    }

    /// The most that a window of this length may hold: as many as fit at the cap, begun ones included, and one.
    fn most(max_fps: f64, window_s: f64) -> usize {
        (max_fps * window_s - 1e-6).ceil() as usize + 1
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        // The recorder before this one turned a jittery 30 into 19 frames per second. Whole milliseconds add half a one.
        #[test]
        fn a_jittery_30_stays_30(times in arrivals(30.0, 14_500, 20.0), in_milliseconds in any::<bool>()) {
            let round = |&time: &i64| if in_milliseconds { (time + 500) / 1_000 * 1_000 } else { time };
            let times: Vec<i64> = times.iter().map(round).collect();
            prop_assert!(admitted(30.0, &times).len() as f64 >= 0.99 * times.len() as f64);
        }

        #[test]
        fn no_window_holds_more_than_the_cap_and_one(
            times in changing_arrivals(), max_fps in prop_oneof![Just(30.0), 1.0..120.0_f64], window_s in 1.0..4.0_f64
        ) {
            let kept = admitted(max_fps, &times);
            for window_s in [window_s, window_s.floor()] {
                for (i, start) in kept.iter().enumerate() {
                    let within = kept[i..].iter().take_while(|&&time| (time - start) as f64 <= window_s * 1e6).count();
                    prop_assert!(within <= most(max_fps, window_s), "{} in {} s", within, window_s);
                }
            }
        }

        #[test]
        fn a_rate_below_the_cap_passes_whole(fps in 1.0..29.99_f64, start in 0..1_000_000_i64) {
            let times: Vec<i64> = (0..300).map(|i| start + (f64::from(i) * 1e6 / fps) as i64).collect();
            prop_assert_eq!(admitted(30.0, &times), times);
        }

        #[test]
        fn a_rate_above_the_cap_comes_down_to_it(fps in 60.0..240.0_f64, max_fps in 5.0..60.0_f64) {
            let times: Vec<i64> = (0..(fps * 60.0) as i64).map(|i| (i as f64 * 1e6 / fps) as i64).collect();
            let rate = admitted(max_fps, &times).len() as f64 / 60.0;
            // A frame is admitted up to 0.9 intervals early, so rates that are no multiple come out at the cap.
            prop_assert!((rate / max_fps - 1.0).abs() < 0.02, "{} became {}", fps, rate);
        }
    }

    #[test]
    fn twice_the_cap_is_thinned_evenly() {
        for jitter_us in [0, 400] {
            let arrival = |i: i64| i * 1_000_000 / 60 + (i % 3 - 1) * jitter_us;
            let times: Vec<i64> = (1..3_600).map(arrival).collect();
            let kept = admitted(30.0, &times);
            let source_interval = 1_000_000 / 60;
            assert!(kept.windows(2).all(|pair| (pair[1] - pair[0] - 33_333).abs() <= source_interval + 1));
            let uneven = kept.windows(2).filter(|pair| (pair[1] - pair[0] - 33_333).abs() > 2 * jitter_us + 1).count();
            assert!(uneven <= 2, "{uneven} uneven intervals");
        }
    }

    #[test]
    fn each_rate_is_capped_as_expected() {
        for (source, expected, tolerance) in [
            (24.0, 24.0, 0.0),
            (25.0, 25.0, 0.0),
            (29.97, 29.97, 0.0),
            (30.0, 30.0, 0.0),
            (45.0, 30.0, 0.02),
            (59.94, 29.97, 0.01),
            (60.0, 30.0, 0.01),
            (120.0, 30.0, 0.01),
            (240.0, 30.0, 0.01),
        ] {
            let times: Vec<i64> = (0..(source * 60.0) as i64).map(|i| (i as f64 * 1e6 / source) as i64).collect();
            let kept = admitted(30.0, &times).len();
            if tolerance == 0.0 {
                assert_eq!(kept, times.len(), "{source}");
            }
            let rate = kept as f64 / 60.0;
            assert!((rate / expected - 1.0).abs() <= f64::max(tolerance, 0.001), "{source} became {rate}");
        }
    }

    #[test]
    fn a_rate_that_changes_midway_is_held_at_once() {
        let mut times: Vec<i64> = (0..300).map(|i| i * 1_000_000 / 60).collect();
        times.extend((0..150).map(|i| 5_000_000 + i * 1_000_000 / 30));
        times.extend((0..1_200).map(|i| 10_000_000 + i * 1_000_000 / 240));
        let kept = admitted(30.0, &times);
        for second in 0..15 {
            let within = kept.iter().filter(|&&time| (second..second + 1).contains(&(time / 1_000_000))).count();
            assert!((29..=31).contains(&within), "{within} in second {second}");
        }
    }

    #[test]
    fn no_cap_keeps_all() {
        let times: Vec<i64> = (0..1000).collect();
        assert_eq!(admitted(f64::INFINITY, &times), times);
    }
}
