//! Which bodies are still needed, however old they are. Pure but for [`Guard::load`].

use std::collections::HashSet;

use crate::hub::Hub;
use crate::model::{EntryId, KeyId, Timestamp};
use crate::store::StoreError;
use crate::store::sqlite::books::retention::old::{parked_between, queued_between};
use crate::store::sqlite::books::sample::sample_keys;
use crate::store::sqlite::books::{ENTRIES, behind_all, position};
use crate::store::sqlite::journal::upkeep::Aged;

/// Why bodies are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Age,
    Size,
}

/// What speaks for keeping bodies of a range of entries.
#[derive(Debug)]
pub(super) struct Guard {
    /// The processor's place.
    read: EntryId,
    /// Where also the slowest of those is who send entries on.
    behind_all: EntryId,
    /// Wait to be read again.
    queued: HashSet<EntryId>,
    parked: HashSet<EntryId>,
    /// Keys of sample data that was not removed: to take it away, it is read once more.
    samples: Vec<KeyId>,
    /// Lines of events from before this are old: nobody waits for their bodies any longer.
    /// `None`: they are kept for ever.
    lines_before: Option<Timestamp>,
}

impl Guard {
    /// For a slice of entries, oldest first.
    pub fn load(
        hub: &Hub,
        entries: &[Aged],
        lines_before: Option<Timestamp>,
    ) -> Result<Self, StoreError> {
        let number = |found: Option<&Aged>| found.map_or(EntryId(0), |found| found.entry);
        let (first, last) = (number(entries.first()), number(entries.last()));
        hub.books().read(|books| {
            Ok(Self {
                read: EntryId(position(books, ENTRIES)?),
                behind_all: behind_all(books)?,
                queued: queued_between(books, first, last)?.into_iter().collect(),
                parked: parked_between(books, first, last)?.into_iter().collect(),
                samples: sample_keys(books)?.kept,
                lines_before,
            })
        })
    }

    /// Whether a body may go.
    pub fn lets_go(&self, body: &Aged, why: Why) -> bool {
        let is_read = body.entry <= self.read;
        let has_old_line = self.lines_before.is_some_and(|before| body.received_at < before);
        let is_sent_on = has_old_line || body.entry <= self.behind_all;
        // Parked ones are read again after an upgrade. A size is about the disk: it goes before.
        let may_be_read_again =
            why == Why::Age && !has_old_line && self.parked.contains(&body.entry);
        is_read
            && is_sent_on
            && !may_be_read_again
            && !self.queued.contains(&body.entry)
            && !self.samples.contains(&body.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(entry: i64) -> Aged {
        Aged {
            entry: EntryId(entry),
            received_at: Timestamp(entry * 10),
            key: KeyId(entry),
            packed_bytes: 1,
        }
    }

    /// Entries 1 to 100 were read; 1 to 90 were sent on; lines from before 20 are old.
    fn guard() -> Guard {
        let only = |entry| HashSet::from([EntryId(entry)]);
        Guard {
            read: EntryId(100),
            behind_all: EntryId(90),
            queued: only(40),
            parked: only(50),
            samples: vec![KeyId(60)],
            lines_before: Some(Timestamp(200)),
        }
    }

    #[test]
    fn a_body_goes_when_nobody_needs_it() {
        for why in [Why::Age, Why::Size] {
            let goes = |entry| guard().lets_go(&body(entry), why);
            assert!(goes(30));
            assert!(!goes(101), "it was not read yet");
            assert!(!goes(95), "it was not sent on yet");
            assert!(!goes(40), "it is about to be read again");
            assert!(!goes(60), "sample data is taken away by reading it again");
        }
    }

    #[test]
    fn what_could_not_be_read_stays_for_an_upgrade_unless_the_disk_needs_the_room() {
        assert!(!guard().lets_go(&body(50), Why::Age));
        assert!(guard().lets_go(&body(50), Why::Size));
    }

    #[test]
    fn nobody_waits_for_bodies_whose_line_is_old() {
        let everything = |entry: i64| Guard {
            parked: HashSet::from([EntryId(entry)]),
            behind_all: EntryId(0),
            ..guard()
        };
        assert!(everything(19).lets_go(&body(19), Why::Age));
        assert!(!everything(20).lets_go(&body(20), Why::Age));
        let for_ever = Guard { lines_before: None, ..everything(19) };
        assert!(!for_ever.lets_go(&body(19), Why::Age));
    }
}
