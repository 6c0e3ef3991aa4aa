//! How an entry's headers and body lie on disk: one zstd frame, packed with a dictionary.
//!
//! Inside the frame: length of the headers (4 bytes, little-endian), the headers as a JSON array of
//! pairs, the body as received. The dictionaries ship with the binary and are stored in the journal
//! before their first use, so that a journal can always be read by itself.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};
use zstd::zstd_safe::CParameter;

use crate::model::Provider;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::journal::{PackedEntry, StoredEntry, Writer, dictionaries};

use super::learn::Learned;
use super::{Entry, NewEntry};

/// Level 1 has one table where level 3 has two. With the settings below it takes two thirds of the
/// time on the way to the answer and packs 3 % worse.
const LEVEL: i32 = 1;

/// Size of the table, as a power of two of 4 bytes: 128 KB stay in the cache of a core that packs
/// one entry after the other. With half of that it packs 1 % worse.
const TABLE_LOG: u32 = 15;

/// Shortest match looked for. Hooks repeat whole members and addresses; shorter ones found first
/// only hide those.
const MATCH_MIN: u32 = 7;

/// What a thread keeps of its buffer from one entry to the next.
const BUFFER_KEPT_MAX: usize = 256 * 1024;

/// Dictionaries a thread keeps digested for reading: a page shows entries of few ages.
const DECOMPRESSORS_MAX: usize = 8;

/// Bodies above this gain nothing from a dictionary.
pub(super) const DICTIONARY_BODY_MAX: usize = 64 * 1024;

/// Most that the headers of an entry can take, their names and JSON included: the front door takes
/// 64 KB of them.
const HEADERS_MAX: usize = 1024 * 1024;

/// Size of a dictionary: one of 112 KB did not pack better, and the packing thread needs it in its cache.
pub(super) const DICTIONARY_BYTES: usize = 64 * 1024;

/// Stands in the name of a learned dictionary between its provider and its digest.
const LEARNED: &str = ".learned.";

/// What a binary ships: a change of content needs a new name, since rows refer to the old one.
const DICTIONARIES: [(Provider, &str, &[u8]); 2] = [
    (Provider::AzureDevops, "azure_devops.1", include_bytes!("dictionaries/azure_devops.dict")),
    (Provider::Buildkite, "buildkite.1", include_bytes!("dictionaries/buildkite.dict")),
];

/// Headers and body of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Packs and unpacks with the dictionaries on record.
#[derive(Debug)]
pub struct Packer {
    /// Which one it is of the process: numbers of dictionaries are those of one journal.
    serial: u64,
    /// Number in the journal of the dictionary to pack a provider's bodies with.
    current: RwLock<HashMap<Provider, i64>>,
    /// Those that came with the binary.
    shipped: Vec<i64>,
    /// Every dictionary on record, also those of earlier versions.
    known: RwLock<HashMap<i64, Arc<[u8]>>>,
}

thread_local! {
    /// A context with its dictionary digested costs half a megabyte and 100 µs to make; each thread
    /// that packs keeps one per provider, and one without a dictionary.
    static COMPRESSORS: RefCell<HashMap<(u64, Option<Provider>), Held>> = RefCell::default();
    static DECOMPRESSORS: RefCell<HashMap<(u64, i64), zstd::bulk::Decompressor<'static>>> =
        RefCell::default();
    /// An entry before and after packing.
    static BUFFERS: RefCell<(Vec<u8>, Vec<u8>)> = RefCell::default();
}

fn next_serial() -> u64 {
    static PACKERS: AtomicU64 = AtomicU64::new(0);
    PACKERS.fetch_add(1, Ordering::Relaxed)
}

struct Held {
    dictionary: Option<i64>,
    compressor: zstd::bulk::Compressor<'static>,
}

