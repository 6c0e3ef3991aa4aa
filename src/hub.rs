//! The only wiring: from settings to journal, books, keys, bell and clock.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::access::{ADDRESS_PURPOSE, Vault};
use crate::clock::Clock;
use crate::config::Config;
use crate::forward::Forwards;
use crate::journal::{HealthState, Journal};
use crate::keys::{KeyError, KeyRing};
use crate::live::Bell;
use crate::model::{EntryId, KeyId, Provider, Timestamp};
use crate::people::{People, PeopleError};
use crate::secrets::{self, Sealer, Secret, SecretsError};
use crate::store::StoreError;
use crate::store::logs::{self, LogFiles};
use crate::store::sqlite::books::keys::holds_sealed;
use crate::store::sqlite::books::{self, Books, ENTRIES, last_commit, position};
use crate::store::sqlite::{admit, check_version, journal};
use crate::tally::Tally;

/// The socket by which commands reach a running `serve`.
pub const CONTROL_SOCKET: &str = "control.sock";

/// How often the lock is tried by who waits for it: senders wait as well.
const LOCK_LOOK_EVERY: Duration = Duration::from_millis(2);

/// Provider tokens remembered as being on record; beyond that they are written again.
const TOKENS_REMEMBERED_MAX: usize = 10_000;

/// How often a token that keeps coming is noted as seen.
const TOKEN_SEEN_EVERY_MS: i64 = 3_600_000;

/// The ingest key that brought a token, and the token's fingerprint.
type TokenName = (Provider, KeyId, String);

/// All that handlers and workers share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    clock: Clock,
    journal: Journal,
    books: Arc<Books>,
    logs: LogFiles,
    keys: KeyRing,
    people: People,
    vault: Arc<Vault>,
    forwards: Forwards,
    sealer: Sealer,
    bell: Bell,
    tally: Tally,
    started_at: Timestamp,
    draining: AtomicBool,
    drained: Notify,
    nudged: Notify,
    /// Provider tokens that are on record, and when that was last written.
    tokens: Mutex<HashMap<TokenName, Timestamp>>,
    /// Held as long as the hub lives: no second process uses the directory.
    _lock: DirectoryLock,
}

/// What keeps a data directory from being opened. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot use the data directory {}: {source}", path.display())]
    Directory { path: PathBuf, source: std::io::Error },
    #[error("the data directory {} is in use by another creel{}", path.display(), process_hint(pid.as_deref()))]
    InUse { path: PathBuf, pid: Option<String> },
    #[error(
        "{} ends at entry {last}, but the books have read up to entry {read}: it was removed, or an older \
         one was put in its place", path.display()
    )]
    JournalBehind { path: PathBuf, last: EntryId, read: EntryId },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    People(#[from] PeopleError),
}

fn process_hint(pid: Option<&str>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

impl OpenError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Directory { .. } => {
                "choose a directory this user can write with --data, or mend its owner and rights"
            }
            Self::InUse { .. } => {
                "stop that process first, or choose another directory with --data"
            }
            Self::JournalBehind { .. } => {
                "put the journal.db back that belongs to this directory; to begin anew, move books.db \
                 (it also holds the keys) away as well"
            }
            Self::Store(StoreError::Newer { .. }) => {
                "start the newer Creel again, or this one on a backup from before the upgrade; nothing \
                 was changed, since this version would not understand what the newer one has written"
            }
            Self::Store(StoreError::Foreign { .. }) => {
                "choose a directory that is empty or was made by Creel with --data"
            }
            Self::Store(StoreError::Full(_)) => "free some disk space and start again",
            Self::Store(_) => {
                "check the disk and the directory's rights; the database itself says why"
            }
            Self::People(_) => {
                "check the disk and the directory's rights; the error itself says why"
            }
            Self::Secrets(_) | Self::Keys(_) => {
                "restore the secrets key that belongs to this directory (server.secrets_key)"
            }
        }
    }
}

impl Hub {
    /// Look for what would keep [`Hub::open`] from opening what is there, changing nothing: data of a
    /// newer version, a lost secrets key. Blocks.
    pub fn check(config: &Config) -> Result<(), OpenError> {
        for schema in [&journal::SCHEMA, &books::SCHEMA] {
            check_version(&config.data.join(schema.name), schema)?;
        }
        if Books::exist(&config.data) && Books::look(&config.data, holds_sealed)? {
            Sealer::open(&config.secrets_key)?;
        }
        Ok(())
    }

