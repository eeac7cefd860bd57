//! The frame-rate cap.

/// Admits frames at a highest rate: the virtual scheduling algorithm of ITU-T I.371 (Annex A), which paces cells the same way.
/// Each admitted frame earns the next its turn one interval later. A frame may come before its turn by less than an
/// interval, so that jitter costs no frame, and the turns add up, so that the average never drifts.
#[derive(Debug)]
pub(super) struct RateCap {
    /// In microseconds; 0 for no cap.
    interval_us: f64,
    /// When the next frame is due, in microseconds of media time.
    due_us: f64,
}

/// How early a frame may come, as a share of the interval: enough for ±15 ms of jitter at 30 frames per second.
const EARLY: f64 = 0.9;

impl RateCap {
    pub(super) fn new(max_fps: f64) -> Self {
        Self { interval_us: 1e6 / max_fps, due_us: 0.0 }
    }

    /// Whether the frame at this media time, in microseconds, goes through.
    pub(super) fn admits(&mut self, time_us: i64) -> bool {
        let time_us = time_us as f64;
        if time_us < self.due_us - EARLY * self.interval_us {
            return false;
        }
        self.due_us = self.due_us.max(time_us) + self.interval_us;
        true
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        // The recorder before this one turned a jittery 30 into 19 frames per second.
        #[test]
        fn a_jittery_30_stays_30(times in arrivals(30.0, 15_000, 20.0)) {
            prop_assert!(admitted(30.0, &times).len() as f64 >= 0.99 * times.len() as f64);
        }

        #[test]
        fn no_second_holds_more_than_the_cap_and_one(
            times in arrivals(240.0, 20_000, 10.0), max_fps in 1.0..120.0_f64, window_s in 1.0..4.0_f64
        ) {
            let kept = admitted(max_fps, &times);
            for (i, start) in kept.iter().enumerate() {
                let within = kept[i..].iter().take_while(|&&time| (time - start) as f64 <= window_s * 1e6).count();
                prop_assert!(within as f64 <= max_fps * window_s + 2.0);
            }
        }
    }

    #[test]
    fn rates_come_out_as_they_should() {
        for (source, expected) in [
            (24.0, 24.0),
            (25.0, 25.0),
            (29.97, 29.97),
            (30.0, 30.0),
            (45.0, 30.0),
            (59.94, 29.97),
            (60.0, 30.0),
            (240.0, 30.0),
        ] {
            let times: Vec<i64> = (0..(source * 60.0) as i64).map(|i| (i as f64 * 1e6 / source) as i64).collect();
            let rate = admitted(30.0, &times).len() as f64 / 60.0;
            assert!((rate / expected - 1.0).abs() < 0.01, "{source} became {rate}");
        }
    }

    #[test]
    fn no_cap_keeps_all() {
        let times: Vec<i64> = (0..1000).collect();
        assert_eq!(admitted(f64::INFINITY, &times), times);
    }
}