pub(super) fn compressor(dictionary: &[u8]) -> std::io::Result<zstd::bulk::Compressor<'static>> {
    let mut compressor = zstd::bulk::Compressor::with_dictionary(LEVEL, dictionary)?;
    compressor.set_parameter(CParameter::HashLog(TABLE_LOG))?;
    compressor.set_parameter(CParameter::MinMatch(MATCH_MIN))?;
    Ok(compressor)
}

/// Put an entry's headers and body into one buffer.
pub(super) fn lay_out(
    plain: &mut Vec<u8>,
    headers: &[(String, String)],
    body: &[u8],
) -> std::io::Result<()> {
    plain.clear();
    plain.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut *plain, headers)?;
    let length = u32::try_from(plain.len() - 4)
        .map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
    plain[..4].copy_from_slice(&length.to_le_bytes());
    plain.extend_from_slice(body);
    Ok(())
}

impl Packer {
    /// The dictionaries of this binary, put on record, and those that are there.
    pub fn open(writer: &mut Writer) -> Result<Self, StoreError> {
        let mut current = HashMap::new();
        for (provider, name, bytes) in DICTIONARIES {
            if !bytes.is_empty() {
                current.insert(provider, writer.dictionary(name, bytes)?);
            }
        }
        let shipped = current.values().copied().collect();
        let mut known = HashMap::new();
        // In the order in which they came on record: the last one learned is the present one.
        for (id, name, bytes) in writer.dictionaries()? {
            let learned_for = name.split_once(LEARNED).and_then(|(word, _)| Provider::parse(word));
            if let Some(provider) = learned_for {
                current.insert(provider, id);
            }
            known.insert(id, bytes.into());
        }
        Ok(Self {
            serial: next_serial(),
            current: RwLock::new(current),
            shipped,
            known: RwLock::new(known),
        })
    }

    /// The dictionaries of a journal that is only read.
    pub fn of_file(connection: &Connection) -> Result<Self, StoreError> {
        let known = dictionaries(connection)?
            .into_iter()
            .map(|(id, _, bytes)| (id, bytes.into()))
            .collect();
        Ok(Self {
            serial: next_serial(),
            current: RwLock::default(),
            shipped: Vec::new(),
            known: RwLock::new(known),
        })
    }

