//! Runs each target on its corpus: inputs that fuzzing has found, and valid ones to begin with. `npm run fuzz` looks for more.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[expect(unreachable_pub, reason = "it is a crate of its own as well")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

/// The most files of a target, and the most bytes of all of them.
const MOST_FILES: usize = 40;
const MOST_BYTES: usize = 100_000;

#[test]
fn every_input_keeps_the_properties_of_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut folders: Vec<_> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    folders.sort();
    let mut names = targets::TARGETS.map(|(name, _)| name);
    names.sort_unstable();
    assert_eq!(folders, names, "a folder for each target");
    for (name, target) in targets::TARGETS {
        let files = fs::read_dir(corpus.join(name)).unwrap().map(|entry| entry.unwrap().path());
        let inputs: Vec<_> = files.map(|path| (fs::read(&path).unwrap(), path)).collect();
        assert!((1..=MOST_FILES).contains(&inputs.len()), "{name} has {} inputs", inputs.len());
        let bytes: usize = inputs.iter().map(|(input, _)| input.len()).sum();
        assert!(bytes <= MOST_BYTES, "the inputs of {name} have {bytes} bytes");
        for (input, path) in inputs {
            assert!(catch_unwind(|| target(&input)).is_ok(), "{}", path.display());
        }
    }
}
