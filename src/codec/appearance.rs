//! What a frame looks like, and how it gets to an encoder: as it is, or painted into the one size and the one colour description that a
//! reel has.

use super::colour::{Colour, SRGB};
use crate::picture_size::{Size, same_shape};

/// Making a size even changes its proportions by less than this, in percent.
const FIT_PERCENT: u64 = 2;

/// What a frame looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appearance {
    /// Its upright size, in pixels.
    pub size: Size,
    /// Whether it is stored turned or mirrored.
    pub is_turned: bool,
    /// Whether parts of it may be transparent.
    pub has_alpha: bool,
    /// Whether it is of 8 bits, 4:2:0 and even sides, as every encoder takes it.
    pub is_plain: bool,
    /// How its luma and chroma become light; none if it is red, green and blue.
    pub colour: Option<Colour>,
}

/// The colours that all pictures of an encoder have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Their description.
    pub colour: Colour,
    /// Whether the encoder keeps the description of what it gets. Firefox's writes BT.709 whatever it gets, and converts red, green and
    /// blue by BT.601.
    pub is_kept: bool,
    /// Whether it makes these colours of red, green and blue: Chromium's then makes [`SRGB`], WebKitGTK's BT.601.
    pub is_of_rgb: bool,
}

/// How a frame gets to an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// As it is. The encoder may scale it.
    AsIs,
    /// Painted: upright, whole and opaque. The encoder converts its colours.
    Painted,
    /// Painted, and converted to this description.
    Converted(Colour),
}

impl Appearance {
    /// How it gets to an encoder that makes pictures of this size, in pixels, and of these colours.
    pub fn delivery(&self, size: Size, palette: Palette) -> Delivery {
        let is_made = match self.colour {
            Some(colour) => palette.colour == colour && (self.is_plain || palette.is_kept),
            None => palette.is_of_rgb,
        };
        // Transparent pixels have a colour, which encoders show.
        let is_whole = same_shape(self.size, size, FIT_PERCENT) && !self.is_turned && !self.has_alpha;
        match palette {
            _ if is_whole && is_made => Delivery::AsIs,
            _ if palette.is_of_rgb => Delivery::Painted,
            Palette { colour, .. } => Delivery::Converted(colour),
        }
    }

    /// Whether it goes to such an encoder as it is if all its pixels turn out to be opaque. To read them costs less than to paint them.
    pub fn depends_on_alpha(&self, size: Size, palette: Palette) -> bool {
        let opaque = Self { has_alpha: false, ..*self };
        self.has_alpha && opaque.delivery(size, palette) == Delivery::AsIs
    }
}

impl Palette {
    /// The colours of a reel that begins with a frame of this description, none if it is red, green and blue.
    pub fn new(first: Option<Colour>) -> Self {
        let colour = first.unwrap_or(SRGB);
        Self { colour, is_kept: true, is_of_rgb: colour == SRGB }
    }