    /// Open everything in the data directory. Blocks.
    pub fn open(config: Config, clock: Clock) -> Result<Self, OpenError> {
        Self::open_within(config, clock, Duration::ZERO)
    }

    /// The same, waiting as long for a process that is about to let go of the directory. Blocks.
    pub fn open_within(config: Config, clock: Clock, wait: Duration) -> Result<Self, OpenError> {
        let lock = DirectoryLock::take_within(&config.data, wait)?;
        // Both are looked at before one of them is brought up to date.
        admit(&config.data)?;
        let are_books_new = !Books::exist(&config.data);
        let journal_path = config.data.join(journal::SCHEMA.name);
        let behind =
            |last, read| Err(OpenError::JournalBehind { path: journal_path.clone(), last, read });
        // Before an empty one is made in its place.
        if !are_books_new && !journal_path.exists() {
            let read = Books::look(&config.data, |connection| position(connection, ENTRIES))?;
            if read > 0 {
                return behind(EntryId(0), EntryId(read));
            }
        }
        let journal = Journal::open(&config.data, config.limits.disk_low_bytes)?;
        let books = Arc::new(Books::open(&config.data)?);
        let logs = LogFiles::open(&config.data, config.limits.log_bytes).map_err(|source| {
            OpenError::Directory { path: config.data.join(logs::FOLDER), source }
        })?;
        let read = EntryId(books.read(|connection| position(connection, ENTRIES))?);
        // The numbers would be given once more, and what gets them never read.
        if read > journal.last() {
            return behind(journal.last(), read);
        }
        if are_books_new && journal.last() > EntryId(0) {
            tracing::warn!(
                "There is no {} beside {} entries: records are made anew from them, but keys and people are \
                 gone, and every sender is refused until its key is made again (creel key create --value). If it was \
                 lost, stop, and put it back from a backup",
                books::SCHEMA.name,
                journal.last()
            );
        }
        // A new key where sealed secrets wait for the old one would hide what is missing.
        let sealer = match books.read(holds_sealed)? {
            true => Sealer::open(&config.secrets_key)?,
            false => Sealer::open_or_create(&config.secrets_key)?,
        };
        let keys = KeyRing::open(Arc::clone(&books), sealer.clone(), &config)?;
        let people = People::open(Arc::clone(&books))?;
        let vault = Arc::new(Vault::new(Arc::clone(&books), sealer.clone(), clock.clone()));
        let forwards = Forwards::new(&config.forwards, journal.last(), sealer.clone());
        let bell = Bell::new(books.read(last_commit)?);
        let started_at = clock.now();
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                clock,
                journal,
                books,
                logs,
                keys,
                people,
                vault,
                forwards,
                sealer,
                bell,
                tally: Tally::default(),
                started_at,
                draining: AtomicBool::new(false),
                drained: Notify::new(),
                nudged: Notify::new(),
                tokens: Mutex::default(),
                _lock: lock,
            }),
        })
    }

    /// Run what blocks away from the threads that answer others.
    pub async fn blocking<T: Send + 'static, E: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let hub = self.clone();
        match tokio::task::spawn_blocking(move || work(&hub)).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    #[must_use]
    pub fn books(&self) -> &Arc<Books> {
        &self.inner.books
    }

    /// The files of logs.
    #[must_use]
    pub fn logs(&self) -> &LogFiles {
        &self.inner.logs
    }

    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.inner.keys
    }

    #[must_use]
    pub fn people(&self) -> &People {
        &self.inner.people
    }

    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }

    #[must_use]
    pub fn vault(&self) -> &Arc<Vault> {
        &self.inner.vault
    }

    #[must_use]
    pub fn forwards(&self) -> &Forwards {
        &self.inner.forwards
    }

    #[must_use]
    pub fn bell(&self) -> &Bell {
        &self.inner.bell
    }

    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.inner.tally
    }

    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.inner.started_at
    }

    /// Seal a provider token that came with a delivery; returns its fingerprint. Blocks.
    pub fn keep_token(
        &self,
        provider: Provider,
        key: KeyId,
        token: &Secret,
    ) -> Result<String, OpenError> {
        let fingerprint = secrets::fingerprint(token);
        let now = self.inner.clock.now();
        let known = (provider, key, fingerprint.clone());
        // A sender waits for this: the books are written for a new token, and to say once an hour
        // that an old one is still in use.
        if self.tokens().get(&known).is_some_and(|kept_at| now.0 - kept_at.0 < TOKEN_SEEN_EVERY_MS)
        {
            return Ok(fingerprint);
        }
        let sealed = self.inner.sealer.seal(ADDRESS_PURPOSE, token)?;
        self.inner
            .books
            .write(|ledger| ledger.keep_token(provider, key, &fingerprint, &sealed, now))?;
        let mut tokens = self.tokens();
        if tokens.len() >= TOKENS_REMEMBERED_MAX {
            tokens.clear();
        }
        tokens.insert(known, now);
        Ok(fingerprint)
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<TokenName, Timestamp>> {
        self.inner.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What readiness depends on: name, and the problem if there is one.
    #[must_use]
    pub fn readiness(&self) -> Vec<(&'static str, Option<String>)> {
        let health = self.inner.journal.health();
        let journal = match health.state() {
            HealthState::Writable => None,
            HealthState::Broken { since, .. } => Some(format!("cannot be written since {since}")),
        };
        let disk = health
            .disk_is_low()
            .then(|| "below the low-water mark (limits.disk_low); see /api/v1/storage".to_owned());
        let stopping = self.is_draining().then(|| "the server is stopping".to_owned());
        vec![("journal", journal), ("disk", disk), ("stopping", stopping)]
    }

    /// Readiness off: what is in flight is finished, nothing new is wanted.
    pub fn drain(&self) {
        self.inner.draining.store(true, Ordering::Release);
        self.inner.drained.notify_waiters();
    }

    /// Wait until the server stops.
    pub async fn drained(&self) {
        let notified = self.inner.drained.notified();
        if !self.is_draining() {
            notified.await;
        }
    }

    /// There is work that no new entry tells of: entries to be read again.
    pub fn nudge(&self) {
        self.inner.nudged.notify_one();
    }

    /// Wait for a nudge. One that came while nobody waited counts.
    pub async fn nudged(&self) {
        self.inner.nudged.notified().await;
    }

    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Acquire)
    }

    /// Flush and close both files. Blocks.
    pub fn close(&self) {
        self.inner.journal.close();
        self.inner.books.close();
    }
}

