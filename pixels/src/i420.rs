//! Pictures of red, green and blue as I420: a plane of luma, then two of chroma with a quarter of the pixels each.

/// How red, green and blue become luma and chroma, in 65,536ths; and what is added to luma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    luma: [i32; 3],
    blue: [i32; 3],
    red: [i32; 3],
    black: i32,
}

/// The planes of some rows.
#[derive(Debug, PartialEq, Eq)]
pub struct Planes {
    /// Luma, a byte a pixel.
    pub luma: Vec<u8>,
    /// The difference of blue, a byte for two by two pixels.
    pub blue: Vec<u8>,
    /// The difference of red.
    pub red: Vec<u8>,
}

/// Bits behind the point.
const BITS: u32 = 16;
const HALF: i32 = 1 << (BITS - 1);
/// Bytes of a pixel.
const PIXEL: usize = 4;

impl Conversion {
    /// From the parts of red and blue in luma, `Kr` and `Kb` (ISO/IEC 23091-2, § 8.3). In full range luma goes from 0 to 255, else from
    /// 16 to 235.
    pub fn new(kr: f64, kb: f64, is_full_range: bool) -> Self {
        let (luma, chroma, black) = if is_full_range { (1.0, 1.0, 0) } else { (219.0 / 255.0, 224.0 / 255.0, 16) };
        let parts = [kr, 1.0 - kr - kb, kb];
        let fixed = |part: f64| (part * f64::from(1 << BITS)).round() as i32;
        let of = |scale: f64, less: [f64; 3]| {
            let mut at = 0;
            less.map(|one| {
                at += 1;
                fixed(scale * (one - parts[at - 1]))
            })
        };
        Self {
            luma: parts.map(|part| fixed(luma * part)),
            blue: of(chroma / (2.0 * (1.0 - kb)), [0.0, 0.0, 1.0]),
            red: of(chroma / (2.0 * (1.0 - kr)), [1.0, 0.0, 0.0]),
            black,
        }
    }

    /// Rows of pixels of four bytes, red first, of this width in pixels. Width and number are even.
    pub fn planes(&self, rgb: &[u8], width: usize) -> Planes {
        let pixels = rgb.len() / PIXEL;
        let mut planes = Planes { luma: vec![0; pixels], blue: vec![0; pixels / 4], red: vec![0; pixels / 4] };
        let chroma = planes.blue.chunks_exact_mut(width / 2).zip(planes.red.chunks_exact_mut(width / 2));
        let pairs = rgb.chunks_exact(2 * PIXEL * width).zip(planes.luma.chunks_exact_mut(2 * width));
        for ((rgb, luma), (blue, red)) in pairs.zip(chroma) {
            let ((above, below), (luma_above, luma_below)) = (rgb.split_at(PIXEL * width), luma.split_at_mut(width));
            self.rows([above, below], [luma_above, luma_below], blue, red);
        }
        planes
    }

    /// Two rows of pixels of four bytes, red first, as two rows of luma and a row of each chroma. The width is even.
    fn rows(&self, rgb: [&[u8]; 2], luma: [&mut [u8]; 2], blue: &mut [u8], red: &mut [u8]) {
        let [above, below] = rgb;
        for (row, out) in [above, below].into_iter().zip(luma) {
            for (pixel, out) in row.as_chunks::<PIXEL>().0.iter().zip(out) {
                *out = (weigh(self.luma, [pixel[0], pixel[1], pixel[2]].map(i32::from), HALF) + self.black) as u8;
            }
        }
        let pairs = |row| <[u8]>::as_chunks::<{ 2 * PIXEL }>(row).0.iter();
        let squares = pairs(above).zip(pairs(below));
        for (((one, other), blue), red) in squares.zip(blue).zip(red) {
            let sum = [0, 1, 2]
                .map(|at| [one[at], one[at + PIXEL], other[at], other[at + PIXEL]].map(i32::from).iter().sum());
            // Four pixels: two bits more.
            let chroma = |parts| ((weigh_sum(parts, sum) >> (BITS + 2)) + 128).clamp(0, 255) as u8;
            (*blue, *red) = (chroma(self.blue), chroma(self.red));
        }
    }
}

fn weigh(parts: [i32; 3], colours: [i32; 3], half: i32) -> i32 {
    (parts[0] * colours[0] + parts[1] * colours[1] + parts[2] * colours[2] + half) >> BITS
}

fn weigh_sum(parts: [i32; 3], sum: [i32; 3]) -> i32 {
    parts[0] * sum[0] + parts[1] * sum[1] + parts[2] * sum[2] + 4 * HALF
}

#[cfg(test)]
mod tests {
    use super::*;

    const BT601: (f64, f64) = (0.299, 0.114);
    const BT709: (f64, f64) = (0.2126, 0.0722);

    /// Luma, blue and red of a picture of one colour.
    fn yuv((kr, kb): (f64, f64), is_full_range: bool, [r, g, b]: [u8; 3]) -> [u8; 3] {
        let Planes { luma, blue, red } = Conversion::new(kr, kb, is_full_range).planes(&[r, g, b, 255].repeat(16), 4);
        assert_eq!(
            (luma.as_slice(), blue.as_slice(), red.as_slice()),
            (&[luma[0]; 16][..], &[blue[0]; 4][..], &[red[0]; 4][..])
        );
        [luma[0], blue[0], red[0]]
    }

    // Values of ITU-R BT.709, § 3 and BT.601, § 2.5; full range is JPEG's.
    #[test]
    fn known_colours_have_the_values_of_the_standards() {
        assert_eq!(yuv(BT709, false, [255, 255, 255]), [235, 128, 128]);
        assert_eq!(yuv(BT709, false, [0, 0, 0]), [16, 128, 128]);
        assert_eq!(yuv(BT709, false, [255, 0, 0]), [63, 102, 240]);
        assert_eq!(yuv(BT709, false, [0, 0, 255]), [32, 240, 118]);
        assert_eq!(yuv(BT601, false, [255, 0, 0]), [81, 90, 240]);
        assert_eq!(yuv(BT601, false, [0, 255, 0]), [145, 54, 34]);
        assert_eq!(yuv(BT601, true, [255, 0, 0]), [76, 85, 255]);
        assert_eq!(yuv(BT601, true, [0, 0, 255]), [29, 255, 107]);
    }

    #[test]
    fn chroma_is_the_mean_of_four_pixels() {
        let (red, black) = ([255, 0, 0, 255], [0, 0, 0, 0]);
        let planes = Conversion::new(0.2126, 0.0722, false).planes(&[red, black, black, black].concat(), 2);
        // 128, and a quarter of -26 and 112.
        assert_eq!(planes, Planes { luma: vec![63, 16, 16, 16], blue: vec![122], red: vec![156] });
    }
}
