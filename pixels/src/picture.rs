//! The pictures that a freeze is looked for in: planes of bytes, compared block by block.

use crate::kernel::{self, BLOCK, PIECE, Worst};
use std::ops::Range;

/// The grid of fields.
const COLUMNS: usize = 20;
const ROWS: usize = 12;
/// Pieces in a sample.
const SAMPLE: usize = 1024;

/// A part of a picture: luma, chroma, or all colours side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plane {
    /// Where it begins, in bytes.
    pub offset: usize,
    /// From one row to the next, in bytes.
    pub stride: usize,
    /// Bytes in a row.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
}

/// A picture as the decoder made it, with 8 bits a value. The first plane is luma.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    bytes: Vec<u8>,
    planes: Vec<Plane>,
    /// By how many degrees it is turned to be shown, and whether it is flipped.
    shown: (usize, bool),
}

/// How two pictures of one shape differ, in the worst of their blocks of 8×8 values. In levels, of 255.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Difference {
    /// Mean absolute difference.
    pub absolute: f32,
    /// Difference of the means: how much lighter or darker a block became.
    pub shift: f32,
    /// What of the absolute difference is no shift: how much the detail in a block changed.
    pub detail: f32,
    /// How many blocks differ by more than a limit.
    pub above: u32,
    /// The first row of the blocks that were compared last, if they are of the first plane.
    pub row: Option<usize>,
}

impl Difference {
    fn max(self, other: Self) -> Self {
        Self {
            absolute: self.absolute.max(other.absolute),
            shift: self.shift.max(other.shift),
            detail: self.detail.max(other.detail),
            above: self.above + other.above,
            row: other.row,
        }
    }
}

impl Picture {
    /// A picture of these planes; planes that do not lie within the bytes are dropped.
    pub fn new(bytes: Vec<u8>, planes: impl IntoIterator<Item = Plane>) -> Self {
        let fits = |plane: &Plane| {
            let rows = plane.height.saturating_sub(1).checked_mul(plane.stride);
            let end = rows.and_then(|rows| rows.checked_add(plane.offset)?.checked_add(plane.width));
            plane.width > 0 && plane.height > 0 && end.is_some_and(|end| end <= bytes.len())
        };
        let planes = planes.into_iter().filter(fits).collect();
        Self { bytes, planes, shown: (0, false) }
    }

    /// The same, turned by this many degrees to be shown, and flipped.
    pub fn shown(self, turned: usize, flipped: bool) -> Self {
        Self { shown: (turned, flipped), ..self }
    }

    /// Whether it is made like another one, so that they can be compared value by value.
    pub fn is_like(&self, other: &Self) -> bool {
        self.planes == other.planes
    }

    /// Its bytes, for another picture to be put there.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many blocks it has.
    pub fn blocks(&self) -> u32 {
        let blocks = |plane: &Plane| plane.height.div_ceil(BLOCK) * plane.width.div_ceil(BLOCK);
        self.planes.iter().map(blocks).sum::<usize>() as u32
    }

    /// How it differs from another that [is like](Self::is_like) it, and how many blocks differ by more than `limit`, in levels. Stops,
    /// once `enough` says so, at what it has seen. One that is turned otherwise differs in all.
    pub fn difference(&self, other: &Self, limit: f32, enough: &dyn Fn(Difference) -> bool) -> Difference {
        self.difference_in_part(other, (0, 1), limit, enough)
    }

    /// The same in one part of several, which lie between each other all over the picture.
    pub fn difference_in_part(
        &self,
        other: &Self,
        (part, parts): (usize, usize),
        limit: f32,
        enough: &dyn Fn(Difference) -> bool,
    ) -> Difference {
        if self.shown != other.shown {
            return Difference { absolute: f32::MAX, shift: f32::MAX, detail: 0.0, above: u32::MAX, row: None };
        }
        let mut worst = Difference::default();
        for (n, plane) in self.planes.iter().enumerate() {
            for top in starts(plane.height, BLOCK).skip(part).step_by(parts) {
                worst = worst.max(compare_band(plane, top, limit, &self.bytes, &other.bytes));
                worst.row = (n == 0).then_some(top);
                if enough(worst) {
                    return worst;
                }
            }
        }
        worst
    }

    /// Its size in values of the first plane: width and height.
    pub fn size(&self) -> (usize, usize) {
        self.planes.first().map_or((0, 0), |plane| (plane.width, plane.height))
    }