    /// Whether a dictionary was on record when this was made, or came since.
    pub fn knows(&self, dictionary: i64) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).contains_key(&dictionary)
    }

    /// Put a learned dictionary on record and pack with it from now on.
    pub fn adopt(&self, learned: Learned, writer: &Writer) -> Result<(), StoreError> {
        let Learned { provider, bytes, .. } = learned;
        // The name follows from the content: it never stands for two dictionaries.
        let digest = hex::encode(&Sha256::digest(&bytes)[..8]);
        let id = writer.dictionary(&format!("{}{LEARNED}{digest}", provider.as_str()), &bytes)?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, bytes.into());
        self.current.write().unwrap_or_else(PoisonError::into_inner).insert(provider, id);
        Ok(())
    }

    /// Whether any dictionary on record was learned here.
    pub fn has_learned(&self) -> bool {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.values().any(|id| !self.shipped.contains(id))
    }

    /// The dictionary that a provider's bodies are packed with now; empty when there is none.
    pub(super) fn dictionary(&self, provider: Provider) -> std::io::Result<Arc<[u8]>> {
        self.present(provider).map_or_else(|| Ok(Arc::default()), |id| self.bytes(id))
    }

    fn present(&self, provider: Provider) -> Option<i64> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).get(&provider).copied()
    }

    /// Pack an entry for the writer.
    pub fn pack(&self, entry: NewEntry) -> Result<PackedEntry, StoreError> {
        let provider =
            Some(entry.label.provider).filter(|_| entry.body.len() <= DICTIONARY_BODY_MAX);
        let dictionary = provider.and_then(|provider| self.present(provider));
        let packed = BUFFERS
            .with_borrow_mut(|(plain, packed)| {
                lay_out(plain, &entry.headers, &entry.body)?;
                packed.clear();
                packed.reserve(zstd::zstd_safe::compress_bound(plain.len()));
                self.compress(provider, dictionary, plain, packed)?;
                // As small as its content: it waits for the writer, and others with it.
                let exact = packed.as_slice().to_vec();
                for buffer in [plain, packed] {
                    buffer.clear();
                    buffer.shrink_to(BUFFER_KEPT_MAX);
                }
                Ok(exact)
            })
            .map_err(StoreError::Pack)?;
        Ok(PackedEntry {
            received_at: entry.received_at,
            label: entry.label,
            note: entry.note,
            identity: entry.identity,
            bytes: entry.body.len(),
            dictionary,
            packed,
            handed_on: entry.handed_on,
            way: entry.way,
        })
    }

    fn compress(
        &self,
        provider: Option<Provider>,
        dictionary: Option<i64>,
        plain: &[u8],
        packed: &mut Vec<u8>,
    ) -> std::io::Result<()> {
        COMPRESSORS.with_borrow_mut(|compressors| {
            let make = || -> std::io::Result<Held> {
                let compressor = match dictionary {
                    Some(id) => compressor(&self.bytes(id)?)?,
                    None => zstd::bulk::Compressor::new(LEVEL)?,
                };
                Ok(Held { dictionary, compressor })
            };
            let held = match compressors.entry((self.serial, provider)) {
                std::collections::hash_map::Entry::Occupied(place) => {
                    let held = place.into_mut();
                    if held.dictionary != dictionary {
                        *held = make()?;
                    }
                    held
                }
                std::collections::hash_map::Entry::Vacant(place) => place.insert(make()?),
            };
            held.compressor.compress_to_buffer(plain, packed)?;
            Ok(())
        })
    }

    pub(super) fn unpack(&self, stored: StoredEntry) -> Result<Entry, StoreError> {
        let Unpacked { headers, body } = self.unpack_frame(&stored).map_err(StoreError::Pack)?;
        Ok(Entry {
            id: stored.id,
            received_at: stored.received_at,
            label: stored.label,
            note: stored.note,
            bytes: stored.bytes,
            headers,
            body,
        })
    }

    fn unpack_frame(&self, stored: &StoredEntry) -> std::io::Result<Unpacked> {
        // As the frame says, which was written by `pack`; bounded, since a damaged one says anything.
        let told = zstd::zstd_safe::get_frame_content_size(&stored.packed).ok().flatten();
        let told = told.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
        let most = usize::try_from(stored.bytes).unwrap_or(0).saturating_add(HEADERS_MAX + 4);
        let capacity = told.min(most);
        let plain = match stored.dictionary {
            None => zstd::bulk::decompress(&stored.packed, capacity)?,
            Some(id) => DECOMPRESSORS.with_borrow_mut(|decompressors| {
                let id = (self.serial, id);
                if decompressors.len() >= DECOMPRESSORS_MAX && !decompressors.contains_key(&id) {
                    decompressors.clear();
                }
                let decompressor = match decompressors.entry(id) {
                    std::collections::hash_map::Entry::Occupied(held) => held.into_mut(),
                    std::collections::hash_map::Entry::Vacant(place) => {
                        place.insert(zstd::bulk::Decompressor::with_dictionary(&self.bytes(id.1)?)?)
                    }
                };
                decompressor.decompress(&stored.packed, capacity)
            })?,
        };
        let damaged = || std::io::Error::new(std::io::ErrorKind::InvalidData, "damaged frame");
        let (length, rest) = plain.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| damaged())?;
        if rest.len() < length {
            return Err(damaged());
        }
        let (headers, body) = rest.split_at(length);
        Ok(Unpacked { headers: serde_json::from_slice(headers)?, body: body.to_vec() })
    }

    fn bytes(&self, dictionary: i64) -> std::io::Result<Arc<[u8]>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&dictionary)
            .cloned()
            .ok_or_else(|| {
                std::io::Error::new(
                    std::io::ErrorKind::NotFound,
                    format!("dictionary {dictionary} is not on record"),
                )
            })
    }
}
