//! Passwords at rest: argon2id with the parameters OWASP names first (19 MiB, two passes).

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use crate::secrets::Secret;

/// Letters of a password: a length is the one rule that makes it hard to guess.
pub const LENGTH_MIN: usize = 12;

/// Bytes of a password: each is read for every try.
pub const BYTES_MAX: usize = 1_024;

/// What a sign-in under an unknown name is compared with, so that it takes as long as a real one.
static NOBODYS: LazyLock<Option<String>> =
    LazyLock::new(|| hash(&Secret::new("nobody signs in with this")).ok());

/// Whether a password may be chosen.
#[must_use]
pub fn is_acceptable(password: &Secret) -> bool {
    let text = password.reveal();
    text.chars().count() >= LENGTH_MIN && text.len() <= BYTES_MAX
}

/// Hash a password for keeping. Takes tens of milliseconds. Blocks.
pub fn hash(password: &Secret) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = Argon2::default().hash_password(password.reveal().as_bytes())?;
    Ok(hash.to_string())
}

/// Whether a password is the one that was kept. Takes as long when nothing was. Blocks.
#[must_use]
pub fn is_right(password: &Secret, kept: Option<&str>) -> bool {
    let text = password.reveal().as_bytes();
    if text.len() > BYTES_MAX {
        return false;
    }
    let Some(compared) = kept.or(NOBODYS.as_deref()) else { return false };
    let is_same = Argon2::default().verify_password(text, compared).is_ok();
    is_same && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_a_hash_that_only_it_opens() {
        let password = Secret::new("not-a-real-password");
        let kept = hash(&password).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash(&password).unwrap(), "salted");
        assert!(is_right(&password, Some(&kept)));
        assert!(!is_right(&Secret::new("not-a-real-passwort"), Some(&kept)));
        assert!(!is_right(&password, Some("damaged")));
        assert!(!is_right(&Secret::new("nobody signs in with this"), None));
    }

    #[test]
    fn only_the_length_of_a_password_is_judged() {
        assert!(is_acceptable(&Secret::new("twelve chars")));
        assert!(is_acceptable(&Secret::new("ääääääääääää")));
        assert!(!is_acceptable(&Secret::new("eleven char")));
        assert!(!is_acceptable(&Secret::new("x".repeat(BYTES_MAX + 1))));
    }
}
