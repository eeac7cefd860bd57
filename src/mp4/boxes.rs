//! Writing boxes (ISO/IEC 14496-12, § 4.2): numbers are big-endian.

/// Writes a box around what `content` writes.
pub(super) fn write_box(head: &mut Vec<u8>, kind: &[u8; 4], content: impl FnOnce(&mut Vec<u8>)) {
    let start = head.len();
    put32(head, [0]);
    head.extend(kind);
    content(head);
    let size = (head.len() - start) as u32;
    head[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// The same for a box that has a version, in the highest byte, and flags.
pub(super) fn write_full_box(
    head: &mut Vec<u8>,
    kind: &[u8; 4],
    version_flags: u32,
    content: impl FnOnce(&mut Vec<u8>),
) {
    write_box(head, kind, |head| {
        put32(head, [version_flags]);
        content(head);
    });
}

/// The first version of a box that has another.
pub(super) const VERSION_1: u32 = 1 << 24;

/// The matrix that changes nothing (§ 8.3.2).
pub(super) const MATRIX: [u32; 9] = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30];
/// `und`, in three times five bits (§ 8.4.2).
pub(super) const UNDETERMINED: u16 = 0x55c4;

/// Writes numbers of 16 bits.
pub(super) fn put16<const N: usize>(head: &mut Vec<u8>, numbers: [u16; N]) {
    numbers.iter().for_each(|number| head.extend_from_slice(&number.to_be_bytes()));
}

/// Writes numbers of 32 bits.
pub(super) fn put32<const N: usize>(head: &mut Vec<u8>, numbers: [u32; N]) {
    put_all(head, &numbers);
}

/// Writes as many numbers of 32 bits as there are.
pub(super) fn put_all(head: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|number| head.extend_from_slice(&number.to_be_bytes()));
}

/// Writes a number of 64 bits.
pub(super) fn put64(head: &mut Vec<u8>, number: u64) {
    head.extend_from_slice(&number.to_be_bytes());
}

/// Writes how many rows there are, each of this many numbers, and the rows.
pub(super) fn put_rows(head: &mut Vec<u8>, rows: &[u32], numbers_a_row: usize) {
    put32(head, [(rows.len() / numbers_a_row) as u32]);
    put_all(head, rows);
}

/// When it was made, and how long it is.
pub(super) fn put_times(head: &mut Vec<u8>, created_s: u64, timescale: u32, duration: u64) {
    put64(head, created_s);
    put64(head, created_s);
    put32(head, [timescale]);
    put64(head, duration);
}
