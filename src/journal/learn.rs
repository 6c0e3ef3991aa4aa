//! Learns what the bodies of a team have in common, so that its journal packs them better.
//!
//! The dictionaries of the binary know how a provider writes. They cannot know an organisation: its
//! pipelines, people and addresses are most of what is left in a packed body. So a thread beside the
//! writer makes a dictionary of what arrived last, and hands it over when it is worth it. It looks
//! again from time to time, and learns anew when bodies no longer pack as well as they did.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::model::{EntryId, Provider};
use crate::store::StoreError;
use crate::store::sqlite::journal as sql;
use crate::store::sqlite::open_reader;

use super::State;
use super::aside::Aside;
use super::pack::{DICTIONARY_BODY_MAX, DICTIONARY_BYTES, Packer, compressor, lay_out};

/// Pause between two glances at how much has arrived.
const PAUSE: Duration = Duration::from_millis(500);

/// Entries that must have arrived before the first look.
const FIRST_LOOK: i64 = 1_000;

/// From one look to the next it takes twice as many entries, up to so many.
const LOOK_EVERY_MAX: i64 = 64_000;

/// Newest entries looked at.
const LOOKED_AT_MAX: usize = 2_000;

/// Bytes of their bodies.
const LOOKED_AT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Newest of a provider's entries among them that a dictionary is made of. With four times as many it
/// packs 4 % better and takes four times as long to make.
const SAMPLES_MAX: usize = 500;

/// Bodies that pack to this part of what they did when it was last learned are a reason to learn.
const WORSE: f64 = 0.9;

/// Fewer samples of a provider say too little about those to come.
const SAMPLES_MIN: usize = 100;

/// The newest of so many samples are kept back to judge by: they are most like those to come.
const JUDGED_BY_ONE_OF: usize = 4;

/// A dictionary is taken when it packs bodies to this part of what the present one packs them to: each
/// stays on record for ever.
const WORTH: f64 = 0.85;

/// A dictionary that packs what arrives better than the present one. It must be put on record before
/// its first use.
#[derive(Debug)]
pub struct Learned {
    pub provider: Provider,
    pub bytes: Vec<u8>,
    /// Bytes of an entry per packed byte, by entries it was not made of.
    pub ratio: f64,
}

/// A provider's newest entries as they are before packing, oldest first.
struct Samples {
    provider: Provider,
    /// The dictionary that the provider's bodies are packed with now.
    present: Arc<[u8]>,
    plain: Vec<Vec<u8>>,
}

/// Of a thread, as Linux counts them.
#[cfg(target_os = "linux")]
const LOWEST_PRIORITY: i32 = 19;

/// The last time a dictionary was made for a provider, whatever came of it.
#[derive(Debug, Clone, Copy)]
struct Judged {
    /// How well the better one of the two packed: bytes of an entry per packed byte.
    ratio: f64,
    /// How many samples it was made of and judged by.
    samples: usize,
}

/// What the thread knows from one look to the next.
struct Learner {
    path: PathBuf,
    packer: Arc<Packer>,
    state: Arc<State>,
    /// Entry of the last look.
    looked_at: i64,
    look_every: i64,
    judged: HashMap<Provider, Judged>,
}

/// Start the thread.
pub(super) fn start(path: PathBuf, packer: Arc<Packer>, state: Arc<State>) -> Aside {
    let mut learner = Learner::new(path, packer, state);
    Aside::start("dictionaries", PAUSE, move || {
        if let Err(error) = learner.step() {
            // What is there goes on packing.
            tracing::debug!(%error, "Could not look for a better dictionary");
        }
    })
}

impl Learner {
    fn new(path: PathBuf, packer: Arc<Packer>, state: Arc<State>) -> Self {
        // A journal that has learned already is looked at when something new has come.
        let looked_at = if packer.has_learned() { state.last.load(Ordering::Acquire) } else { 0 };
        Self { path, packer, state, looked_at, look_every: FIRST_LOOK, judged: HashMap::new() }
    }

    fn step(&mut self) -> Result<(), StoreError> {
        let last = self.state.last.load(Ordering::Acquire);
        if last - self.looked_at < self.look_every {
            return Ok(());
        }
        self.looked_at = last;
        self.look_every = (self.look_every * 2).min(LOOK_EVERY_MAX);
        for samples in newest(&self.path, &self.packer, EntryId(last))? {
            match at_lowest_priority(|| self.learn(&samples)) {
                Ok(Some(learned)) => {
                    self.state.learned.lock().unwrap_or_else(PoisonError::into_inner).push(learned);
                }
                Ok(None) => {}
                // Samples that have too little in common, mostly.
                Err(error) => {
                    let provider = samples.provider.as_str();
                    tracing::debug!(%error, "No dictionary for {provider}");
                }
            }
        }
        Ok(())
    }

