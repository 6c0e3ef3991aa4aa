use std::time::Duration;

use super::faults::Rates;
use super::*;
use crate::model::Timestamp;
use crate::simulator::once;

const T0: Timestamp = Timestamp(1_773_651_600_000);

fn at(seconds: u64) -> Timestamp {
    T0.plus(Duration::from_secs(seconds))
}

fn happening(word: &str, at: Timestamp) -> Happening {
    once(word, 1, at).expect("a known type")
}

/// Senders that were told of one push, and the first attempt to tell the receiver.
fn told_of_a_push() -> (Senders, Attempt) {
    let mut senders = plain();
    senders.notify(happening("git.push", T0));
    let attempt = one(&mut senders, T0);
    (senders, attempt)
}

fn plain() -> Senders {
    Senders::new([Key::None, Key::None], Mischief::none())
}

fn one(senders: &mut Senders, now: Timestamp) -> Attempt {
    let mut due = senders.due(now, 10);
    assert_eq!(due.len(), 1, "at {now}");
    due.remove(0)
}

fn only(senders: &Senders) -> Subscription {
    let mut all = senders.subscriptions();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Put the subscription on probation at `T0`.
fn on_probation() -> Senders {
    let (mut senders, attempt) = told_of_a_push();
    senders.answered(&attempt, Answer::Status(401), T0);
    senders
}

#[test]
fn a_success_ends_a_notification() {
    for status in [200, 202, 204] {
        let (mut senders, attempt) = told_of_a_push();
        senders.answered(&attempt, Answer::Status(status), T0);
        assert_eq!(senders.next_due(), None);
        let push = only(&senders);
        assert_eq!(push.state, State::Enabled);
        assert_eq!(push.counts, Counts { sent: 1, delivered: 1, ..Counts::default() });
    }
}

#[test]
fn passing_trouble_is_met_with_patience_eight_times_and_then_with_probation() {
    let passing = [
        Answer::Status(408),
        Answer::Status(502),
        Answer::Status(503),
        Answer::Status(504),
        Answer::TimedOut,
        Answer::NoConnection,
    ];
    for answer in passing {
        let (mut senders, attempt) = told_of_a_push();
        senders.answered(&attempt, answer, T0);
        let mut now = T0;
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            now = now.plus(Duration::from_secs(wait));
            assert_eq!(senders.next_due(), Some(now), "{answer:?}");
            assert!(senders.due(Timestamp(now.0 - 1), 10).is_empty());
            let again = one(&mut senders, now);
            assert_eq!(again.hook, attempt.hook, "the same notification, to the byte");
            assert_eq!(only(&senders).state, State::Enabled);
            senders.answered(&again, answer, now);
        }
        assert_eq!(only(&senders).state, State::OnProbation { retries: 0 });
        assert_eq!(only(&senders).counts.retried, 8);
        assert_eq!(senders.next_due(), Some(now.plus(Duration::from_mins(20))));
    }
}

#[test]
fn every_other_refusal_means_probation_at_once() {
    for status in [301, 400, 401, 403, 404, 405, 413, 415, 429, 500, 501] {
        let (mut senders, attempt) = told_of_a_push();
        senders.answered(&attempt, Answer::Status(status), T0);
        assert_eq!(only(&senders).state, State::OnProbation { retries: 0 }, "{status}");
        assert_eq!(senders.next_due(), Some(at(20 * 60)), "{status}");
    }
}

#[test]
fn what_happens_during_probation_is_lost_and_one_success_makes_all_well() {
    let mut senders = on_probation();
    senders.notify(happening("git.push", at(60)));
    senders.notify(happening("workitem.created", at(60)));
    let attempts = senders.due(at(60), 10);
    assert_eq!(attempts.len(), 1, "another subscription is not concerned");
    assert_eq!(attempts[0].event, "workitem.created");
    assert_eq!(senders.lost().len(), 1);

    let trial = one(&mut senders, at(20 * 60));
    assert_eq!((trial.event, trial.before), ("git.push", 1));
    senders.answered(&trial, Answer::Status(200), at(20 * 60));
    senders.notify(happening("git.push", at(1_300)));
    let after = one(&mut senders, at(1_300));
    senders.answered(&after, Answer::Status(200), at(1_300));
    let push = &senders.subscriptions()[0];
    assert_eq!((push.event, push.state), (Some("git.push"), State::Enabled));
    assert_eq!((push.counts.delivered, push.counts.lost), (2, 1));
}

