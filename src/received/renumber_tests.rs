use super::*;

// `ue(0) ue(0) ue(0)`, then 4 bits of `frame_num` and 6 of `pic_order_cnt_lsb`.
fn sample(number: u32, shown: u32, rest: &[u8]) -> Vec<u8> {
    let bits = 0b111 << 13 | number << 9 | shown << 3 | 0b101;
    [&[0, 0, 0, 3 + rest.len() as u8, 0x41, (bits >> 8) as u8, bits as u8][..], rest].concat()
}

fn place(number: u32, shown: u32) -> Place {
    Place {
        is_key: number == 0,
        is_reference: true,
        number: Some(Number { value: number, bits: 4 }),
        shown: Number { value: shown, bits: 6 },
        is_copy: false,
        marks: false,
        references: 1,
    }
}

fn kept(renumber: &mut Renumber, number: u32, shown: u32) -> Vec<u8> {
    let mut kept = sample(number, shown, &[7, 8]);
    renumber.keep(&mut kept, &place(number, shown));
    kept
}

#[test]
fn later_pictures_have_the_numbers_of_those_that_were_dropped() {
    let mut renumber = Renumber::default();
    assert_eq!(kept(&mut renumber, 0, 0), sample(0, 0, &[7, 8]));
    assert_eq!(kept(&mut renumber, 1, 2), sample(1, 2, &[7, 8]));
    renumber.drop(&place(2, 4));
    renumber.drop(&Place { is_reference: false, ..place(3, 6) });
    renumber.drop(&place(3, 8));
    assert_eq!(kept(&mut renumber, 4, 10), sample(2, 4, &[7, 8]));
    // They wrap around.
    assert_eq!(kept(&mut renumber, 1, 3), sample(15, 61, &[7, 8]));
    assert_eq!(kept(&mut renumber, 0, 0), sample(0, 0, &[7, 8]), "a key frame");
    assert_eq!(kept(&mut renumber, 1, 2), sample(1, 2, &[7, 8]));
}

#[test]
fn emulation_prevention_comes_and_goes() {
    let mut renumber = Renumber::default();
    renumber.drop(&place(1, 0));
    let long = |number, bits| Place {
        number: Some(Number { value: number, bits }),
        shown: Number { value: 0, bits: 0 },
        ..place(0, 0)
    };
    let long = |number| Place { is_key: false, ..long(number, 21) };
    // 3 bits of header, 21 of `frame_num`, then the rest.
    let mut unit = vec![0, 0, 0, 6, 0x41, 0xe0, 0, 1, 1, 0x80];
    renumber.keep(&mut unit, &long(1));
    assert_eq!(unit, [0, 0, 0, 7, 0x41, 0xe0, 0, 0, 3, 1, 0x80]);
    renumber.number = u32::MAX;
    renumber.keep(&mut unit, &long(0));
    assert_eq!(unit, [0, 0, 0, 6, 0x41, 0xe0, 0, 1, 1, 0x80]);
}

#[test]
fn other_units_and_damage_stay_as_they_are() {
    let mut renumber = Renumber::default();
    renumber.drop(&place(1, 2));
    let sei = [0, 0, 0, 3, 6, 0xff, 0xff];
    let mut both = [&sei[..], &sample(2, 4, &[])].concat();
    renumber.keep(&mut both, &place(2, 4));
    assert_eq!(both, [&sei[..], &sample(1, 2, &[])].concat());
    let mut cut = vec![0, 0, 0, 9, 0x41];
    renumber.keep(&mut cut, &place(3, 6));
    assert_eq!(cut, [0, 0, 0, 9, 0x41]);
}
