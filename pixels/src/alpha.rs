//! Whether a picture has transparent pixels.

/// Whether no pixel is transparent, in pixels of four bytes with alpha last.
pub fn is_opaque(pixels: &[u8]) -> bool {
    // Without a way out in between, so that many are compared at once.
    pixels.as_chunks::<4>().0.iter().fold(u8::MAX, |all, pixel| all & pixel[3]) == u8::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_transparent_pixel_is_found() {
        let mut pixels = [7, 7, 7, 255].repeat(1000);
        assert!(is_opaque(&pixels));
        pixels[4 * 999 + 3] = 254;
        assert!(!is_opaque(&pixels));
    }
}