    /// The part of it with these rows of the first plane; both bounds are even.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let mut bytes = Vec::new();
        let height = self.size().1;
        let planes = self.planes.iter().map(|plane| {
            // Chroma may have half as many rows.
            let scale = if plane.height < height { 2 } else { 1 };
            let rows = rows.start / scale..(rows.end / scale).min(plane.height);
            let part = Plane { offset: bytes.len(), stride: plane.width, width: plane.width, height: rows.len() };
            rows.for_each(|y| bytes.extend_from_slice(self.row(plane, y)));
            part
        });
        Self { planes: planes.collect(), bytes, shown: self.shown }
    }

    fn row(&self, plane: &Plane, y: usize) -> &[u8] {
        let start = plane.offset + y * plane.stride;
        &self.bytes[start..start + plane.width]
    }

    /// The first plane's mean in each field of an even grid. Fields are the same part of the picture at every size.
    pub fn means(&self) -> Means {
        let mut means = vec![0.0; COLUMNS * ROWS];
        let Some(plane) = self.planes.first() else { return Means(means) };
        let edge = |n: usize, fields: usize, size: usize| n * size / fields;
        for (row, fields) in means.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
            let (top, bottom) = (edge(row, ROWS, plane.height), edge(row + 1, ROWS, plane.height));
            let mut sums = [0_u32; COLUMNS];
            for bytes in (top..bottom).map(|y| self.row(plane, y)) {
                for (column, sum) in sums.iter_mut().enumerate() {
                    let field = edge(column, COLUMNS, plane.width)..edge(column + 1, COLUMNS, plane.width);
                    *sum += kernel::sum(&bytes[field]);
                }
            }
            for (column, (mean, sum)) in fields.iter_mut().zip(sums).enumerate() {
                let width = edge(column + 1, COLUMNS, plane.width) - edge(column, COLUMNS, plane.width);
                *mean = sum as f32 / (width * (bottom - top)).max(1) as f32;
            }
        }
        Means(means)
    }

    /// Rows of 16 values from all over the first plane.
    pub fn sample(&self) -> Sample {
        let Some(plane) = self.planes.first().filter(|plane| plane.width >= PIECE) else { return Sample::default() };
        let columns = plane.width / PIECE;
        let all = columns * plane.height;
        let pieces = SAMPLE.min(all);
        let mut bytes = Vec::with_capacity(pieces * PIECE);
        for n in 0..pieces {
            let at = n * all / pieces;
            let left = (at % columns) * PIECE;
            bytes.extend_from_slice(&self.row(plane, at / columns)[left..left + PIECE]);
        }
        Sample { size: (plane.width, plane.height), bytes }
    }
}

/// The means of a picture's fields, row by row, in levels.
#[derive(Debug, Clone)]
pub struct Means(Vec<f32>);

impl Means {
    /// Of a picture that was not inspected as a whole.
    pub fn unknown() -> Self {
        Self(Vec::new())
    }

    /// How far they are from others, for the whole picture and in the worst field.
    pub fn deviation(&self, others: &Self) -> [f32; 2] {
        let differences = self.0.iter().zip(&others.0).map(|(one, other)| one - other);
        let (sum, most) = differences.fold((0.0_f32, 0.0_f32), |(sum, most), d| (sum + d, most.max(d.abs())));
        [sum.abs() / self.0.len() as f32, most]
    }

    /// Whether they are further from others than this, for the whole picture or in some field.
    pub fn differ(&self, others: &Self, whole: f32, field: f32) -> bool {
        let [by, most] = self.deviation(others);
        by > whole || most > field
    }

    /// Changes as from `to` back to `from`.
    pub fn follow(&mut self, from: &Self, to: &Self) {
        for ((mean, from), to) in self.0.iter_mut().zip(&from.0).zip(&to.0) {
            *mean += from - to;
        }
    }
}

/// Enough of a picture to measure how much another differs, without keeping it.
#[derive(Debug, Default)]
pub struct Sample {
    size: (usize, usize),
    bytes: Vec<u8>,
}

impl Sample {
    /// The mean absolute difference, in levels; none if the pictures are of different sizes, or too small.
    pub fn distance(&self, other: &Self) -> Option<f32> {
        if self.size != other.size || self.bytes.is_empty() {
            return None;
        }
        Some(kernel::difference(&self.bytes, &other.bytes) as f32 / self.bytes.len() as f32)
    }
}

/// Where pieces of a size begin that cover a length; the last overlaps the one before it if need be.
fn starts(length: usize, size: usize) -> impl Iterator<Item = usize> {
    (0..length.div_ceil(size)).map(move |n| (n * size).min(length.saturating_sub(size)))
}

/// The worst block of a row of them.
fn compare_band(plane: &Plane, top: usize, limit: f32, one: &[u8], other: &[u8]) -> Difference {
    let height = BLOCK.min(plane.height);
    let count = (BLOCK * BLOCK) as f32;
    if plane.width >= PIECE && height == BLOCK {
        let mut worst = Worst::new((limit * count) as i32);
        let row = plane.offset + top * plane.stride;
        starts(plane.width, PIECE).for_each(|left| kernel::compare(one, other, row + left, plane.stride, &mut worst));
        let [absolute, shift, detail] = worst.sums.map(|sum| sum as f32 / count);
        return Difference { absolute, shift, detail, above: worst.above, row: None };
    }
    // Pictures smaller than two blocks are one block.
    let (mut absolute, mut shift) = (0_i32, 0_i32);
    for y in top..top + height {
        let start = plane.offset + y * plane.stride;
        for (a, b) in one[start..start + plane.width].iter().zip(&other[start..start + plane.width]) {
            absolute += i32::from(a.abs_diff(*b));
            shift += i32::from(*a) - i32::from(*b);
        }
    }
    let count = (height * plane.width) as f32;
    let (absolute, shift) = (absolute as f32 / count, shift.abs() as f32 / count);
    Difference { absolute, shift, detail: absolute - shift, above: u32::from(absolute > limit), row: None }
}
