use super::{SampleTable, Shared};

/// A segment's record in the store, but for the samples' bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Its place among the reel's segments, from 0.
    pub index: u32,
    /// Which of the track's configurations it decodes with, from 0.
    pub config: u32,
    /// Its samples.
    pub table: SampleTable,
}

impl SegmentRecord {
    /// Checks the fields of a record, and the size of its samples in bytes.
    ///
    /// # Errors
    /// The name of the field that is damaged.
    pub fn read(index: f64, config: f64, table: &[u8], data_bytes: f64) -> Result<Self, &'static str> {
        let read = Self::unpack((index, config, table))?;
        if data_bytes == read.table.bytes() as f64 { Ok(read) } else { Err("data") }
    }

    /// Checks the fields of a record of pictures and sound, the order of their samples, and their size in bytes.
    ///
    /// # Errors
    /// The name of the field that is damaged.
    pub fn read_both(
        video: Fields<'_>,
        audio: Fields<'_>,
        order: &[u8],
        data_bytes: f64,
    ) -> Result<[(Self, Shared); 2], &'static str> {
        let (video, audio) = (Self::unpack(video)?, Self::unpack(audio)?);
        if data_bytes != (video.table.bytes() + audio.table.bytes()) as f64 {
            return Err("data");
        }
        let both = Shared::read(order, video.index, [&video.table, &audio.table]);
        let [of_video, of_audio] = both.ok_or("order")?;
        Ok([(video, of_video), (audio, of_audio)])
    }

    fn unpack((index, config, table): Fields<'_>) -> Result<Self, &'static str> {
        let table = SampleTable::unpack(table).map_err(|_| "table")?;
        Ok(Self { index: whole(index).ok_or("index")?, config: whole(config).ok_or("config")?, table })
    }
}

/// What the store has of a segment: its index, its configuration, and its packed table.
pub type Fields<'a> = (f64, f64, &'a [u8]);

/// A whole number that has another behind it.
fn whole(number: f64) -> Option<u32> {
    let whole = number as u32;
    (f64::from(whole) == number && whole < u32::MAX).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::Sample;

    fn table() -> SampleTable {
        SampleTable::new(Sample { decode_us: 0, composition_offset_us: 0, size: 100, key: true }, 40_000)
    }

    #[test]
    fn a_record_in_order_is_read() {
        let read = SegmentRecord::read(7.0, 1.0, &table().pack(), 100.0);
        assert_eq!(read, Ok(SegmentRecord { index: 7, config: 1, table: table() }));
    }

    #[test]
    fn a_record_of_both_tracks_is_read() {
        let packed = table().pack();
        let order = [1_u32, 1].map(u32::to_le_bytes).concat();
        let read =
            |order: &[u8], bytes| SegmentRecord::read_both((16.0, 1.0, &packed), (9.0, 0.0, &packed), order, bytes);
        let [(video, of_video), (audio, of_audio)] = read(&order, 200.0).unwrap();
        assert_eq!(video, SegmentRecord { index: 16, config: 1, table: table() });
        assert_eq!(audio, SegmentRecord { index: 9, config: 0, table: table() });
        assert_eq!(
            [(of_video.record, of_video.runs[0].start), (of_audio.record, of_audio.runs[0].start)],
            [(16, 0), (16, 100)]
        );
        assert_eq!(read(&order, 100.0), Err("data"));
        assert_eq!(read(&order[1..], 200.0), Err("order"));
    }

    #[test]
    fn a_field_that_is_damaged_is_named() {
        let packed = table().pack();
        assert_eq!(SegmentRecord::read(0.0, 0.0, &packed[1..], 100.0), Err("table"));
        assert_eq!(SegmentRecord::read(0.0, 0.0, &packed, 99.0), Err("data"));
        // A segment took the place of another, or decoded with another's configuration.
        for number in [-1.0, 0.5, f64::NAN, f64::INFINITY, f64::from(u32::MAX), 1e12] {
            assert_eq!(SegmentRecord::read(number, 0.0, &packed, 100.0), Err("index"), "{number}");
            assert_eq!(SegmentRecord::read(0.0, number, &packed, 100.0), Err("config"), "{number}");
        }
    }
}
