use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../pixels/tests/naive.rs"]
mod naive;

// Here the loops are those of 128-bit SIMD.
#[wasm_bindgen_test]
fn the_loops_find_what_the_plainest_way_finds() {
    naive::check();
}
