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

impl Colour {
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
        let primaries = match primaries {
            Some("bt709") => 1,
            Some("bt470bg") => 5,
            Some("smpte170m") => 6,
            Some("bt2020") => 9,
            Some("smpte432") => 12,
            _ => UNSPECIFIED,
        };
        let transfer = match transfer {
            Some("bt709") => 1,
            Some("smpte170m") => 6,
            Some("linear") => 8,
            Some("iec61966-2-1") => 13,
            Some("pq") => 16,
            Some("hlg") => 18,
            _ => UNSPECIFIED,
        };
        let matrix = match matrix {
            Some("rgb") => 0,
            Some("bt709") => 1,
            Some("bt470bg") => 5,
            Some("smpte170m") => 6,
            Some("bt2020-ncl") => 9,
            _ => UNSPECIFIED,
        };
        Some(Self { primaries, transfer, matrix, full_range: full_range.unwrap_or(false) })
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

    #[test]
    fn nothing_told_is_nothing_written() {
        assert_eq!(Colour::from_webcodecs(None, None, None, None), None);
    }
}
