//! Colour descriptions: WebCodecs' words as the numbers of ISO/IEC 23091-2 (H.273).

/// How the numbers of a picture become light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// `ColourPrimaries`.
    pub primaries: u16,
    /// `TransferCharacteristics`.
    pub transfer: u16,
    /// `MatrixCoefficients`.
    pub matrix: u16,
    /// Whether luma uses 0 to 255 rather than 16 to 235.
    pub full_range: bool,
}

/// `unspecified`, in each of the three tables.
const UNSPECIFIED: u16 = 2;

/// ITU-R BT.709 in limited range: what HD video has.
pub const BT709: Colour = Colour { primaries: 1, transfer: 1, matrix: 1, full_range: false };
/// A description that no encoder has of its own: BT.601 in full range.
pub const UNUSUAL: Colour = Colour { primaries: 6, transfer: 6, matrix: 6, full_range: true };
/// What Chromium's encoders make of RGB.
pub const SRGB: Colour = Colour { primaries: 1, transfer: 13, matrix: 1, full_range: true };

/// The words of WebCodecs (<https://www.w3.org/TR/webcodecs/#videocolorspace>), and their numbers.
const PRIMARIES: [(&str, u16); 5] = [("bt709", 1), ("bt470bg", 5), ("smpte170m", 6), ("bt2020", 9), ("smpte432", 12)];
const TRANSFERS: [(&str, u16); 6] =
    [("bt709", 1), ("smpte170m", 6), ("linear", 8), ("iec61966-2-1", 13), ("pq", 16), ("hlg", 18)];
const MATRICES: [(&str, u16); 5] = [("rgb", 0), ("bt709", 1), ("bt470bg", 5), ("smpte170m", 6), ("bt2020-ncl", 9)];

impl Colour {
    /// Of what no more is known than that it is in limited range.
    pub const UNKNOWN: Self =
        Self { primaries: UNSPECIFIED, transfer: UNSPECIFIED, matrix: UNSPECIFIED, full_range: false };

    /// Primaries, transfer and matrix as WebCodecs calls them; none where it is unspecified.
    pub fn to_webcodecs(self) -> [Option<&'static str>; 3] {
        let word =
            |table: &[(&'static str, u16)], number| table.iter().find(|(_, of)| *of == number).map(|(word, _)| *word);
        [word(&PRIMARIES, self.primaries), word(&TRANSFERS, self.transfer), word(&MATRICES, self.matrix)]
    }

    /// The parts of red and blue in luma, `Kr` and `Kb` (ISO/IEC 23091-2, Table 4); those of BT.709 if they are not specified.
    pub fn luma_parts(self) -> (f64, f64) {
        match self.matrix {
            5 | 6 => (0.299, 0.114),
            9 => (0.2627, 0.0593),
            _ => (0.2126, 0.0722),
        }
    }

    /// From the fields of a `VideoColorSpaceInit`; `None` if it has none.
    pub fn from_webcodecs(
        primaries: Option<&str>,
        transfer: Option<&str>,
        matrix: Option<&str>,
        full_range: Option<bool>,
    ) -> Option<Self> {
        if primaries.is_none() && transfer.is_none() && matrix.is_none() && full_range.is_none() {
            return None;
        }
        let number = |table: &[(&str, u16)], word: Option<&str>| {
            table.iter().find(|(known, _)| Some(*known) == word).map_or(UNSPECIFIED, |(_, number)| *number)
        };
        Some(Self {
            primaries: number(&PRIMARIES, primaries),
            transfer: number(&TRANSFERS, transfer),
            matrix: number(&MATRICES, matrix),
            full_range: full_range.unwrap_or(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_have_numbers_and_the_rest_is_unspecified() {
        let colour = Colour::from_webcodecs(Some("bt709"), Some("iec61966-2-1"), Some("smpte170m"), Some(true));
        assert_eq!(colour, Some(Colour { primaries: 1, transfer: 13, matrix: 6, full_range: true }));
        let colour = Colour::from_webcodecs(Some("next-year"), None, Some("bt709"), None);
        assert_eq!(colour, Some(Colour { primaries: 2, transfer: 2, matrix: 1, full_range: false }));
    }

    // Otherwise a resumed reel gets a second description.
    #[test]
    fn the_words_of_each_number_are_found_again() {
        for colour in [BT709, UNUSUAL, SRGB, Colour { primaries: 9, transfer: 16, matrix: 9, full_range: false }] {
            let [primaries, transfer, matrix] = colour.to_webcodecs();
            assert_eq!(Colour::from_webcodecs(primaries, transfer, matrix, Some(colour.full_range)), Some(colour));
        }
        assert_eq!(Colour::UNKNOWN.to_webcodecs(), [None; 3]);
    }

    #[test]
    fn the_parts_of_luma_are_those_of_the_matrix() {
        assert_eq!(UNUSUAL.luma_parts(), (0.299, 0.114));
        assert_eq!(Colour { matrix: 9, ..BT709 }.luma_parts(), (0.2627, 0.0593));
        assert_eq!(Colour::UNKNOWN.luma_parts(), BT709.luma_parts());
    }

    #[test]
    fn without_facts_no_box_is_written() {
        assert_eq!(Colour::from_webcodecs(None, None, None, None), None);
    }
}
