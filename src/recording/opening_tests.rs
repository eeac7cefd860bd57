//! Short sequences of inputs in which the picture becomes larger. Each says what a user would see if the rule were broken.

use super::opening::Opening;
use super::test_page::{Page, SAMPLE, TestEffect, config, encoded, h264, written};
use super::{Call, Chunk, Effect, Indexes, Input, Report, Task};
use crate::Error;
use crate::clip::Clip;
use crate::codec::{Answer, EncoderSetup, Format, Place};
use crate::picture_size::WantedSize;
use crate::reel::Track;
use crate::time::Steady;

fn small() -> Page {
    let mut page = Page::new(h264());
    page.size = (320, 180);
    page
}

fn asks(effects: &[TestEffect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::AskEncoder { .. } | Effect::AskDecoder(_)))
}

/// What a larger encoder makes of all originals of a re-encoding: the same frames, with 1000 added to their numbers.
fn reencoded(effects: &[TestEffect]) -> Input<i64, i64> {
    let is_reencoding = |effect: &&TestEffect| matches!(effect, Effect::Reencode { .. });
    let Some(Effect::Reencode { number, originals, setup }) = effects.iter().find(is_reencoding) else {
        panic!("{effects:?}")
    };
    let mut announced = Some(config(setup));
    let mut remade = Vec::new();
    for original in originals {
        let samples = original.segment.table.samples().iter().zip(&original.segment.payload);
        let chunk = |(sample, frame): (&crate::reel::Sample, &i64)| Chunk {
            steady: Steady::from_us(sample.decode_us),
            key: sample.key,
            bytes: frame + 1000,
            size: SAMPLE,
            config: announced.take(),
        };
        remade.push(samples.map(chunk).collect());
    }
    Input::Reencoded(*number, remade)
}

// The segments of an hour that was resumed would be kept in memory, in case its picture became larger.
#[test]
fn the_opening_of_a_reel_that_is_resumed_is_over() {
    let setup = h264().candidates(Format { width: 640, height: 360, fps: 30.0 }, 1_000_000).remove(0);
    assert!(Opening::<i64>::settled(Some(&config(&setup))).is_settled());
    assert!(!Opening::<i64>::new(WantedSize::default()).is_settled());
}

// A sender that felt its way up left an hour in which the first seconds could not be shown beside the rest.
#[test]
fn what_came_before_a_larger_picture_is_re_encoded_at_its_size() {
    let mut page = small();
    page.record(0..100);
    page.size = (1280, 720);
    let larger = page.record([100]);
    assert_eq!(encoded(&larger), [(100, true)]);
    assert!(larger.iter().any(|effect| matches!(effect, Effect::Configure(setup) if setup.format.width == 1280)));
    let made = reencoded(&larger);
    let waiting = page.give(Input::Export(Call::new(1), Clip::default()));
    page.flush();
    assert!(!waiting.iter().any(|effect| matches!(effect, Effect::Export { .. })));
    let done = page.give(made);
    let replaced: Vec<_> = written(&done).iter().map(|one| (one.index, one.config, one.payload.clone())).collect();
    assert_eq!(replaced, [(0, 1, (1000..1061).collect()), (1, 1, (1061..1100).collect())]);
    assert!(done.iter().any(|effect| matches!(effect, Effect::Export { .. })), "{done:?}");
    assert_eq!((page.progress().frames, page.progress().drops.all()), (101, 0));
}

// The sender became larger at the last moment: the originals were released before the re-encoding was done, and stayed small.
#[test]
fn a_re_encoding_that_is_done_after_the_opening_counts_and_nothing_is_merged_before() {
    let mut page = small();
    page.record(0..290);
    page.size = (1280, 720);
    let larger = page.record([290]);
    let merges =
        |effects: &[TestEffect]| effects.iter().any(|effect| matches!(effect, Effect::Disk(Task::Merge { .. })));
    assert!(!merges(&page.record(291..1200)));
    let done = page.give(reencoded(&larger));
    let replaced: Vec<u32> = written(&done).iter().map(|segment| segment.index).collect();
    assert_eq!(replaced, [0, 1, 2, 3, 4]);
    assert!(merges(&done));
}

// The first re-encoding came late, and had a larger one of the same seconds be replaced by a smaller one.
#[test]
fn a_re_encoding_that_was_given_up_is_ignored() {
    let mut page = small();
    page.record(0..70);
    page.size = (640, 360);
    let medium = reencoded(&page.record(70..80));
    page.size = (1280, 720);
    let large = reencoded(&page.record([80]));
    assert_eq!(written(&page.give(medium)).len(), 0);
    let done = page.give(large);
    let configs: Vec<_> = written(&done).iter().map(|segment| (segment.index, segment.config)).collect();
    assert_eq!(configs, [(0, 2), (1, 2), (2, 2)]);
}

