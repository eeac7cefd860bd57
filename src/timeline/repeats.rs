//! Stillness of pictures that were not decoded: whether a frame repeats the one before it is known from its bytes.

use super::freeze::{Finding, Seen};

/// Watches which frames are repeats.
#[derive(Debug)]
pub(super) struct Repeats {
    after_us: i64,
    /// The first frame that showed the picture of the last one.
    first: Option<Seen>,
    /// Whether the last frame repeated it.
    is_still: bool,
    /// Whether it has lasted for long enough to be a freeze.
    frozen: bool,
}

impl Repeats {
    /// One that calls a picture that repeats a freeze after this time, in microseconds.
    pub(super) fn new(after_us: i64) -> Self {
        Self { after_us, first: None, is_still: false, frozen: false }
    }

    /// Forgets what came before.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.after_us);
    }

    /// Whether the last frame repeated the one before it.
    pub(super) fn is_still(&self) -> bool {
        self.is_still
    }

    /// The first frame that shows the picture of the last one; none before the first.
    pub(super) fn static_since(&self) -> Option<Seen> {
        self.first
    }

    /// Nothing came for long enough to be a freeze since the last frame.
    pub(super) fn freeze(&mut self) {
        (self.is_still, self.frozen) = (true, true);
    }

    /// That was no freeze.
    pub(super) fn thaw(&mut self) {
        (self.is_still, self.frozen) = (false, false);
    }

    /// The frame that came last, which moves, is at another media time.
    pub(super) fn retime(&mut self, seen: Seen) {
        self.first = Some(seen);
    }

    /// Takes the next frame, and whether it is certain to repeat the one before it.
    pub(super) fn take(&mut self, seen: Seen, is_repeat: bool) -> Finding {
        let first = match self.first.filter(|_| is_repeat) {
            Some(first) => first,
            None => {
                (self.first, self.is_still, self.frozen) = (Some(seen), false, false);
                return Finding { moved: true, ..Finding::default() };
            }
        };
        self.is_still = true;
        let is_found = !self.frozen && seen.steady - first.steady >= self.after_us;
        self.frozen |= is_found;
        Finding { repeats: self.frozen, repeats_after: is_found.then_some(first), moved: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Media, Steady};

    fn seen(n: i64) -> Seen {
        Seen { time: Media::from_us(n * 40_000), steady: Steady::from_us(n * 40_000) }
    }

    #[test]
    fn repeats_are_a_freeze_once_they_have_lasted() {
        let mut repeats = Repeats::new(200_000);
        assert!(repeats.take(seen(0), true).moved, "there was none before it");
        for n in 1..5 {
            assert_eq!(repeats.take(seen(n), true), Finding::default());
        }
        assert!(repeats.is_still());
        assert_eq!(repeats.take(seen(5), true), Finding { repeats: true, repeats_after: Some(seen(0)), moved: false });
        assert_eq!(repeats.take(seen(6), true), Finding { repeats: true, repeats_after: None, moved: false });
        assert!(repeats.take(seen(7), false).moved);
        assert_eq!((repeats.is_still(), repeats.static_since()), (false, Some(seen(7))));
    }
}
