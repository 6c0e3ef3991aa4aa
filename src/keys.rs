//! API keys: who may send, read and administer.
//!
//! Keys are kept as hashes and recognised by them: the first bytes of the hash find the candidates,
//! the whole hash is compared in constant time. Keys that also check signatures keep their secret
//! sealed, since a signature names no key and each has to be tried.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::config::Config;
use crate::model::{Action, By, CommitNo, Deed, KeyId, Timestamp};
use crate::secrets::{self, Sealer, Secret, SecretsError};
use crate::store::StoreError;
use crate::store::sqlite::books::Books;
use crate::store::sqlite::books::keys::{KeyRow, NewKey, keys};

/// Signing secrets that are tried on a request without another proof. Each costs one HMAC over the
/// body, and the sender is not known yet.
pub const SIGNING_KEYS_MAX: usize = 32;

/// Longest secret that may be brought along: a request's head holds it.
const BROUGHT_LENGTH_MAX: usize = 4_096;

/// A secret shorter than this can be guessed. Whoever moves one here may have to live with it.
pub const GUESSABLE_LENGTH_MAX: usize = 15;

/// Letters of a key shown in listings.
const PREFIX_LENGTH: usize = 12;

/// What signing secrets are sealed for.
pub const SIGNING_PURPOSE: &str = "signing key";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send hooks and reports.
    Ingest,
    /// Read everything.
    Read,
    /// Change things: replay, keys.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::Ingest, Self::Read, Self::Admin];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

/// A set of scopes, written `ingest,read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    #[must_use]
    pub fn of(scopes: &[Scope]) -> Self {
        scopes.iter().fold(Self(0), |set, scope| Self(set.0 | (1 << *scope as u8)))
    }

    #[must_use]
    pub fn all() -> Self {
        Self::of(&Scope::ALL)
    }

    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    #[must_use]
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.list().into_iter().map(Scope::as_str).collect();
        f.write_str(&words.join(","))
    }
}

impl std::str::FromStr for Scopes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut scopes = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let scope = Scope::ALL.into_iter().find(|scope| scope.as_str() == word);
            scopes.push(scope.ok_or_else(|| {
                format!("there is no scope `{word}`; the scopes are ingest, read and admin")
            })?);
        }
        if scopes.is_empty() {
            return Err("a key needs at least one scope: ingest, read or admin".to_owned());
        }
        Ok(Self::of(&scopes))
    }
}

/// What a key is limited to. Empty lists: no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyLimits {
    /// Names of `[networks]` it may be used from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// Azure project GUIDs or names whose events make records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// Publishers whose events make records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publishers: Vec<String>,
    /// Requests per minute; beyond it the sender is asked to come back (503).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
}

/// A key as the door sees it.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: KeyId,
    pub name: String,
    pub prefix: String,
    pub scopes: Scopes,
    pub limits: KeyLimits,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    hash: [u8; 32],
    /// The secret itself, where it also checks signatures.
    secret: Option<Secret>,
}

impl Key {
    #[must_use]
    pub fn signing_secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    pub name: String,
    pub scopes: Scopes,
    pub signing: bool,
    pub limits: KeyLimits,
    /// A secret that is in use already, brought along.
    pub value: Option<Secret>,
}

/// A key that was made.
#[derive(Debug, Clone)]
pub struct MadeKey {
    pub key: Key,
    /// Shown this once.
    pub secret: Secret,
    pub commit: CommitNo,
}