/// The file that is locked.
const LOCK: &str = "creel.lock";

/// The lock on a data directory. The kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Take the lock, waiting as long for who holds it. Blocks.
    pub fn take_within(directory: &Path, wait: Duration) -> Result<Self, OpenError> {
        let until = Instant::now() + wait;
        loop {
            match Self::take(directory) {
                Err(OpenError::InUse { .. }) if Instant::now() < until => {
                    std::thread::sleep(LOCK_LOOK_EVERY);
                }
                taken => return taken,
            }
        }
    }

    /// Who holds the lock of a directory, if somebody does. Asks the kernel (Linux tells) and does not
    /// try the lock, which would turn a server away that starts at the same moment.
    #[must_use]
    pub fn holder(directory: &Path) -> Option<String> {
        let inode = directory.join(LOCK).metadata().ok()?.ino();
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        locks.lines().find_map(|line| {
            // `7: FLOCK  ADVISORY  WRITE 4711 fe:00:1835 0 EOF`
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, "FLOCK", _, _, pid, file, ..] = words[..] else { return None };
            let is_ours = file.rsplit(':').next() == Some(inode.to_string().as_str());
            is_ours.then(|| format!("process {pid}"))
        })
    }

    /// Make the directory if needed and take its lock.
    pub fn take(directory: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Directory { path: directory.to_owned(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join(LOCK))
            .map_err(failed)?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut pid = String::new();
                let pid = file.read_to_string(&mut pid).ok().map(|_| pid.trim().to_owned());
                return Err(OpenError::InUse {
                    path: directory.to_owned(),
                    pid: pid.filter(|pid| !pid.is_empty()),
                });
            }
            Err(error) => return Err(failed(error.into())),
        }
        // For the message of the one who comes second. A full disk must not keep us from starting.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}