#[test]
fn seven_failed_trials_with_ever_longer_waits_disable_a_subscription() {
    let mut senders = on_probation();
    let mut now = T0;
    for (retries, minutes) in (0..).zip([20, 40, 80, 160, 320, 640, 900]) {
        assert_eq!(only(&senders).state, State::OnProbation { retries });
        now = now.plus(Duration::from_secs(minutes * 60));
        assert_eq!(senders.next_due(), Some(now));
        let trial = one(&mut senders, now);
        // A passing trouble counts as well: on probation nobody is patient.
        senders.answered(&trial, Answer::Status(503), now);
    }
    assert_eq!(only(&senders).state, State::Disabled);
    assert_eq!(senders.next_due(), None);
    senders.notify(happening("git.push", now));
    assert!(senders.due(now, 10).is_empty());
    assert_eq!(only(&senders).counts.lost, 2);
}

#[test]
fn gone_disables_at_once_and_takes_what_waits_along() {
    let mut senders = plain();
    senders.notify(happening("git.push", T0));
    senders.notify(happening("git.push", at(1)));
    let attempts = senders.due(at(1), 10);
    senders.answered(&attempts[0], Answer::Status(503), at(1));
    senders.answered(&attempts[1], Answer::Status(410), at(1));
    assert_eq!(only(&senders).state, State::Disabled);
    assert!(senders.due(at(5), 10).is_empty());
    assert_eq!(only(&senders).counts.lost, 2);
}

#[test]
fn buildkite_tells_everything_once() {
    for (answer, lost) in
        [(Answer::Status(200), 0), (Answer::Status(503), 1), (Answer::TimedOut, 1)]
    {
        let mut senders = plain();
        senders.notify(happening("build.finished", T0));
        let attempt = one(&mut senders, T0);
        senders.answered(&attempt, answer, T0);
        assert_eq!(senders.next_due(), None);
        assert_eq!(only(&senders).state, State::Enabled);
        assert_eq!(only(&senders).counts.lost, lost);
    }
}

fn header<'h>(attempt: &'h Attempt, name: &str) -> Option<&'h str> {
    let found = attempt.hook.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn with_keys(keys: [Key; 2], word: &str) -> Attempt {
    let mut senders = Senders::new(keys, Mischief::none());
    senders.notify(happening(word, T0));
    one(&mut senders, T0)
}

#[test]
fn each_provider_proves_who_it_is_in_its_own_ways() {
    let key = || "secret".to_owned();
    let azure = with_keys([Key::Password(key()), Key::None], "git.push");
    assert_eq!(header(&azure, "authorization"), Some("Basic Y3JlZWw6c2VjcmV0"));
    assert_eq!(header(&azure, "content-type"), Some("application/json; charset=utf-8"));
    assert!(header(&azure, "user-agent").is_some_and(|agent| agent.starts_with("VSServices/")));
    let azure = with_keys([Key::Header(key()), Key::None], "git.push");
    assert_eq!(header(&azure, "x-api-key"), Some("secret"));

    let buildkite = with_keys([Key::None, Key::Token(key())], "ping");
    assert_eq!(header(&buildkite, "x-buildkite-token"), Some("secret"));
    assert_eq!(header(&buildkite, "x-buildkite-event"), Some("ping"));
    assert!(header(&buildkite, "x-buildkite-request").is_some());
    let signed = with_keys([Key::None, Key::Signature(key())], "ping");
    let signature = header(&signed, "x-buildkite-signature").unwrap();
    let (timestamp, digest) = signature.split_once(",signature=").unwrap();
    assert_eq!(timestamp, format!("timestamp={}", T0.0 / 1_000));
    assert_eq!(digest.len(), 64);
    assert_eq!(format!("{:?}", Key::Token(key())), "Token(***)");
}

fn faulty(script: &str) -> Senders {
    let faults = Faults::parse(script).expect("a sound script");
    Senders::new([Key::Header("secret".to_owned()), Key::None], Mischief::new(faults, 1, T0))
}

/// The attempts of ten minutes in which a push happens every ten seconds, each with its time.
fn ten_minutes(mut senders: Senders) -> (Vec<(u64, Attempt)>, Totals) {
    let mut attempts = Vec::new();
    for second in 0..1_300 {
        if second < 600 && second % 10 == 0 {
            senders.notify(happening("git.push", at(second)));
        }
        for attempt in senders.due(at(second), 100) {
            let answer = match attempt.fate {
                Fate::Answered => Answer::Status(200),
                Fate::Cut => Answer::NoConnection,
            };
            senders.answered(&attempt, answer, at(second));
            attempts.push((second, attempt));
        }
    }
    (attempts, senders.totals())
}

#[test]
fn without_a_script_all_goes_well() {
    let (attempts, totals) = ten_minutes(faulty(""));
    assert_eq!(attempts.len(), 60);
    assert_eq!(totals.mischief, mischief::Done::default());
    assert!(attempts.iter().all(|(second, _)| second % 10 == 0));
}

