//! How many bits pictures get, if no bitrate is given.

use super::Format;

/// How close to the received pictures the file's are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Half the bits of medium.
    Low,
    /// Looks like what was received: docs/quality.md has the measurements.
    Medium,
    /// Twice the bits of medium.
    High,
}

/// Bits a second for the fourth root of a pixel a second. WebRTC senders spend at most 2 to 5 Mbit/s, hardly more on large
/// pictures than on small ones; encoding again without a visible loss takes up to twice as many.
const BITS_FOR_ROOT: f64 = 76_000.0;
/// The most bits a pixel that medium quality is worth. It counts for small pictures.
const MOST_BITS_A_PIXEL: f64 = 0.6;

impl Quality {
    /// The quality that the options call by this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "low" => Some(Quality::Low),
            "medium" => Some(Quality::Medium),
            "high" => Some(Quality::High),
            _ => None,
        }
    }

    /// The bitrate for pictures of this format, in bits per second, from 100,000.
    pub fn bitrate(self, format: Format) -> u32 {
        let pixels = f64::from(format.width) * f64::from(format.height) * format.planned_fps();
        let medium = (BITS_FOR_ROOT * pixels.sqrt().sqrt()).min(MOST_BITS_A_PIXEL * pixels);
        let bits = match self {
            Quality::Low => medium / 2.0,
            Quality::Medium => medium,
            Quality::High => medium * 2.0,
        };
        bits.max(100_000.0) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medium(width: u32, height: u32, fps: f64) -> u32 {
        Quality::Medium.bitrate(Format { width, height, fps })
    }

    // At 0.1 bits a pixel, a received 512×512 stream of 5 Mbit/s was recorded at 0.8, and lost 5 dB.
    #[test]
    fn medium_is_near_what_senders_spend() {
        let bitrates = [(320, 320), (512, 512), (640, 360), (1280, 720), (1920, 1080)];
        let bitrates = bitrates.map(|(width, height)| medium(width, height, 30.0));
        assert_eq!(bitrates, [1_843_200, 4_024_657, 3_896_857, 5_510_988, 6_749_555]);
    }

    #[test]
    fn a_larger_picture_and_a_higher_rate_get_more_bits_but_fewer_a_pixel() {
        assert!(medium(3840, 2160, 30.0) > medium(1920, 1080, 30.0));
        assert!(medium(3840, 2160, 30.0) < 2 * medium(1920, 1080, 30.0));
        assert!(medium(1280, 720, 60.0) > medium(1280, 720, 30.0));
        assert!(medium(1280, 720, 60.0) < 2 * medium(1280, 720, 30.0));
        assert_eq!(medium(1280, 720, f64::INFINITY), medium(1280, 720, 60.0));
    }

    #[test]
    fn low_is_half_of_medium_and_high_is_twice() {
        let format = Format { width: 1280, height: 720, fps: 30.0 };
        let bitrates = [Quality::Low, Quality::Medium, Quality::High].map(|quality| quality.bitrate(format));
        assert_eq!(bitrates, [2_755_494, 5_510_988, 11_021_977]);
    }

    #[test]
    fn the_smallest_pictures_get_what_an_encoder_can_hold() {
        assert_eq!(medium(16, 16, 30.0), 100_000);
        assert_eq!(Quality::Low.bitrate(Format { width: 16, height: 16, fps: 1.0 }), 100_000);
        // Twice the largest picture that is taken, at the highest rate that is planned for.
        assert!(Quality::High.bitrate(Format { width: 8192, height: 4608, fps: 60.0 }) < 100_000_000);
    }
}
