//! Whatever a server answers: what is known of the letter follows from the first answer that is not the good one, and from nothing else.

use letterpress::transport::smtp::session::Attempt;
use letterpress::value::reply::Outcome;
use proptest::prelude::*;

use crate::scripted::Scripted;
use crate::scripted::TEXT;
use crate::scripted::letter;

/// Answers, good and bad; an empty one hangs up.
const ANSWERS: [&str; 12] = [
    "250 2.0.0 ok",
    "251 forwarded",
    "250-one\r\n250 two",
    "354 go on",
    "334 VXNlcm5hbWU6",
    "421 4.3.0 closing",
    "450 4.2.1 later",
    "550 5.1.1 never",
    "220 hello",
    "what?",
    TORN,
    "",
];

/// A reply whose last line never comes.
const TORN: &str = "250-and";

fn is_good(answer: &str, at: usize) -> bool {
    if at == 2 { answer.starts_with("354") } else { answer.starts_with('2') && answer != TORN }
}

/// What the answers to `MAIL`, `RCPT`, `DATA` and the dot mean, and whether the letter is invited.
fn meaning(answers: &[&str; 4]) -> (&'static str, bool) {
    let bad = (0..4).find(|at| !is_good(answers[*at], *at));
    let word = match bad.map(|at| (at, answers[at].get(..1))) {
        None => "accepted",
        Some((_, Some("4"))) => "deferred",
        Some((_, Some("5"))) => "rejected",
        Some((3, _)) => "uncertain",
        Some(_) => "deferred",
    };
    (word, bad.is_none_or(|at| at == 3))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]
    #[test]
    fn the_first_answer_that_is_not_good_decides(
        answers in [0, 1, 2, 3].map(|at| prop_oneof![
            2 => Just(if at == 2 { "354 go on" } else { "250 2.0.0 ok" }),
            1 => prop::sample::select(&ANSWERS[..]),
        ]),
        pipelining in any::<bool>(),
    ) {
        let server = Scripted::play(move |peer| {
            peer.greet(if pipelining { "250-scripted\r\n250 PIPELINING" } else { "250 scripted" });
            for (at, answer) in answers.into_iter().enumerate() {
                let heard = if at < 3 { peer.hear().is_some() } else { peer.hear_letter_if_any() };
                if !heard || answer.is_empty() {
                    return;
                }
                peer.mutter(format!("{answer}\r\n").as_bytes());
                if answer == TORN {
                    return;
                }
            }
        });
        let mut session = server.open();
        let mut marks = 0;
        let attempt = session.deliver(&letter(TEXT), &mut || {
            marks += 1;
            true
        });
        let Attempt::Done(outcome) = attempt else { panic!("{attempt:?}") };
        let word = match &outcome {
            Outcome::Accepted(_) => "accepted",
            Outcome::Deferred(_) => "deferred",
            Outcome::Rejected(_) => "rejected",
            Outcome::Uncertain(_) => "uncertain",
            Outcome::Unreachable(_) => "unreachable",
        };
        let (expected, is_invited) = meaning(&answers);
        prop_assert_eq!(word, expected, "{:?}: {:?}", answers, outcome);
        prop_assert_eq!(marks, u32::from(is_invited));
        prop_assert!(word != "uncertain" || !session.is_usable());
        drop(session);
        server.end();
    }
}