/// What a presented credential turned out to be.
#[derive(Debug, Clone)]
pub enum Recognised {
    Valid(Arc<Key>),
    Revoked(Arc<Key>),
    Unknown,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the name of a key has 1 to 100 letters, all of which can be printed")]
    Name,
    #[error(
        "a secret that is brought along has 1 to {BROUGHT_LENGTH_MAX} characters that can be printed, \
         and no blanks around them"
    )]
    Value,
    #[error("this secret is a key already")]
    Known,
    #[error("there are {SIGNING_KEYS_MAX} signing keys already; revoke one first")]
    SigningFull,
    #[error("there is no network `{name}`; [networks] in the configuration names {known}")]
    Network { name: String, known: String },
    #[error("a project or publisher that a key is limited to has a name")]
    Limit,
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All keys of an installation, in memory. A change counts from the next request on.
#[derive(Debug)]
pub struct KeyRing {
    books: Arc<Books>,
    sealer: Sealer,
    networks: Vec<String>,
    /// Keys from the environment: they live as long as the process.
    guides: Vec<Arc<Key>>,
    held: RwLock<Arc<Held>>,
    /// Tells of every change.
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Held {
    by_hash: HashMap<[u8; 4], Vec<Arc<Key>>>,
    signing: Vec<Arc<Key>>,
    all: Vec<Arc<Key>>,
}

impl KeyRing {
    /// Read the keys. Blocks.
    pub fn open(books: Arc<Books>, sealer: Sealer, config: &Config) -> Result<Self, KeyError> {
        let limits = KeyLimits {
            projects: config.guide_project.iter().cloned().collect(),
            ..KeyLimits::default()
        };
        let guides = config
            .guide_keys
            .iter()
            .zip(1..)
            .map(|(guide, number)| {
                Arc::new(Key {
                    // Below 0, so that it can never be one of the stored keys.
                    id: KeyId(-number),
                    name: format!("environment variable {}", guide.variable),
                    prefix: String::new(),
                    scopes: Scopes::of(&[Scope::Ingest]),
                    limits: limits.clone(),
                    created_at: Timestamp(0),
                    last_used_at: None,
                    revoked_at: None,
                    hash: secrets::hash(&guide.secret),
                    secret: Some(guide.secret.clone()),
                })
            })
            .collect();
        let ring = Self {
            books,
            sealer,
            networks: config.networks.keys().cloned().collect(),
            guides,
            held: RwLock::default(),
            changed: watch::Sender::default(),
        };
        ring.reload()?;
        Ok(ring)
    }

    /// Read the keys again. Blocks.
    pub fn reload(&self) -> Result<(), KeyError> {
        let rows = self.books.read(keys)?;
        let mut held = Held::default();
        for row in rows {
            let key = Arc::new(self.key_from_row(row)?);
            held.all.push(Arc::clone(&key));
            held.add(key);
        }
        for key in &self.guides {
            held.add(Arc::clone(key));
        }
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        self.changed.send_replace(());
        Ok(())
    }

    fn key_from_row(&self, row: KeyRow) -> Result<Key, KeyError> {
        let damaged = |what: String| StoreError::Row { table: "api_key", what };
        let secret = match &row.sealed {
            Some(sealed) => Some(self.sealer.unseal(SIGNING_PURPOSE, sealed)?),
            None => None,
        };
        Ok(Key {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes.parse().map_err(damaged)?,
            limits: serde_json::from_str(&row.limits)
                .map_err(|error| damaged(error.to_string()))?,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
            hash: row.hash.try_into().map_err(|_| damaged("hash".to_owned()))?,
            secret,
        })
    }

    /// What a credential is.
    #[must_use]
    pub fn recognise(&self, presented: &Secret) -> Recognised {
        let hash = secrets::hash(presented);
        let held = self.held();
        let Some(candidates) = held.by_hash.get(&start_of(&hash)) else {
            return Recognised::Unknown;
        };
        // A secret that was revoked as a stored key may still be set in the environment.
        let mut recognised = Recognised::Unknown;
        for key in candidates.iter().filter(|key| bool::from(key.hash.ct_eq(&hash))) {
            match key.revoked_at {
                None => return Recognised::Valid(Arc::clone(key)),
                Some(_) => recognised = Recognised::Revoked(Arc::clone(key)),
            }
        }
        recognised
    }

    /// The keys a signature may be made with.
    #[must_use]
    pub fn signing(&self) -> Vec<Arc<Key>> {
        self.held().signing.clone()
    }

