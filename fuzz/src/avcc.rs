use super::movie::{check_error, configs, entry_of, layout_of};
use mp4_atom::{Avcc, Codec, Decode};
use trackreel::codec::h264;
use trackreel::reel::VideoConfig;

/// An `avcC` of an encoder's, or one that is damaged: its parameter sets are those that another reader finds.
pub fn avcc(data: &[u8]) {
    let theirs = read(data);
    let sets = h264::parameter_sets(data);
    if let Some(sets) = &sets {
        assert_eq!(data[4] & 3, 3, "lengths of four bytes");
        let sets = units(sets);
        if let Some(theirs) = &theirs {
            let expected = theirs.sequence_parameter_sets.iter().chain(&theirs.picture_parameter_sets);
            assert_eq!(sets, expected.map(Vec::as_slice).collect::<Vec<_>>());
        }
    }
    if let Some(theirs) = &theirs {
        assert_eq!(sets.is_some(), theirs.length_size == 4);
    }

    let mended = h264::mended(data.to_vec());
    if let Some(theirs) = &theirs {
        let ours = read(&mended).expect("another reader reads it still");
        assert_eq!(mended[4] & 0xfc, 0xfc, "reserved bits");
        assert_eq!(mended[5] & 0xe0, 0xe0, "reserved bits");
        assert_eq!((ours.length_size, &ours.ext), (theirs.length_size, &theirs.ext));
        for (ours, theirs) in [
            (&ours.sequence_parameter_sets, &theirs.sequence_parameter_sets),
            (&ours.picture_parameter_sets, &theirs.picture_parameter_sets),
        ] {
            assert_eq!(ours.len(), theirs.len());
            let is_end =
                |(ours, theirs): (&Vec<u8>, &Vec<u8>)| theirs.ends_with(ours) && theirs.len() <= ours.len() + 1;
            assert!(ours.iter().zip(theirs).all(is_end));
        }
    }

    // A movie has it as it is, and none has one that is cut off.
    let [h264, ..] = configs();
    let config = VideoConfig { description: mended.clone(), ..h264 };
    match read(&mended) {
        Some(expected) => {
            let Ok(Codec::Avc1(entry)) = entry_of(config) else { panic!("it is whole") };
            assert_eq!(entry.avcc, expected);
        }
        None => {
            // Where only what follows the sets is damaged, some readers read it.
            let laid_out = layout_of(config);
            assert!(laid_out.is_err() || is_whole(&mended));
            laid_out.unwrap_or_else(|error| check_error(&error));
        }
    }
}

/// What another reader finds in an `avcC`.
pub fn read(avcc: &[u8]) -> Option<Avcc> {
    let len = u32::try_from(avcc.len() + 8).ok()?;
    Avcc::decode(&mut [&len.to_be_bytes(), b"avcC".as_slice(), avcc].concat().as_slice()).ok()
}

/// Whether an `avcC` is of the only version, and has whole sets.
pub fn is_whole(avcc: &[u8]) -> bool {
    let mut avcc = avcc.to_vec();
    avcc.iter_mut().skip(4).take(1).for_each(|lengths| *lengths |= 3);
    avcc.first() == Some(&1) && h264::parameter_sets(&avcc).is_some()
}

/// The units of a sample, each behind its length in 32 bits.
///
/// # Panics
/// If they do not cover it.
pub fn units(mut sample: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    while !sample.is_empty() {
        let (len, rest) = sample.split_first_chunk().expect("a length");
        let (unit, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize).expect("a unit");
        units.push(unit);
        sample = rest;
    }
    units
}
