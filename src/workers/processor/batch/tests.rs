//! What becomes of readings that no sender makes today.

use super::*;
use crate::journal::Entry;
use crate::model::{
    Details, Event, Provider, Route, SourceKey, SourceScheme, SubjectFact, SubjectKind, SubjectRef,
};
use crate::store::sqlite::books::Books;
use crate::store::sqlite::books::read::subjects::{SubjectFilter, subjects};
use crate::store::sqlite::journal::Label;

/// An event about nothing of its own that mentions an agent.
fn mention(entry: i64, at: Option<i64>) -> Read {
    let agent = SubjectRef { kind: SubjectKind::Agent, key: "a".to_owned() };
    let at = at.map(Timestamp);
    let label = Label {
        provider: Provider::Buildkite,
        route: Route::Buildkite,
        channel: None,
        key: KeyId(1),
        event_type: Some("job.started".to_owned()),
        answer: Answer::Stored,
        admitted: true,
        reason: None,
    };
    let source = SourceRef {
        provider: Provider::Buildkite,
        keys: vec![SourceKey { scheme: SourceScheme::Name, key: "acme".to_owned() }],
        name: None,
        base_url: None,
    };
    let event = Event {
        kind: EventKind::Other,
        provider_event_id: None,
        at,
        source,
        subject: None,
        details: Details::All,
    };
    let reading = Reading {
        event,
        build: None,
        steps: Vec::new(),
        subjects: vec![SubjectFact::about(agent, at)],
        changes: Vec::new(),
        names: Vec::new(),
        filing: None,
    };
    Read {
        entry: Entry {
            id: EntryId(entry),
            received_at: Timestamp(9_000),
            label,
            note: None,
            bytes: 0,
            headers: Vec::new(),
            body: Vec::new(),
        },
        decoder: 1,
        is_sample: false,
        outcome: Outcome::Read(Box::new(reading)),
    }
}

#[test]
fn a_subject_that_events_only_mention_has_the_time_of_the_newest_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let books = Books::open(directory.path()).unwrap();
    let write = |reads: &[Read], again: bool| {
        books
            .write(|ledger| {
                let mut batch = Batch::new(ledger, ledger.next_commit()?, Timestamp(0))?;
                for read in reads {
                    if again { batch.replace(read)? } else { batch.apply(read)? }
                }
                batch.finish()
            })
            .unwrap();
    };
    let last_event_at = || {
        let page = books
            .read(|connection| subjects(connection, &SubjectFilter::default(), None, 9))
            .unwrap();
        page.items[0].last_event_at.map(|at| at.0)
    };
    write(&[mention(1, Some(2_000)), mention(2, Some(1_000))], false);
    assert_eq!(last_event_at(), Some(2_000));
    // Read again, it comes to the same, and a reader that takes it back leaves the other.
    write(&[mention(1, Some(2_000))], true);
    assert_eq!(last_event_at(), Some(2_000));
    write(&[mention(1, Some(500))], true);
    assert_eq!(last_event_at(), Some(1_000));
    // An event without a time of its own has that of its receipt.
    write(&[mention(3, None)], false);
    assert_eq!(last_event_at(), Some(9_000));
}