    /// The keys that the environment sets.
    #[must_use]
    pub fn guides(&self) -> &[Arc<Key>] {
        &self.guides
    }

    /// All stored keys, revoked ones included.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Key>> {
        self.held().all.clone()
    }

    /// Wait until a key counts no more.
    pub async fn revoked(&self, id: KeyId) {
        let mut changed = self.changed.subscribe();
        let counts = || {
            let held = self.held();
            let mut keys = held.all.iter().chain(&self.guides);
            keys.any(|key| key.id == id && key.revoked_at.is_none())
        };
        // The sender lives as long as `self`.
        while counts() && changed.changed().await.is_ok() {}
    }

    /// Make a key. Blocks.
    pub fn create(&self, request: &KeyRequest, by: &By) -> Result<MadeKey, KeyError> {
        let name = request.name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.contains(char::is_control) {
            return Err(KeyError::Name);
        }
        for network in &request.limits.networks {
            if !self.networks.contains(network) {
                let known = match self.networks.as_slice() {
                    [] => "none".to_owned(),
                    names => names.join(", "),
                };
                return Err(KeyError::Network { name: network.clone(), known });
            }
        }
        let mut limited_to = request.limits.projects.iter().chain(&request.limits.publishers);
        if limited_to.any(|name| name.trim().is_empty()) {
            return Err(KeyError::Limit);
        }
        if request.signing && self.held().signing.len() >= SIGNING_KEYS_MAX {
            return Err(KeyError::SigningFull);
        }
        let secret = match &request.value {
            Some(value) => {
                let text = value.reveal();
                let is_sent_as_it_is = text.trim() == text && !text.contains(char::is_control);
                if text.is_empty() || text.len() > BROUGHT_LENGTH_MAX || !is_sent_as_it_is {
                    return Err(KeyError::Value);
                }
                value.clone()
            }
            None => secrets::new_key()?,
        };
        let sealed = match request.signing {
            true => Some(self.sealer.seal(SIGNING_PURPOSE, &secret)?),
            false => None,
        };
        // A secret that was brought along may be short: none of it is shown.
        let prefix = match request.value {
            Some(_) => String::new(),
            None => secret.reveal().chars().take(PREFIX_LENGTH).collect(),
        };
        let hash = secrets::hash(&secret);
        let limits = serde_json::to_string(&request.limits)
            .map_err(|error| StoreError::Row { table: "api_key", what: error.to_string() })?;
        let scopes = request.scopes.to_string();
        let made = self.books.write(|ledger| {
            let key = NewKey {
                name,
                prefix: &prefix,
                hash: &hash,
                sealed: sealed.as_deref(),
                scopes: &scopes,
                limits: &limits,
            };
            let Some(id) = ledger.insert_key(&key, by.at)? else { return Ok(None) };
            let detail = json!({
                "scopes": request.scopes.list(),
                "signing": request.signing,
                "brought": request.value.is_some(),
                "limits": request.limits,
            });
            let deed = Deed::of(Action::KeyCreated).on("key", &id, Some(name)).with(detail);
            ledger.audit(by, &deed)?;
            Ok(Some((id, ledger.next_commit()?)))
        })?;
        let (id, commit) = made.ok_or(KeyError::Known)?;
        self.reload()?;
        let key = self.list().into_iter().find(|key| key.id == id).ok_or(KeyError::Known)?;
        Ok(MadeKey { key: Key::clone(&key), secret, commit })
    }

