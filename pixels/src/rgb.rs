//! Pictures of red, green and blue, as brightness and colour: what a codec blurs and refines apart is then compared apart.

use crate::picture::{Picture, Plane};

/// Bytes of a pixel.
const PIXEL: usize = 4;
/// Parts of brightness in red, green and blue, of 256 (ITU-R BT.601), and of the two differences of colour.
const LUMA: [i32; 3] = [77, 150, 29];
const BLUE: [i32; 3] = [-43, -85, 128];
const RED: [i32; 3] = [128, -107, -21];

impl Picture {
    /// A picture of pixels of four bytes, red before blue or after it, in one plane: as brightness for each pixel, and the two
    /// differences of colour for each two by two of them. Bytes that are missing are black.
    pub fn from_rgb(bytes: &[u8], plane: Plane, is_blue_first: bool) -> Self {
        let (width, height) = (plane.width / PIXEL, plane.height);
        let (half_width, half_height) = (width / 2, height / 2);
        let (luma, half) = (width * height, half_width * half_height);
        let mut planes = vec![0; luma + 2 * half];
        let order = if is_blue_first { [2, 1, 0] } else { [0, 1, 2] };
        let pixel = |x: usize, y: usize| {
            let start = plane.offset + y * plane.stride + PIXEL * x;
            let pixel: [u8; PIXEL] =
                bytes.get(start..).and_then(|rest| rest.first_chunk().copied()).unwrap_or_default();
            order.map(|at| i32::from(pixel[at]))
        };
        for y in 0..height {
            for x in 0..width {
                let own = pixel(x, y);
                planes[y * width + x] = weigh(LUMA, own) as u8;
                // The last of four.
                if x % 2 == 1 && y % 2 == 1 {
                    let mut sum = own;
                    for other in [pixel(x - 1, y - 1), pixel(x, y - 1), pixel(x - 1, y)] {
                        (0..3).for_each(|at| sum[at] += other[at]);
                    }
                    let mean = sum.map(|sum| sum / 4);
                    let at = luma + y / 2 * half_width + x / 2;
                    planes[at] = (128 + weigh(BLUE, mean)) as u8;
                    planes[at + half] = (128 + weigh(RED, mean)) as u8;
                }
            }
        }
        let of = |offset, width, height| Plane { offset, stride: width, width, height };
        Self::new(
            planes,
            [of(0, width, height), of(luma, half_width, half_height), of(luma + half, half_width, half_height)],
        )
    }
}

fn weigh(parts: [i32; 3], colours: [i32; 3]) -> i32 {
    parts.iter().zip(colours).map(|(part, colour)| part * colour).sum::<i32>() >> 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brightness_and_colour_are_distinguished_in_either_order() {
        let rows = |pixel: [u8; 4]| pixel.repeat(4 * 2);
        let plane = Plane { offset: 0, stride: 16, width: 16, height: 2 };
        let planes = |bytes: &[u8], is_blue_first| Picture::from_rgb(bytes, plane, is_blue_first).into_bytes();
        for (rgb, luma, blue, red) in [
            ([255, 255, 255], 255, 128, 128),
            ([255, 0, 0], 76, 85, 255),
            ([0, 0, 255], 28, 255, 107),
            ([0; 3], 0, 128, 128),
        ] {
            let [r, g, b] = rgb;
            let expected = [[luma; 8].as_slice(), &[blue; 2], &[red; 2]].concat();
            assert_eq!(planes(&rows([r, g, b, 9]), false), expected, "{rgb:?}");
            assert_eq!(planes(&rows([b, g, r, 9]), true), expected, "{rgb:?}");
        }
    }

    #[test]
    fn odd_sizes_and_missing_bytes_are_taken_as_they_are() {
        let plane = Plane { offset: 0, stride: 12, width: 12, height: 3 };
        assert_eq!(
            Picture::from_rgb(&[255; 36], plane, true).into_bytes(),
            [[255; 9].as_slice(), &[128, 128]].concat()
        );
        assert_eq!(Picture::from_rgb(&[], plane, true).into_bytes().len(), 11);
        let nothing = Plane { offset: 0, stride: 0, width: 0, height: 0 };
        assert_eq!(Picture::from_rgb(&[], nothing, false).into_bytes(), []);
    }
}
