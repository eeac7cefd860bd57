//! The temporal layers of what is received: the highest are omitted where frames come faster than the cap allows. No frame of a layer needs
//! one of a higher layer.

use crate::time::Wall;

/// After this long, in microseconds, the rate at which frames come is known.
const KNOWN_US: i64 = 1_000_000;
/// How much faster than the cap frames may come, as a share of it.
const JITTER: f64 = 1.05;

/// The temporal layers of a source.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// The highest that has come.
    highest: u32,
    /// Those above this are omitted; none are if there is none.
    most: Option<u32>,
    /// When the last key frame came, and how many frames have since.
    since: Option<Wall>,
    frames: u32,
}

impl Layers {
    /// Notes the next frame of a source, before it is looked at, where this many a second are allowed. All layers are back with a key frame, if
    /// frames come no faster.
    pub(crate) fn next(&mut self, layer: u32, is_key: bool, at: Wall, max_fps: f64) {
        self.highest = self.highest.max(layer);
        if is_key {
            let past_us = self.since.map_or(0, |since| at.saturating_since(since));
            let is_slow = f64::from(self.frames) * 1e6 <= JITTER * max_fps * past_us as f64;
            if past_us >= KNOWN_US && is_slow {
                self.most = None;
            }
            (self.since, self.frames) = (Some(at), 0);
        }
        self.frames = self.frames.saturating_add(1);
    }

    /// Whether the frames of this layer are omitted.
    pub(crate) fn omits(&self, layer: u32) -> bool {
        self.most.is_some_and(|most| layer > most)
    }

    /// Omits one layer more. Gives whether there was one.
    pub(crate) fn lower(&mut self) -> bool {
        let lowered = self.most.unwrap_or(self.highest).min(self.highest).checked_sub(1);
        self.most = lowered.or(self.most);
        lowered.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frame: i64, fps: i64) -> Wall {
        Wall::from_us(frame * 1_000_000 / fps)
    }

    #[test]
    fn one_layer_after_another_is_omitted_and_the_lowest_stays() {
        let mut layers = Layers::default();
        (0..8).for_each(|n| layers.next([0, 2, 1, 2][n as usize % 4], n == 0, at(n, 60), 15.0));
        assert!(!layers.omits(2) && layers.lower());
        assert!(layers.omits(2) && !layers.omits(1) && layers.lower());
        assert!(layers.omits(1) && !layers.omits(0) && !layers.lower());
    }

    #[test]
    fn a_source_without_layers_has_none_to_omit() {
        let mut layers = Layers::default();
        (0..60).for_each(|n| layers.next(0, n == 0, at(n, 60), 30.0));
        assert!(!layers.lower());
    }

    // What is omitted is needed by what comes behind it in its layer: it is back with a key frame.
    #[test]
    fn a_source_that_has_become_slower_has_all_its_layers_again_from_a_key_frame_on() {
        let mut layers = Layers::default();
        (0..120).for_each(|n| layers.next((n % 2) as u32, n == 0, at(n, 60), 30.0));
        assert!(layers.lower() && layers.omits(1));
        layers.next(0, true, at(120, 60), 30.0);
        assert!(layers.omits(1), "60 frames came in a second");
        (61..121).for_each(|n| layers.next((n % 2) as u32, false, at(n, 30), 30.0));
        assert!(layers.omits(1));
        layers.next(0, true, at(121, 30), 30.0);
        assert!(!layers.omits(1));
    }
}