    fn learn(&mut self, samples: &Samples) -> std::io::Result<Option<Learned>> {
        let Samples { provider, present, plain } = samples;
        let ratio = packed_ratio(present, plain)?;
        // Worth the time when bodies are not what they were, or when there are many more samples.
        let is_settled = self.judged.get(provider).is_some_and(|before| {
            ratio >= before.ratio * WORSE && plain.len() < 2 * before.samples
        });
        if is_settled {
            return Ok(None);
        }
        let learned = train(samples)?;
        let ratio = learned.as_ref().map_or(ratio, |learned| learned.ratio);
        self.judged.insert(*provider, Judged { ratio, samples: plain.len() });
        Ok(learned)
    }
}

/// Do what nobody waits for on a thread that gives way to all others. It must hold no lock that they
/// need: put aside in the middle, it would make them wait as well.
fn at_lowest_priority<T: Send>(
    work: impl FnOnce() -> std::io::Result<T> + Send,
) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().spawn_scoped(scope, || {
            // Of this thread alone, on Linux. Elsewhere it may be the process: left as it is.
            #[cfg(target_os = "linux")]
            rustix::process::setpriority_process(None, LOWEST_PRIORITY)?;
            work()
        })?;
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Dictionaries for what a journal holds up to `last`, where they are worth their place. The journal
/// does this by itself; this is for those who fill one without it.
pub fn learn(path: &Path, packer: &Packer, last: EntryId) -> Result<Vec<Learned>, StoreError> {
    let learned = newest(path, packer, last)?.into_iter().map(|samples| train(&samples));
    learned.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(StoreError::Pack)
}

/// Make a dictionary of samples. `None` when it would not be worth its place.
fn train(samples: &Samples) -> std::io::Result<Option<Learned>> {
    let Samples { provider, present, plain } = samples;
    let (made_of, judged_by) = plain.split_at(plain.len() - plain.len() / JUDGED_BY_ONE_OF);
    let bytes = zstd::dict::from_samples(made_of, DICTIONARY_BYTES)?;
    let (now, ratio) = (packed_ratio(present, judged_by)?, packed_ratio(&bytes, judged_by)?);
    Ok((now <= ratio * WORTH).then_some(Learned { provider: *provider, bytes, ratio }))
}

/// The newest entries of each provider of which there are enough.
fn newest(path: &Path, packer: &Packer, last: EntryId) -> Result<Vec<Samples>, StoreError> {
    // A connection of its own, and not kept: the next look may be days away.
    let connection = open_reader(path)?;
    let after = EntryId(last.0 - i64::try_from(LOOKED_AT_MAX).unwrap_or(i64::MAX));
    let entries = sql::entries_after(&connection, after, LOOKED_AT_MAX, LOOKED_AT_BYTES_MAX)?;
    let mut all: Vec<Samples> = Vec::new();
    for entry in entries.into_iter().rev() {
        let provider = entry.label.provider;
        let index = match all.iter().position(|samples| samples.provider == provider) {
            Some(index) => index,
            None => {
                let present = packer.dictionary(provider).map_err(StoreError::Pack)?;
                all.push(Samples { provider, present, plain: Vec::new() });
                all.len() - 1
            }
        };
        let plain = &mut all[index].plain;
        let is_small = usize::try_from(entry.bytes).is_ok_and(|it| it <= DICTIONARY_BODY_MAX);
        // A damaged entry is told of where it is read.
        if is_small
            && plain.len() < SAMPLES_MAX
            && let Ok(entry) = packer.unpack(entry)
        {
            let mut sample = Vec::new();
            lay_out(&mut sample, &entry.headers, &entry.body).map_err(StoreError::Pack)?;
            plain.push(sample);
        }
    }
    all.retain(|samples| samples.plain.len() >= SAMPLES_MIN);
    for samples in &mut all {
        samples.plain.reverse();
    }
    Ok(all)
}

/// Bytes of the samples per packed byte.
fn packed_ratio(dictionary: &[u8], samples: &[Vec<u8>]) -> std::io::Result<f64> {
    let mut compressor = compressor(dictionary)?;
    let (mut plain, mut packed) = (0, 0);
    for sample in samples {
        plain += sample.len();
        packed += compressor.compress(sample)?.len();
    }
    Ok(plain as f64 / packed.max(1) as f64)
}

#[cfg(test)]
mod tests;
