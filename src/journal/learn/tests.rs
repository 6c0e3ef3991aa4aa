use super::*;
use crate::journal::testing::label;
use crate::journal::{Entry, Health, Journal, NewEntry, Way};
use crate::model::{Identity, Timestamp};
use crate::simulator::mixed_hook;
use crate::store::sqlite::journal::Writer;

/// A journal that nobody serves.
struct Desk {
    directory: tempfile::TempDir,
    writer: Writer,
    packer: Packer,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (writer, packer) = open(directory.path());
        Self { directory, writer, packer }
    }

    /// The same directory after a restart.
    fn reopened(self) -> Self {
        let Self { directory, writer, packer } = self;
        drop((writer, packer));
        let (writer, packer) = open(directory.path());
        Self { directory, writer, packer }
    }

    /// Append hooks of the simulator; how many bytes they take packed.
    fn append(&mut self, numbers: std::ops::Range<u64>) -> usize {
        let packed: Vec<_> =
            numbers.map(|number| self.packer.pack(new_entry(number)).unwrap()).collect();
        self.writer.append(&packed).unwrap();
        packed.iter().map(|entry| entry.packed.len()).sum()
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("journal.db")
    }

    fn entries(&self) -> Vec<Entry> {
        let connection = open_reader(&self.path()).unwrap();
        let stored = sql::entries_after(&connection, EntryId(0), 10_000, usize::MAX).unwrap();
        stored.into_iter().map(|entry| self.packer.unpack(entry).unwrap()).collect()
    }

    /// How many dictionaries are worth it.
    fn learn(&self) -> usize {
        let learned = learn(&self.path(), &self.packer, self.writer.last()).unwrap();
        let count = learned.len();
        for learned in learned {
            self.packer.adopt(learned, &self.writer).unwrap();
        }
        count
    }
}

fn open(directory: &Path) -> (Writer, Packer) {
    let mut writer = Writer::open(&directory.join("journal.db")).unwrap();
    let packer = Packer::open(&mut writer).unwrap();
    (writer, packer)
}

fn new_entry(number: u64) -> NewEntry {
    let hook = mixed_hook(number);
    NewEntry {
        handed_on: None,
        received_at: Timestamp(0),
        label: label(hook.provider),
        note: None,
        identity: Identity {
            scope: "s".to_owned(),
            ordinal: number.cast_signed(),
            digest: [0; 16],
        },
        headers: hook.headers,
        body: hook.body.into(),
        way: Way::Received,
    }
}

#[test]
fn what_was_learned_packs_better_and_everything_stays_readable() {
    let mut desk = Desk::new();
    desk.append(0..1_000);
    assert_eq!(desk.learn(), 2, "a dictionary for each provider");

    let before = desk.append(1_000..1_200);
    let mut desk = desk.reopened();
    let after = desk.append(1_200..1_400);
    assert!(desk.packer.has_learned());
    // Both are packed as learned, the second by a process that read the dictionary from the journal.
    let shipped = {
        let mut other = Desk::new();
        other.append(1_000..1_200)
    };
    assert!(before * 100 < shipped * 80, "{before} of {shipped} bytes");
    assert!(after * 100 < shipped * 90, "{after} of {shipped} bytes");

    let entries = desk.entries();
    assert_eq!(entries.len(), 1_400);
    for (number, entry) in (0..).zip(entries) {
        let hook = mixed_hook(number);
        assert_eq!((entry.headers, entry.body), (hook.headers, hook.body), "{number}");
    }
}

#[test]
fn nothing_is_learned_twice_or_from_too_little() {
    let mut desk = Desk::new();
    desk.append(0..100);
    assert_eq!(desk.learn(), 0, "a hundred hooks of two providers");

    desk.append(100..1_100);
    assert_eq!(desk.learn(), 2);
    desk.append(1_100..3_100);
    assert_eq!(desk.learn(), 0, "the same organisations go on as before");
}

#[test]
fn the_thread_looks_when_enough_has_come_and_learns_when_it_packs_worse() {
    let mut desk = Desk::new();
    desk.append(0..FIRST_LOOK.cast_unsigned());
    let health = Health::new(desk.directory.path().to_owned(), 0);
    let state = Arc::new(State::new(EntryId(FIRST_LOOK - 1), health));
    let packer = Arc::new(open(desk.directory.path()).1);
    let mut learner = Learner::new(desk.path(), packer, Arc::clone(&state));
    let waiting = || std::mem::take(&mut *state.learned.lock().unwrap());

    learner.step().unwrap();
    assert!(waiting().is_empty(), "one entry is missing");

    state.last.store(FIRST_LOOK, Ordering::Release);
    learner.step().unwrap();
    let learned = waiting();
    assert_eq!(learned.len(), 2);
    for learned in learned {
        learner.packer.adopt(learned, &desk.writer).unwrap();
    }

    // Traffic goes on as before: looked at, and left.
    desk.packer = open(desk.directory.path()).1;
    desk.append(1_000..4_000);
    state.last.store(3 * FIRST_LOOK, Ordering::Release);
    learner.step().unwrap();
    assert_eq!(learner.looked_at, 3 * FIRST_LOOK);
    assert!(waiting().is_empty());

    // Other hooks than those it knows, told by a ratio that is worse than it was: it tries again, and
    // keeps what it has when that is as good.
    for judged in learner.judged.values_mut() {
        judged.ratio *= 2.0;
    }
    desk.append(4_000..9_000);
    state.last.store(9_000, Ordering::Release);
    learner.step().unwrap();
    assert_eq!(learner.looked_at, 9_000);
    assert!(waiting().is_empty());
    assert!(learner.judged.values().all(|it| it.ratio < 20.0), "{:?}", learner.judged);
}

#[tokio::test]
async fn a_journal_learns_while_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(directory.path(), 0).unwrap();
    let mut appends = tokio::task::JoinSet::new();
    for number in 0..FIRST_LOOK.cast_unsigned() {
        let journal = journal.clone();
        appends.spawn(async move { journal.append(new_entry(number)).await.unwrap() });
    }
    appends.join_all().await;
    // Adopted by the writer after a commit: something must come for that.
    let mut number = FIRST_LOOK.cast_unsigned();
    let begun = std::time::Instant::now();
    while !journal.shared.packer.has_learned() {
        assert!(begun.elapsed() < Duration::from_mins(1), "nothing learned of {number} hooks");
        journal.append(new_entry(number)).await.unwrap();
        number += 1;
    }
    journal.append(new_entry(number)).await.unwrap();
    journal.close();

    let journal = Journal::open(directory.path(), 0).unwrap();
    assert!(journal.shared.packer.has_learned(), "it is on record");
    let entries = journal.entries_after(EntryId(0), usize::MAX, usize::MAX).unwrap();
    assert_eq!(u64::try_from(entries.len()).unwrap(), number + 1);
    let mut bodies: Vec<_> = entries.into_iter().map(|entry| entry.body).collect();
    let mut sent: Vec<_> = (0..=number).map(|number| mixed_hook(number).body).collect();
    // Many were under way at once, in any order.
    bodies.sort();
    sent.sort();
    assert!(bodies == sent);
}

#[test]
#[cfg(target_os = "linux")]
fn only_the_thread_that_learns_gives_way() {
    let priority = || Ok(rustix::process::getpriority_process(None)?);
    let before = priority().unwrap();
    assert_eq!(at_lowest_priority(priority).unwrap(), LOWEST_PRIORITY);
    assert_eq!(priority().unwrap(), before);
}
