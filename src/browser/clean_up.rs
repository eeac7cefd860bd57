//! Which reels of earlier sessions are removed, and their removal.

use super::{Found, Lock, Store};
use crate::Result;
use js_sys::{Array, Date};

/// Removes the reels that no page uses, and that are expired; see [`is_expired`](crate::reel::IdleReel::is_expired) for which. Gives them as the
/// face's `ReelInfo`.
pub(crate) async fn clean_up(store: &Store, visit_began_ms: f64, recover_for_us: i64) -> Result<Array> {
    let removed = Array::new();
    let mut in_use = Lock::held_ids().await?;
    in_use.extend(Lock::kept_ids().await?);
    for found in store.reels().await? {
        let Found::Reel(reel) = found else { continue };
        if in_use.contains(&reel.id) || !reel.idle().is_expired(visit_began_ms, Date::now(), recover_for_us) {
            continue;
        }
        if let Some(_lock) = Lock::take(&reel.id).await? {
            store.delete(&reel.id).await?;
            removed.push(&reel.info(reel.state()));
        }
    }
    Ok(removed)
}