#[test]
fn a_duplicate_is_the_same_to_the_byte_and_an_echo_is_told_by_another_subscription() {
    let (attempts, totals) = ten_minutes(faulty("[rates]\nduplicate = 1.0\necho = 1.0"));
    assert_eq!(attempts.len(), 180);
    assert_eq!((totals.mischief.duplicates, totals.mischief.echoes), (60, 60));
    let mut bodies: Vec<_> = attempts.iter().map(|(_, attempt)| &attempt.hook.body).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 120);
    let read = |body: &Vec<u8>| serde_json::from_slice::<serde_json::Value>(body).unwrap();
    let bodies: Vec<_> = bodies.into_iter().map(read).collect();
    let distinct = |field: &str| {
        bodies.iter().map(|body| body[field].to_string()).collect::<std::collections::HashSet<_>>()
    };
    assert_eq!(distinct("id").len(), 60);
    assert_eq!(distinct("subscriptionId").len(), 2);
}

#[test]
fn what_is_held_back_comes_later_and_out_of_order() {
    let script = "[rates]\nreorder = 0.5\n[waits]\nreorder_s = [15, 40]";
    let (attempts, totals) = ten_minutes(faulty(script));
    assert_eq!(attempts.len(), 60);
    assert!((15..45).contains(&totals.mischief.held));
    let created: Vec<_> = attempts
        .iter()
        .map(|(_, a)| serde_json::from_slice::<serde_json::Value>(&a.hook.body).unwrap())
        .map(|body| body["createdDate"].to_string())
        .collect();
    assert!(!created.is_sorted());
}

#[test]
fn a_cut_connection_makes_azure_devops_repeat_itself() {
    let (attempts, totals) = ten_minutes(faulty("[rates]\ncut = 0.2"));
    assert!(totals.mischief.cut > 5);
    assert_eq!(totals.counts.retried, totals.mischief.cut);
    assert_eq!(attempts.len() as u64, 60 + totals.mischief.cut);
    assert_eq!((totals.counts.delivered, totals.counts.lost), (60, 0));
}

#[test]
fn a_moment_strikes_for_sure_while_it_lasts() {
    let moment = |fault: &str| {
        format!(
            "[[moments]]\nfault = \"{fault}\"\nafter_s = 100\nfor_s = 100\nprovider = \"azure\""
        )
    };
    let (attempts, totals) = ten_minutes(faulty(&moment("lose")));
    assert_eq!((attempts.len(), totals.mischief.swallowed), (50, 10));

    let (attempts, _) = ten_minutes(faulty(&moment("burst")));
    let at_once = attempts.iter().filter(|(second, _)| *second == 200).count();
    assert_eq!(at_once, 11, "ten that were held back, and the one of its time");

    let (attempts, totals) = ten_minutes(faulty(&moment("wrong_key")));
    let wrong = attempts.iter().filter(|(_, a)| header(a, "x-api-key") != Some("secret"));
    assert_eq!((wrong.count(), totals.mischief.wrong_keys), (10, 10));

    let others = moment("lose").replace("azure", "buildkite");
    assert_eq!(ten_minutes(faulty(&others)).0.len(), 60);
}

#[test]
fn clocks_that_are_ahead_tell_the_future_and_send_now() {
    let mut senders = faulty("clock_skew_s = 120");
    assert_eq!(senders.told(T0), at(120));
    senders.notify(happening("git.push", at(120)));
    let attempt = one(&mut senders, T0);
    assert!(
        String::from_utf8_lossy(&attempt.hook.body)
            .contains("\"createdDate\":\"2026-03-16T09:02:00Z\"")
    );
}

#[test]
fn a_script_with_an_unknown_word_names_the_nearest() {
    let said = |script: &str| Faults::parse(script).unwrap_err().to_string();
    assert_eq!(said("[rate]\ncut = 1.0"), "the script has no `rate`; the nearest is `rates`");
    assert_eq!(said("[rates]\ndupe = 1.0"), "[rates] has no `dupe`; the nearest is `duplicate`");
    assert_eq!(
        said("[[moments]]\nfault = \"wrong-key\"\nafter_s = 1\nfor_s = 1"),
        "`fault` has no `wrong-key`; the nearest is `wrong_key`"
    );
    assert_eq!(said("[rates]\ncut = 2.0"), "the rate `cut` is 2; it must be from 0 to 1");
    assert!(said("[waits]\ndelay_s = [9, 1]").contains("a lesser and a greater"));
    assert!(said("[rates").starts_with("not TOML"));
}

#[test]
fn the_script_in_the_documents_can_be_followed() {
    let script = include_str!("../../../docs/examples/faults.toml");
    let faults = Faults::parse(script).expect("a sound script");
    let Rates { duplicate, echo, reorder, delay, lose, cut } = faults.rates;
    assert!([duplicate, echo, reorder, delay, lose, cut].iter().all(|rate| *rate > 0.0));
    assert!(!faults.moments.is_empty());
}
