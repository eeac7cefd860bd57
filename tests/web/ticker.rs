use futures_channel::mpsc;
use futures_util::StreamExt;
use trackreel::browser::Ticker;
use wasm_bindgen_test::*;

#[wasm_bindgen_test]
async fn a_ticker_ticks_until_it_is_dropped() {
    let (ticks, mut ticked) = mpsc::unbounded();
    let ticker = |name: &'static str| {
        let ticks = ticks.clone();
        Ticker::new(1, move || drop(ticks.unbounded_send(name)))
    };
    let first = ticker("first");
    for _ in 0..3 {
        assert_eq!(ticked.next().await, Some("first"));
    }
    drop(first);
    let _second = ticker("second");
    for _ in 0..3 {
        assert_eq!(ticked.next().await, Some("second"));
    }
}
