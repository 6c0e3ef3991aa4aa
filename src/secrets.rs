//! Secrets at rest: the key file, sealing, and how a secret may be shown.
//!
//! What must be read again (signing secrets, provider tokens) is sealed with XChaCha20-Poly1305
//! under the key file. What must only be recognised (API keys) is hashed.

use std::fmt;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

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

/// Seals and opens secrets with the key of one installation.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
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

    /// Read the key file.
    pub fn open(path: &Path) -> Result<Self, SecretsError> {
        let bytes = std::fs::read(path)
            .map_err(|source| SecretsError::KeyFile { path: path.to_owned(), source })?;
        if bytes.len() != KEY_BYTES {
            return Err(SecretsError::KeyLength { path: path.to_owned(), found: bytes.len() });
        }
        warn_of_readers(path);
        let key = Key::try_from(bytes.as_slice())
            .map_err(|_| SecretsError::KeyLength { path: path.to_owned(), found: bytes.len() })?;
        Ok(Self { cipher: XChaCha20Poly1305::new(&key) })
    }

    /// Seal a secret for one purpose; it opens for no other (`purpose` is authenticated with it).
    pub fn seal(&self, purpose: &str, secret: &Secret) -> Result<Vec<u8>, SecretsError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(SecretsError::Random)?;
        let payload = Payload { msg: secret.reveal().as_bytes(), aad: purpose.as_bytes() };
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SecretsError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Secret, SecretsError> {
        let (nonce, sealed) =
            sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SecretsError::Sealed)?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        let plain = self
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SecretsError::Sealed)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| SecretsError::Sealed)
    }
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
    let failed = |source| SecretsError::KeyFile { path: path.to_owned(), source };
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(SecretsError::Random)?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    file.write_all(&key).map_err(failed)?;
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
    fn a_secret_prints_as_stars_and_a_new_key_uses_safe_letters() {
        let key = new_key().unwrap();
        assert_eq!(format!("{key:?}"), "***");
        assert!(key.reveal().chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
        assert_ne!(key, new_key().unwrap());
    }
}
