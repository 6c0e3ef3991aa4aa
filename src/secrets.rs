//! Secrets at rest: the key file, sealing, and how a secret may be shown.
//!
//! What must be read again (signing secrets, provider tokens) is sealed with XChaCha20-Poly1305
//! under the key file. What must only be recognised (API keys) is hashed.

use std::fmt;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// A secret text. Printing it prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Each use is a place to look at when something leaks.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("cannot use the secrets key {}: {source}", path.display())]
    KeyFile { path: PathBuf, source: std::io::Error },
    #[error("the secrets key {} holds {found} bytes instead of {KEY_BYTES}", path.display())]
    KeyLength { path: PathBuf, found: usize },
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
    #[error("a sealed secret cannot be opened: was the secrets key replaced?")]
    Sealed,
}

/// Seals and opens secrets with the key of one installation. Cheap to clone: all clones take a new key
/// at once.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<RwLock<Keys>>,
    turn: Arc<Mutex<()>>,
}

struct Keys {
    current: XChaCha20Poly1305,
    /// Those before: they only open, while what they sealed is sealed anew.
    before: Vec<XChaCha20Poly1305>,
    /// `current` is the key that lies beside the one in its place.
    is_rotating: bool,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(***)")
    }
}

impl Sealer {
    /// Read the key file; make it (mode 0600) when there is none.
    pub fn open_or_create(path: &Path) -> Result<Self, SecretsError> {
        match Self::open(path) {
            Err(SecretsError::KeyFile { source, .. }) if source.kind() == ErrorKind::NotFound => {
                create(path)?;
                Self::open(path)
            }
            opened => opened,
        }
    }

    /// Read the key file; and the one that is to take its place, where a rotation was not finished.
    pub fn open(path: &Path) -> Result<Self, SecretsError> {
        let key = read(path)?;
        let keys = match is_rotating(path) {
            true => Keys { current: read(&next_of(path))?, before: vec![key], is_rotating: true },
            false => Keys { current: key, before: Vec::new(), is_rotating: false },
        };
        Ok(Self { keys: Arc::new(RwLock::new(keys)), turn: Arc::default() })
    }

    /// For who rotates: of two at once, one would put a key in place that the other has sealed nothing with.
    pub async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// Seal a secret for one purpose; it opens for no other (`purpose` is authenticated with it).
    pub fn seal(&self, purpose: &str, secret: &Secret) -> Result<Vec<u8>, SecretsError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(SecretsError::Random)?;
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: purpose.as_bytes() };
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let sealed = keys
            .current
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SecretsError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Secret, SecretsError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut ciphers = std::iter::once(&keys.current).chain(&keys.before);
        let opened = ciphers.find_map(|cipher| unseal_with(cipher, purpose, sealed));
        opened.ok_or(SecretsError::Sealed)
    }

    /// The same secret under the current key; `None` when it is sealed so already.
    pub fn reseal(&self, purpose: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, SecretsError> {
        let is_current = {
            let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            unseal_with(&keys.current, purpose, sealed).is_some()
        };
        if is_current {
            return Ok(None);
        }
        self.seal(purpose, &self.unseal(purpose, sealed)?).map(Some)
    }

    /// Seal with a new key from now on, which lies beside the old one until [`Sealer::finish_rotation`].
    /// One that was begun before is gone on with.
    pub fn begin_rotation(&self, path: &Path) -> Result<(), SecretsError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if is_rotating(path) && keys.is_rotating {
            return Ok(());
        }
        if !is_rotating(path) {
            // Whole or not at all: half a key would open nothing.
            let partial = beside(path, ".partial");
            let failed = |source| SecretsError::KeyFile { path: partial.clone(), source };
            match std::fs::remove_file(&partial) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => create(&partial)?,
            }
            std::fs::rename(&partial, next_of(path)).map_err(failed)?;
            sync_directory(path)?;
        }
        let next = read(&next_of(path))?;
        let before = std::mem::replace(&mut keys.current, next);
        keys.before.push(before);
        keys.is_rotating = true;
        Ok(())
    }

    /// Put the new key in the place of the old, which is kept beside it for backups from before.
    /// Everything must be sealed anew. Tells where the old one is.
    pub fn finish_rotation(&self, path: &Path) -> Result<PathBuf, SecretsError> {
        let failed = |source| SecretsError::KeyFile { path: path.to_owned(), source };
        let old = keep_old(path)?;
        std::fs::rename(next_of(path), path).map_err(failed)?;
        self.keys.write().unwrap_or_else(PoisonError::into_inner).is_rotating = false;
        sync_directory(path)?;
        Ok(old)
    }
}

/// Keep a copy of a key: `.old`, or with a number where older ones are kept already.
fn keep_old(path: &Path) -> Result<PathBuf, SecretsError> {
    let failed = |source| SecretsError::KeyFile { path: path.to_owned(), source };
    let key = std::fs::read(path).map_err(failed)?;
    let mut number = 1;
    loop {
        let old = match number {
            1 => beside(path, ".old"),
            number => beside(path, &format!(".old-{number}")),
        };
        // Kept before this was cut short.
        if std::fs::read(&old).is_ok_and(|kept| kept == key) {
            return Ok(old);
        }
        match write_key(&old, &key) {
            Err(SecretsError::KeyFile { source, .. })
                if source.kind() == ErrorKind::AlreadyExists =>
            {
                number += 1;
            }
            written => return written.map(|()| old),
        }
    }
}

fn unseal_with(cipher: &XChaCha20Poly1305, purpose: &str, sealed: &[u8]) -> Option<Secret> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
    let plain = cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
    String::from_utf8(plain).ok().map(Secret::new)
}

