//! What the loops find, against the plainest way to find it.

use trackreel_pixels::{Picture, Plane};

const SIZES: [(usize, usize); 8] = [(1, 1), (7, 3), (16, 8), (17, 9), (31, 40), (64, 16), (100, 50), (160, 97)];

fn bytes(mut seed: u64, length: usize, spread: u64) -> Vec<u8> {
    let next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (100 + (seed >> 33) % spread) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// The worst mean absolute difference, shift and rest of all blocks, which overlap at the edges.
fn naive(one: &[u8], other: &[u8], width: usize, height: usize) -> [f32; 3] {
    let starts = |length: usize, size: usize, whole: usize| -> Vec<usize> {
        if length < whole {
            vec![0]
        } else {
            (0..length.div_ceil(whole))
                .flat_map(|n| {
                    let start = (n * whole).min(length - whole);
                    (start..start + whole).step_by(size).collect::<Vec<_>>()
                })
                .collect()
        }
    };
    let is_small = width < 16 || height < 8;
    let (block_width, block_height) = if is_small { (width, height.min(8)) } else { (8, 8) };
    let tops = if height < 8 { vec![0] } else { starts(height, 8, 8) };
    let lefts = if is_small { vec![0] } else { starts(width, 8, 16) };
    let mut worst = [0.0_f32; 3];
    for top in tops {
        for &left in &lefts {
            let at = |x: usize, y: usize| (top + y) * width + left + x;
            let pixels = (0..block_height).flat_map(|y| (0..block_width).map(move |x| at(x, y)));
            let differences: Vec<i32> = pixels.map(|i| i32::from(one[i]) - i32::from(other[i])).collect();
            let count = differences.len() as f32;
            let absolute = differences.iter().map(|d| d.abs()).sum::<i32>() as f32 / count;
            let shift = differences.iter().sum::<i32>().abs() as f32 / count;
            for (worst, found) in worst.iter_mut().zip([absolute, shift, absolute - shift]) {
                *worst = worst.max(found);
            }
        }
    }
    worst
}

/// Compares pictures of many sizes, much and little changed.
pub(crate) fn check() {
    for (n, (width, height)) in (0..).zip(SIZES) {
        let plane = Plane { offset: 0, stride: width, width, height };
        for spread in [1, 3, 150] {
            let (one, other) = (bytes(n, width * height, spread), bytes(n + 99, width * height, spread));
            let expected = naive(&one, &other, width, height);
            let (one, other) = (Picture::new(one, [plane]), Picture::new(other, [plane]));
            let found = one.difference(&other, 0.0, &|_| false);
            for (found, expected) in [found.absolute, found.shift, found.detail].into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-3, "{found}, not {expected}, at {width}×{height}");
            }
            let apart = one.sample().distance(&other.sample());
            assert_eq!(apart.is_some(), width >= 16);
            let mean_is_right = one.means().deviation(&one.means())[0] == 0.0;
            assert!(mean_is_right);
        }
    }
}

#[test]
fn the_loops_find_what_the_plainest_way_finds() {
    check();
}
