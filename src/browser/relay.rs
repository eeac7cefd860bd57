//! The recordings of one track, one after the other: the last one, and those before it that are still needed.

use super::events::Events;
use std::cell::RefCell;
use std::rc::Rc;

/// Which of them what happens goes to.
#[derive(Clone)]
pub(super) struct Relay(Rc<RefCell<Vec<(String, Events)>>>);

impl Relay {
    /// The first one, of the reel with this id.
    pub(crate) fn new(reel: &str, events: Events) -> Self {
        Self(Rc::new(RefCell::new(vec![(reel.to_owned(), events)])))
    }

    /// Has another one follow. It gets all that comes from the track and the page from now on.
    pub(crate) fn follow(&self, reel: &str, events: Events) {
        self.0.borrow_mut().push((reel.to_owned(), events));
    }

    /// What happens to the last recording.
    pub(crate) fn events(&self) -> Events {
        self.0.borrow().last().map(|(_, events)| events.clone()).unwrap_or_default()
    }

    /// What happens to the one of the reel with this id; none if it is not needed any more.
    pub(crate) fn of(&self, reel: &str) -> Option<Events> {
        let recordings = self.0.borrow();
        recordings.iter().find(|(id, _)| id == reel).map(|(_, events)| events.clone())
    }

    /// Takes away one that another has followed: it is not needed any more.
    pub(crate) fn remove(&self, reel: &str) -> Option<Events> {
        let mut recordings = self.0.borrow_mut();
        let at = recordings.iter().position(|(id, _)| id == reel)?;
        Some(recordings.remove(at).1)
    }
}
