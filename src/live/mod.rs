//! The bell: "something changed", ids only.
//!
//! Every commit of the books rings once, under the commit's number. A listener that was away can
//! take up where it stopped as long as the commits since are still remembered; after that it is
//! told to look at everything again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast;

use crate::model::{CommitNo, EntryId, KeyId, PersonId};

/// Commits a listener can have missed and still resume.
const REMEMBERED_MAX: usize = 2_048;

/// Changes told one by one per commit; a larger commit tells its kinds only, and pages look again.
const CHANGES_MAX: usize = 256;

/// Rings a slow listener may fall behind before it is told to start over.
const BEHIND_MAX: usize = 1_024;

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Build,
    Event,
    Source,
    Subject,
    Refused,
    Key,
    User,
    /// The status of a test, or of several.
    Test,
}

/// One thing that changed: its kind and its row. Rows become public ids at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    pub kind: ChangeKind,
    /// `None`: several of this kind.
    pub row: Option<i64>,
}

impl Change {
    #[must_use]
    pub fn build(row: i64) -> Self {
        Self { kind: ChangeKind::Build, row: Some(row) }
    }

    #[must_use]
    pub fn event(entry: EntryId) -> Self {
        Self { kind: ChangeKind::Event, row: Some(entry.0) }
    }

    #[must_use]
    pub fn source(row: i64) -> Self {
        Self { kind: ChangeKind::Source, row: Some(row) }
    }

    #[must_use]
    pub fn subject(row: i64) -> Self {
        Self { kind: ChangeKind::Subject, row: Some(row) }
    }

    #[must_use]
    pub fn refused(row: i64) -> Self {
        Self { kind: ChangeKind::Refused, row: Some(row) }
    }

    #[must_use]
    pub fn user(person: PersonId) -> Self {
        Self { kind: ChangeKind::User, row: Some(person.0) }
    }

    #[must_use]
    pub fn test(row: i64) -> Self {
        Self { kind: ChangeKind::Test, row: Some(row) }
    }

    /// Something of several tests.
    #[must_use]
    pub fn tests() -> Self {
        Self { kind: ChangeKind::Test, row: None }
    }

    #[must_use]
    pub fn key(key: KeyId) -> Self {
        Self { kind: ChangeKind::Key, row: Some(key.0) }
    }
}

/// What one commit changed, each thing once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    pub commit: CommitNo,
    pub changes: Arc<[Change]>,
}

/// The bell of one process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bell {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    remembered: Mutex<Remembered>,
    sender: broadcast::Sender<Ring>,
}

#[derive(Debug)]
struct Remembered {
    rings: VecDeque<Ring>,
    /// Number of the newest commit, also when nothing rang since the start.
    newest: CommitNo,
}

impl Remembered {
    /// What rang after a listener heard `after`. `None`: that is too long ago, or never was.
    fn since(&self, after: CommitNo) -> Option<Vec<Ring>> {
        // By place and not by number: of two writers, the later commit may ring first.
        if let Some(place) = self.rings.iter().rposition(|ring| ring.commit == after) {
            return Some(self.rings.iter().skip(place + 1).cloned().collect());
        }
        // Not every commit rings: the newest of all is also known from joining.
        let oldest = self.rings.iter().map(|ring| ring.commit).min();
        let is_known = after == self.newest
            || oldest.is_some_and(|oldest| after.0 + 1 >= oldest.0 && after < self.newest);
        is_known.then(|| self.rings.iter().filter(|ring| ring.commit > after).cloned().collect())
    }
}

/// What a listener hears first.
#[derive(Debug)]
pub enum Missed {
    /// These, in order (none when it is up to date).
    Rings(Vec<Ring>),
    /// It was away for too long.
    TooMuch,
}

impl Bell {
    /// A bell for books whose newest commit is `newest`.
    #[must_use]
    pub fn new(newest: CommitNo) -> Self {
        let (sender, _) = broadcast::channel(BEHIND_MAX);
        let remembered = Mutex::new(Remembered { rings: VecDeque::new(), newest });
        Self { shared: Arc::new(Shared { remembered, sender }) }
    }