// A screen of 5120×2880 was an error, or nothing was recorded: H.264's encoders refuse more than 9,437,184 pixels.
#[test]
fn a_picture_for_which_there_is_no_encoder_is_scaled_and_that_is_reported() {
    let mut page = small();
    page.encodes = |setup| if setup.format.pixels() <= 9_437_184 { Answer::Yes } else { Answer::No };
    page.size = (5120, 2880);
    let effects = page.record(0..10);
    let reported = effects.iter().filter_map(|effect| match effect {
        Effect::Report(Report::Scaled { from, to }) => Some((*from, *to)),
        _ => None,
    });
    assert_eq!(reported.collect::<Vec<_>>(), [((5120, 2880), (4096, 2304))]);
    assert_eq!((page.progress().width, page.progress().height), (4096, 2304));
    let asked_again = page.record(10..40);
    assert!(!asks(&asked_again), "once is enough");
    assert_eq!((page.progress().frames, page.progress().drops.all()), (40, 0));
}

// A sender that felt its way up to such a size would stay at what it began with.
#[test]
fn a_picture_that_becomes_too_large_for_any_encoder_is_as_large_as_there_is_one_for() {
    let mut page = small();
    page.encodes = |setup| if setup.format.pixels() <= 9_437_184 { Answer::Yes } else { Answer::No };
    page.record(0..40);
    page.size = (5120, 2880);
    let effects = page.record([40]);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Configure(setup) if setup.format.width == 4096)));
    assert!(!asks(&page.record(41..60)));
}

// A browser says that it encodes pictures of any size, and fails with the first one.
#[test]
fn an_encoder_is_tried_at_a_size_before_it_is_relied_on_and_once() {
    let mut page = small();
    let trials = |effects: &[TestEffect]| {
        let trials = effects.iter().filter_map(|effect| match effect {
            Effect::AskEncoder { setup, is_trial, .. } => Some((setup.format.width, *is_trial)),
            _ => None,
        });
        trials.collect::<Vec<_>>()
    };
    assert_eq!(trials(&page.record(0..10)), [(320, true)]);
    page.size = (640, 360);
    assert_eq!(trials(&page.record(10..20)), [(640, true)]);
    // One that takes its place is asked about, and has no time for a trial.
    let failed = Input::Failed(1, Error::EncoderLost { reason: "it broke".into() });
    assert_eq!(trials(&page.give(failed)), [(640, false)]);
}

// A reel that was resumed with a larger picture had two sizes: some players showed only the first part.
#[test]
fn a_resumed_reel_keeps_its_size() {
    let mut page = Page::resumed(320, 180);
    let effects = page.record(0..30);
    let widths = effects.iter().filter_map(|effect| match effect {
        Effect::AskEncoder { setup, .. } => Some(setup.format.width),
        _ => None,
    });
    assert_eq!(widths.collect::<Vec<_>>(), [320]);
    assert_eq!((page.progress().width, page.progress().frames), (320, 90));
}

// The browser was asked for a larger encoder with every frame, and each frame waited for its answer.
#[test]
fn a_larger_picture_that_can_not_be_made_is_asked_for_once() {
    type Encodes = fn(&EncoderSetup) -> Answer;
    let openh264_only: Encodes = |setup| {
        let is_there = setup.format.width == 320 || setup.candidate.place == Place::OpenH264;
        if is_there { Answer::Yes } else { Answer::No }
    };
    let small_only: Encodes = |setup| if setup.format.width == 320 { Answer::Yes } else { Answer::No };
    for (encodes, decodes) in
        [(small_only, Answer::Yes), (openh264_only, Answer::Yes), (|_| Answer::Yes, Answer::No)] as [(Encodes, _); 3]
    {
        let mut page = small();
        (page.encodes, page.decodes) = (encodes, decodes);
        page.record(0..100);
        page.size = (1280, 720);
        assert!(asks(&page.record([100])));
        assert!(!asks(&page.record(101..120)));
        assert_eq!((page.progress().width, page.progress().frames, page.progress().drops.all()), (320, 120, 0));
    }
}

// An export of an hour took half a second for its records alone.
#[test]
fn segments_are_merged_on_disk_once_the_opening_is_over_and_nothing_changes_them() {
    let mut page = Page::new(h264());
    let effects = page.record(0..1100);
    let merge = effects.iter().position(|effect| matches!(effect, Effect::Disk(Task::Merge { .. })));
    let merge = merge.expect("segments are merged");
    assert!(
        matches!(&effects[merge], Effect::Disk(Task::Merge { indexes, .. }) if *indexes == Indexes::only(Track::Video, 0..16))
    );
    // The last two may be rolled back.
    let before: Vec<u32> = written(&effects[..merge]).iter().map(|segment| segment.index).collect();
    assert_eq!(before, (0..=16).collect::<Vec<_>>());
}
