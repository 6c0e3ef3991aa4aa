//! What ties each line to all before it.

use sha2::{Digest, Sha256};

/// What stands before the hash and after it, at the end of a line.
const BEFORE: &[u8] = b",\"hash\":\"";
const AFTER: &[u8] = b"\"}";
const HASH_LETTERS: usize = 64;

/// Bytes at the end of a line that are not hashed with it.
const SEAL_BYTES: usize = BEFORE.len() + HASH_LETTERS + AFTER.len();

/// The chain up to a line.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    head: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self { head: "0".repeat(HASH_LETTERS) }
    }
}

impl Chain {
    /// Hash of the last line; zeros before the first.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Seal an object of JSON: its hash becomes its last member.
    pub fn seal(&mut self, line: &mut Vec<u8>) {
        self.head = self.hash(line);
        // In place of the closing brace.
        line.pop();
        line.extend_from_slice(BEFORE);
        line.extend_from_slice(self.head.as_bytes());
        line.extend_from_slice(AFTER);
    }

    /// Take in a sealed line; its object without the hash, if it is the line that comes next.
    pub fn unseal(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let (start, seal) = line.split_at_checked(line.len().checked_sub(SEAL_BYTES)?)?;
        let told = seal.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
        let mut object = start.to_vec();
        object.push(b'}');
        let hash = self.hash(&object);
        if hash.as_bytes() != told {
            return None;
        }
        self.head = hash;
        Some(object)
    }

    fn hash(&self, object: &[u8]) -> String {
        let hasher = Sha256::new().chain_update(self.head.as_bytes()).chain_update(object);
        hex::encode(hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_follows_only_from_the_lines_before_it() {
        let mut chain = Chain::default();
        let mut lines =
            vec![br#"{"a":1}"#.to_vec(), br#"{"b":"}"}"#.to_vec(), b"{\"c\":2}".to_vec()];
        for line in &mut lines {
            chain.seal(line);
        }
        let opened = |lines: &[&Vec<u8>]| -> Vec<Option<Vec<u8>>> {
            let mut chain = Chain::default();
            lines.iter().map(|line| chain.unseal(line)).collect()
        };
        let [one, two, three] = &lines[..] else { panic!() };
        assert_eq!(opened(&[one, two, three])[1].as_deref(), Some(br#"{"b":"}"}"#.as_slice()));
        assert!(opened(&[one, three])[1].is_none(), "one is missing");
        assert!(opened(&[two])[0].is_none(), "the first is missing");
        assert!(opened(&[one, one])[1].is_none(), "one is there twice");
        let mut changed = two.clone();
        changed[2] = b'x';
        assert!(opened(&[one, &changed])[1].is_none());
        assert!(opened(&[&b"{}".to_vec()])[0].is_none(), "too short for a hash");
    }

    /// The same sum as in docs/operate/backup.md, by hand.
    #[test]
    fn the_hash_is_over_the_hash_before_and_the_line() {
        let mut line = br#"{"a":1}"#.to_vec();
        Chain::default().seal(&mut line);
        let sum = hex::encode(Sha256::digest(format!("{}{{\"a\":1}}", "0".repeat(64))));
        assert_eq!(String::from_utf8(line).unwrap(), format!("{{\"a\":1,\"hash\":\"{sum}\"}}"));
    }
}