    /// Tell all listeners of a commit.
    pub fn ring(&self, commit: CommitNo, mut changes: Vec<Change>) {
        changes.sort_unstable();
        changes.dedup();
        if changes.len() > CHANGES_MAX {
            for change in &mut changes {
                change.row = None;
            }
            changes.dedup();
        }
        let ring = Ring { commit, changes: changes.into() };
        let mut remembered = self.shared.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        // Two writers may ring in the other order than they committed.
        remembered.newest = remembered.newest.max(commit);
        if remembered.rings.len() == REMEMBERED_MAX {
            remembered.rings.pop_front();
        }
        remembered.rings.push_back(ring.clone());
        // Under the lock, so that a listener that joins hears each ring exactly once.
        let _ = self.shared.sender.send(ring);
    }

    /// Join. `after` is the last commit the listener knows; `None` starts now.
    #[must_use]
    pub fn listen(&self, after: Option<CommitNo>) -> (Missed, CommitNo, broadcast::Receiver<Ring>) {
        let remembered = self.shared.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.shared.sender.subscribe();
        let newest = remembered.newest;
        let missed = match after {
            None => Missed::Rings(Vec::new()),
            Some(after) => remembered.since(after).map_or(Missed::TooMuch, Missed::Rings),
        };
        (missed, newest, receiver)
    }

    #[must_use]
    pub fn newest(&self) -> CommitNo {
        self.shared.remembered.lock().unwrap_or_else(PoisonError::into_inner).newest
    }

    #[must_use]
    pub fn listeners(&self) -> usize {
        self.shared.sender.receiver_count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_rang_late_is_not_missed_by_who_heard_a_later_one_first() {
        let bell = Bell::new(CommitNo(40));
        bell.ring(CommitNo(42), vec![Change::build(1)]);
        bell.ring(CommitNo(41), vec![Change::build(2)]);
        assert_eq!(commits(bell.listen(Some(CommitNo(42))).0), Some(vec![41]));
        assert_eq!(commits(bell.listen(Some(CommitNo(41))).0), Some(vec![]));
        assert_eq!(commits(bell.listen(Some(CommitNo(40))).0), Some(vec![42, 41]));
    }

    fn commits(missed: Missed) -> Option<Vec<i64>> {
        match missed {
            Missed::Rings(rings) => Some(rings.iter().map(|ring| ring.commit.0).collect()),
            Missed::TooMuch => None,
        }
    }

    #[test]
    fn a_listener_resumes_where_it_stopped_or_is_told_to_start_over() {
        let bell = Bell::new(CommitNo(40));
        assert_eq!(commits(bell.listen(Some(CommitNo(40))).0), Some(vec![]));
        assert_eq!(commits(bell.listen(Some(CommitNo(39))).0), None, "before this process");

        for commit in 41..=43 {
            bell.ring(CommitNo(commit), vec![Change::build(1)]);
        }
        assert_eq!(commits(bell.listen(Some(CommitNo(41))).0), Some(vec![42, 43]));
        assert_eq!(commits(bell.listen(Some(CommitNo(40))).0), Some(vec![41, 42, 43]));
        assert_eq!(commits(bell.listen(Some(CommitNo(99))).0), None, "a number from elsewhere");
    }

    #[test]
    fn a_large_commit_names_its_kinds_once() {
        let bell = Bell::new(CommitNo(0));
        let (_, _, mut receiver) = bell.listen(None);
        let changes = (0..1_000).flat_map(|n| [Change::build(n), Change::event(EntryId(n))]);
        bell.ring(CommitNo(1), changes.collect());
        let ring = receiver.try_recv().expect("rang");
        assert_eq!(ring.changes.len(), 2);
        assert!(ring.changes.iter().all(|change| change.row.is_none()));
    }
}