    /// Revoke a key; `None` when there was none to revoke. Blocks.
    pub fn revoke(&self, id: KeyId, by: &By) -> Result<Option<CommitNo>, KeyError> {
        let held = self.held();
        let name = held.all.iter().find(|key| key.id == id).map(|key| key.name.as_str());
        let commit = self.books.write(|ledger| {
            if !ledger.revoke_key(id, by.at)? {
                return Ok(None);
            }
            ledger.audit(by, &Deed::of(Action::KeyRevoked).on("key", &id, name))?;
            ledger.next_commit().map(Some)
        })?;
        self.reload()?;
        Ok(commit)
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Held {
    fn add(&mut self, key: Arc<Key>) {
        if key.revoked_at.is_none() && key.secret.is_some() {
            self.signing.push(Arc::clone(&key));
        }
        self.by_hash.entry(start_of(&key.hash)).or_default().push(key);
    }
}

/// The part of a hash that finds candidates. A hash of the presented text, not the text: a sender
/// learns nothing from how long the search takes.
fn start_of(hash: &[u8; 32]) -> [u8; 4] {
    [hash[0], hash[1], hash[2], hash[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;

    fn ring(directory: &std::path::Path) -> KeyRing {
        let books = Arc::new(Books::open(directory).unwrap());
        let sealer = Sealer::open_or_create(&directory.join("secrets.key")).unwrap();
        let config = Config::load(&Overrides::default(), &[]).unwrap();
        KeyRing::open(books, sealer, &config).unwrap()
    }

    fn by(at: i64) -> By {
        By::creel(Timestamp(at))
    }

    fn request(signing: bool, value: Option<&str>) -> KeyRequest {
        KeyRequest {
            name: "azure".to_owned(),
            scopes: "ingest,read".parse().unwrap(),
            signing,
            limits: KeyLimits::default(),
            value: value.map(Secret::new),
        }
    }

    #[test]
    fn a_key_is_recognised_until_it_is_revoked_also_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let MadeKey { key, secret, .. } = {
            let ring = ring(directory.path());
            ring.create(&request(false, None), &by(1)).unwrap()
        };
        let ring = ring(directory.path());
        assert!(matches!(ring.recognise(&secret), Recognised::Valid(found) if found.id == key.id));
        assert!(matches!(ring.recognise(&Secret::new("creel_wrong")), Recognised::Unknown));

        assert!(ring.revoke(key.id, &by(2)).unwrap().is_some());
        assert!(matches!(ring.recognise(&secret), Recognised::Revoked(_)));
        assert!(ring.revoke(key.id, &by(3)).unwrap().is_none(), "only once");
    }

    #[test]
    fn a_brought_secret_is_kept_sealed_only_when_it_signs() {
        let directory = tempfile::tempdir().unwrap();
        let ring = ring(directory.path());
        ring.create(&request(true, Some("not-a-real-signing-secret")), &by(1)).unwrap();
        ring.create(&request(false, Some("not-a-real-plain-secret")), &by(1)).unwrap();
        let signing: Vec<_> = ring.signing();
        assert_eq!(signing.len(), 1);
        assert_eq!(signing[0].signing_secret().unwrap().reveal(), "not-a-real-signing-secret");
        assert!(matches!(
            ring.create(&request(false, Some("not-a-real-plain-secret")), &by(1)),
            Err(KeyError::Known)
        ));
        ring.create(&request(false, Some("any existing one")), &by(1)).unwrap();
        for value in ["", " a", "a\n", "a\0b", &"x".repeat(5_000)] {
            let brought = ring.create(&request(false, Some(value)), &by(1));
            assert!(matches!(brought, Err(KeyError::Value)), "{value:?}");
        }
        for name in ["", " ", "a\0b", "a\u{1b}[31mb", &"x".repeat(101)] {
            let named = KeyRequest { name: name.to_owned(), ..request(false, None) };
            assert!(matches!(ring.create(&named, &by(1)), Err(KeyError::Name)), "{name:?}");
        }
    }

    #[test]
    fn scopes_are_read_and_written_alike_and_unknown_ones_are_named() {
        let scopes: Scopes = "admin, ingest".parse().unwrap();
        assert_eq!(scopes.to_string(), "ingest,admin");
        assert!(scopes.has(Scope::Admin) && !scopes.has(Scope::Read));
        assert!("ingst".parse::<Scopes>().unwrap_err().contains("`ingst`"));
    }
}
