//! Which encoder a frame goes to, and at which size: the browser is asked before the first frame, before a larger one, and when an
//! encoder has failed.

use super::context::Context;
use super::effect::{Effect, Report};
use super::encoding::{Encoding, Kept};
use super::opening::{Opening, is_same_kind};
use crate::Error;
use crate::codec::{Answer, EncoderSetup, Search};
use crate::picture_size::PictureSize;

/// What the browser was asked.
#[derive(Debug)]
enum Question<F> {
    /// Which encoder there is.
    Encoder(Search, Purpose<F>),
    /// Whether it decodes what it would make at a larger size.
    Decoder(EncoderSetup, PictureSize, Kept<F>),
}

/// What an encoder is looked for.
#[derive(Debug)]
enum Purpose<F> {
    /// For the first frame.
    First(PictureSize, Kept<F>),
    /// For a frame that is larger than those before.
    Larger(PictureSize, Kept<F>),
    /// In the place of one that failed.
    Replacement(Error),
}

/// What the browser is being asked.
#[derive(Debug)]
pub(super) struct Fitting<F>(Option<Question<F>>);

/// What comes of a question.
#[derive(Debug)]
#[must_use]
pub(super) enum Fitted<F> {
    /// The browser is asked.
    Asked,
    /// The encoder takes this frame.
    Ready(Kept<F>),
    /// Nothing else is to be done: the next frame goes to another encoder, or nothing was asked.
    Done,
    /// There is none.
    Failed(Error),
}

impl<F> Default for Fitting<F> {
    fn default() -> Self {
        Self(None)
    }
}

impl<F: Clone> Fitting<F> {
    /// Whether an answer has to come before anything else.
    pub(crate) fn is_asking(&self) -> bool {
        self.0.is_some()
    }

    /// Sees to it that there is an encoder, and that it has the size that this frame asks for.
    pub(crate) fn fit<P: Clone>(
        &mut self,
        kept: Kept<F>,
        encoding: &mut Encoding,
        opening: &mut Opening<P>,
        context: &mut Context<P, F>,
    ) -> Fitted<F> {
        let is_set = encoding.setup().is_some();
        let Some(size) = opening.size_by(kept.appearance.size, kept.time, is_set) else { return Fitted::Ready(kept) };
        let search = encoding.search(context.options, size.encoded());
        let purpose = if is_set { Purpose::Larger(size, kept) } else { Purpose::First(size, kept) };
        self.ask(search, purpose, encoding, opening, context)
    }

    /// Looks for an encoder in the place of one that failed; there is none if those that were opened in its place gave nothing either.
    pub(crate) fn replace<P: Clone>(
        &mut self,
        error: Error,
        encoding: &mut Encoding,
        opening: &mut Opening<P>,
        context: &mut Context<P, F>,
    ) -> Fitted<F> {
        let has_another = encoding.choice().failed();
        let Some(setup) = encoding.setup().filter(|_| has_another) else { return Fitted::Failed(error) };
        let search = encoding.search(context.options, (setup.format.width, setup.format.height));
        self.ask(search, Purpose::Replacement(error), encoding, opening, context)
    }

    fn ask<P: Clone>(
        &mut self,
        search: Search,
        purpose: Purpose<F>,
        encoding: &mut Encoding,
        opening: &mut Opening<P>,
        context: &mut Context<P, F>,
    ) -> Fitted<F> {
        let Some(setup) = search.next().cloned() else {
            return self.not_found(search, purpose, encoding, opening, context);
        };
        let choice = encoding.choice();
        let (is_urgent, is_trial) = (choice.is_replacing(), !choice.has_tried(setup.format));
        context.effects.push(Effect::AskEncoder { setup, is_urgent, is_trial });
        self.0 = Some(Question::Encoder(search, purpose));
        Fitted::Asked
    }

    /// Takes the answer of the browser.
    pub(crate) fn answered<P: Clone>(
        &mut self,
        answer: Answer,
        encoding: &mut Encoding,
        opening: &mut Opening<P>,
        context: &mut Context<P, F>,
    ) -> Fitted<F> {
        let Some(question) = self.0.take() else { return Fitted::Done };
        match question {
            Question::Encoder(mut search, purpose) => match search.answered(answer, encoding.choice()) {
                Some(setup) => self.found(setup, purpose, encoding, opening, context),
                None => self.ask(search, purpose, encoding, opening, context),
            },
            Question::Decoder(setup, size, kept) => {
                if answer == Answer::Yes {
                    set_up(setup, size, &kept, encoding, opening, context);
                } else {
                    // What can't be re-encoded stays as it is.
                    opening.settle_size();
                }
                Fitted::Ready(kept)
            }
        }
    }

    fn found<P: Clone>(
        &mut self,
        setup: EncoderSetup,
        purpose: Purpose<F>,
        encoding: &mut Encoding,
        opening: &mut Opening<P>,
        context: &mut Context<P, F>,
    ) -> Fitted<F> {
        encoding.choice().tried(setup.format);
        match purpose {
            Purpose::First(size, kept) => {
                set_up(setup, size, &kept, encoding, opening, context);
                Fitted::Ready(kept)
            }
            Purpose::Larger(size, kept) => {
                if encoding.setup().is_some_and(|before| is_same_kind(before, &setup)) {
                    context.effects.push(Effect::AskDecoder(setup.clone()));
                    self.0 = Some(Question::Decoder(setup, size, kept));
                    return Fitted::Asked;
                }
                opening.settle_size();
                Fitted::Ready(kept)
            }
            Purpose::Replacement(_) => {
                encoding.replace(setup, context.effects);
                Fitted::Done
            }
        }
    }

    fn not_found<P: Clone>(
        &mut self,
        search: Search,
        purpose: Purpose<F>,
        encoding: &mut Encoding,
        opening: &mut Opening<P>,
        context: &mut Context<P, F>,
    ) -> Fitted<F> {
        let smaller = match &purpose {
            Purpose::First(size, _) | Purpose::Larger(size, _) => opening.smaller(size),
            Purpose::Replacement(_) => None,
        };
        let mut again = |size: PictureSize, purpose| {
            let search = encoding.search(context.options, size.encoded());
            self.ask(search, purpose, encoding, opening, context)
        };
        match (purpose, smaller) {
            (Purpose::First(_, kept), Some(size)) => again(size, Purpose::First(size, kept)),
            (Purpose::Larger(_, kept), Some(size)) => again(size, Purpose::Larger(size, kept)),
            (Purpose::First(..), None) => {
                encoding.refuse_frame();
                Fitted::Failed(search.unsupported(true))
            }
            // What can't be made at this size stays as it is.
            (Purpose::Larger(size, kept), None) => {
                if let Some(setup) = encoding.setup() {
                    let to = (setup.format.width, setup.format.height);
                    context.report(Report::Scaled { from: size.wanted(), to });
                }
                opening.settle_size();
                Fitted::Ready(kept)
            }
            (Purpose::Replacement(error), _) => Fitted::Failed(error),
        }
    }
}

fn set_up<P: Clone, F>(
    setup: EncoderSetup,
    size: PictureSize,
    kept: &Kept<F>,
    encoding: &mut Encoding,
    opening: &mut Opening<P>,
    context: &mut Context<P, F>,
) {
    let (from, to) = (size.wanted(), size.encoded());
    if from != to {
        context.report(Report::Scaled { from, to });
    }
    if !opening.has_picture() {
        // All before is re-encoded.
        encoding.forget_colours();
    }
    opening.set_size(size);
    encoding.set_up(setup, kept.appearance.colour, context.effects);
}