/// Whether a key lies beside this one that is to take its place.
#[must_use]
pub fn is_rotating(path: &Path) -> bool {
    next_of(path).exists()
}

fn next_of(path: &Path) -> PathBuf {
    beside(path, ".next")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn read(path: &Path) -> Result<XChaCha20Poly1305, SecretsError> {
    let bytes = std::fs::read(path)
        .map_err(|source| SecretsError::KeyFile { path: path.to_owned(), source })?;
    let wrong = || SecretsError::KeyLength { path: path.to_owned(), found: bytes.len() };
    if bytes.len() != KEY_BYTES {
        return Err(wrong());
    }
    warn_of_readers(path);
    let key = Key::try_from(bytes.as_slice()).map_err(|_| wrong())?;
    Ok(XChaCha20Poly1305::new(&key))
}

fn sync_directory(path: &Path) -> Result<(), SecretsError> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    std::fs::File::open(directory.unwrap_or(Path::new(".")))
        .and_then(|directory| directory.sync_all())
        .map_err(|source| SecretsError::KeyFile { path: path.to_owned(), source })
}

fn warn_of_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().map(|file| file.permissions().mode() & 0o777);
    if let Ok(mode) = mode
        && mode & 0o077 != 0
    {
        tracing::warn!(
            "The secrets key {} can be read by others (mode {mode:03o}); chmod 600 mends it",
            path.display()
        );
    }
}

fn create(path: &Path) -> Result<(), SecretsError> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(SecretsError::Random)?;
    write_key(path, &key)
}

/// Write a key to a file of its own, on disk when this returns.
fn write_key(path: &Path, key: &[u8]) -> Result<(), SecretsError> {
    let failed = |source| SecretsError::KeyFile { path: path.to_owned(), source };
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(key).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// SHA-256 of a secret: enough to recognise it, since our keys are random.
#[must_use]
pub fn hash(secret: &Secret) -> [u8; 32] {
    Sha256::digest(secret.reveal().as_bytes()).into()
}

/// A short, harmless name for a secret: tells two apart, reveals neither.
#[must_use]
pub fn fingerprint(secret: &Secret) -> String {
    hex::encode(&Sha256::digest(format!("fingerprint:{}", secret.reveal()).as_bytes())[..6])
}

/// A new random key: `creel_` and 43 letters of `[A-Za-z0-9_-]`, 256 bits.
pub fn new_key() -> Result<Secret, SecretsError> {
    Ok(Secret(format!("creel_{}", new_token()?.reveal())))
}

/// A new random token for a cookie or a link: 43 letters of `[A-Za-z0-9_-]`, 256 bits.
pub fn new_token() -> Result<Secret, SecretsError> {
    use base64::Engine;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(SecretsError::Random)?;
    Ok(Secret(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_purpose_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.key");
        let sealer = Sealer::open_or_create(&path).unwrap();
        let secret = Secret::new("not-a-real-secret");
        let sealed = sealer.seal("signing", &secret).unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"real"));

        let again = Sealer::open_or_create(&path).unwrap();
        assert_eq!(again.unseal("signing", &sealed).unwrap(), secret);
        assert!(again.unseal("token", &sealed).is_err());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn another_installations_key_opens_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let one = Sealer::open_or_create(&directory.path().join("one")).unwrap();
        let two = Sealer::open_or_create(&directory.path().join("two")).unwrap();
        let sealed = one.seal("signing", &Secret::new("x")).unwrap();
        assert!(matches!(two.unseal("signing", &sealed), Err(SecretsError::Sealed)));
    }

    #[test]
    fn a_new_key_takes_the_place_of_the_old_in_steps_that_can_be_cut_between() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.key");
        let sealer = Sealer::open_or_create(&path).unwrap();
        let clone = sealer.clone();
        let secret = Secret::new("not-a-real-secret");
        let before = sealer.seal("token", &secret).unwrap();
        assert_eq!(sealer.reseal("token", &before).unwrap(), None);

        sealer.begin_rotation(&path).unwrap();
        let anew = clone.reseal("token", &before).unwrap().expect("another key");
        assert_eq!(clone.reseal("token", &anew).unwrap(), None);
        // The process ends here, and another begins.
        let again = Sealer::open(&path).unwrap();
        for sealed in [&before, &anew] {
            assert_eq!(again.unseal("token", sealed).unwrap(), secret);
        }
        again.begin_rotation(&path).unwrap();
        assert_eq!(again.reseal("token", &anew).unwrap(), None, "it goes on with the same key");
        let old = again.finish_rotation(&path).unwrap();
        assert!(!is_rotating(&path));

        let fresh = Sealer::open(&path).unwrap();
        assert_eq!(fresh.unseal("token", &anew).unwrap(), secret);
        assert!(fresh.unseal("token", &before).is_err());
        assert_eq!(Sealer::open(&old).unwrap().unseal("token", &before).unwrap(), secret);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&old)), (0o600, 0o600));

        // The same process may do it once more, also where the key it makes cannot be read at first.
        let third = beside(&path, ".next");
        std::fs::write(&third, "half a key").unwrap();
        assert!(again.begin_rotation(&path).is_err());
        std::fs::remove_file(&third).unwrap();
        again.begin_rotation(&path).unwrap();
        let newest = again.reseal("token", &anew).unwrap().expect("a third key");
        again.finish_rotation(&path).unwrap();
        assert_eq!(Sealer::open(&path).unwrap().unseal("token", &newest).unwrap(), secret);
    }

    #[test]
    fn a_secret_prints_as_stars_and_a_new_key_uses_safe_letters() {
        let key = new_key().unwrap();
        assert_eq!(format!("{key:?}"), "***");
        assert!(key.reveal().chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        assert_ne!(key, new_key().unwrap());
    }
}
