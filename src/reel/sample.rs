/// One encoded frame, as the index knows it. Its duration is the time to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When it is decoded, in microseconds since the reel's start.
    pub decode_us: i64,
    /// How much later it is shown, in microseconds; not 0 where the encoder reorders.
    pub composition_offset_us: i32,
    /// Encoded size in bytes.
    pub size: u32,
    /// Whether decoding can start here.
    pub key: bool,
}
