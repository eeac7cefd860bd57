//! Hands the sound of a track to the recording that takes it.

use super::events::{Event, Input};
use super::relay::Relay;
use super::sounds::Sounds;
use crate::sound::PacketClock;

/// Hands over the blocks of a stream until it ends, or is cancelled.
pub(super) async fn read_sound(sounds: Sounds, relay: Relay) {
    let mut clock = PacketClock::default();
    while let Some((at, blocks)) = sounds.next(&mut clock).await {
        for block in blocks.into_iter().flatten() {
            relay.events().put(at, Event::Input(Input::Sound(block)));
        }
    }
}