    /// The same by an encoder that describes all pictures as `own`, if it does not keep their description.
    pub fn by(self, own: Option<Colour>) -> Self {
        own.map_or(self, |colour| Self { colour, is_kept: false, is_of_rgb: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::colour::BT709;

    const BT601: Colour = Colour { primaries: 6, transfer: 6, matrix: 6, full_range: false };

    const SIZE: Size = (640, 360);
    const VIDEO: Appearance =
        Appearance { size: SIZE, is_turned: false, has_alpha: false, is_plain: true, colour: Some(BT601) };
    const CANVAS: Appearance = Appearance { has_alpha: true, is_plain: false, colour: None, ..VIDEO };
    const SCREEN: Appearance = Appearance { colour: None, ..VIDEO };

    // The main job: a copy would cost more than all the rest.
    #[test]
    fn what_is_received_goes_to_the_encoder_as_it_is() {
        let palette = Palette::new(VIDEO.colour);
        assert_eq!(VIDEO.delivery(SIZE, palette), Delivery::AsIs);
        assert_eq!(Appearance { size: (1280, 720), ..VIDEO }.delivery(SIZE, palette), Delivery::AsIs, "it is scaled");
        assert!(!VIDEO.depends_on_alpha(SIZE, palette));
        assert_eq!(SCREEN.delivery(SIZE, Palette::new(None)), Delivery::AsIs);
    }

    // A phone was turned, and the file had two colour descriptions: its first part was washed out in Chromium.
    #[test]
    fn what_is_painted_has_the_colours_of_what_is_not() {
        let palette = Palette::new(VIDEO.colour);
        for appearance in [
            Appearance { size: (360, 640), ..VIDEO },
            Appearance { is_turned: true, ..VIDEO },
            Appearance { colour: Some(BT709), ..VIDEO },
            SCREEN,
            CANVAS,
        ] {
            assert_eq!(appearance.delivery(SIZE, palette), Delivery::Converted(BT601), "{appearance:?}");
            assert!(!appearance.depends_on_alpha(SIZE, palette), "{appearance:?}");
        }
    }

    #[test]
    fn an_encoder_converts_red_green_and_blue_where_it_makes_the_colours_of_the_reel() {
        let palette = Palette::new(CANVAS.colour);
        assert_eq!(palette.colour, SRGB);
        assert_eq!(SCREEN.delivery(SIZE, palette), Delivery::AsIs);
        assert_eq!(Appearance { size: (360, 640), ..SCREEN }.delivery(SIZE, palette), Delivery::Painted);
        assert_eq!(VIDEO.delivery(SIZE, palette), Delivery::Painted);
    }

    // A canvas that was resumed in WebKitGTK was converted, and its file frozen and grey: the encoder had described what it had made of
    // the first part as BT.601.
    #[test]
    fn a_resumed_reel_of_red_green_and_blue_gets_them_as_before() {
        let palette = Palette { colour: BT601, ..Palette::new(CANVAS.colour) };
        assert_eq!(SCREEN.delivery(SIZE, palette), Delivery::AsIs);
        assert_eq!(Appearance { size: (360, 640), ..SCREEN }.delivery(SIZE, palette), Delivery::Painted);
        assert_eq!(SCREEN.delivery(SIZE, palette.by(Some(BT709))), Delivery::Converted(BT709));
    }

    // What a page had made transparent was in the file in the colour that it had hidden.
    #[test]
    fn transparent_pixels_are_painted_on_black_and_a_canvas_without_any_costs_no_more_than_a_look() {
        let palette = Palette::new(CANVAS.colour);
        assert_eq!(CANVAS.delivery(SIZE, palette), Delivery::Painted);
        assert!(CANVAS.depends_on_alpha(SIZE, palette));
        assert!(!Appearance { size: (360, 640), ..CANVAS }.depends_on_alpha(SIZE, palette), "it is painted anyhow");
    }

    // In Firefox red of 233 was 250 in every file.
    #[test]
    fn an_encoder_that_describes_all_pictures_alike_gets_such_pictures() {
        let palette = Palette::new(VIDEO.colour).by(Some(BT709));
        assert_eq!(palette.colour, BT709);
        for appearance in [VIDEO, CANVAS, SCREEN] {
            assert_eq!(appearance.delivery(SIZE, palette), Delivery::Converted(BT709), "{appearance:?}");
        }
        let like = Appearance { colour: Some(BT709), ..VIDEO };
        assert_eq!(like.delivery(SIZE, palette), Delivery::AsIs);
        // OpenH264 paints what has odd sides itself, in other colours.
        let odd = Appearance { is_plain: false, ..like };
        assert_eq!(odd.delivery(SIZE, palette), Delivery::Converted(BT709));
        assert_eq!(odd.delivery(SIZE, Palette { is_kept: true, ..palette }), Delivery::AsIs);
    }
}
