//! Chance that repeats itself: the same seed always throws the same.
//!
//! A simulated organisation has to look the same in every run and on every machine, for years, so
//! the generator is ours (`SplitMix64`, thirty lines) and not that of a library that may improve it.

use crate::model::Timestamp;

#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Every part matters, and so does its place.
    #[must_use]
    pub fn seeded(parts: &[u64]) -> Self {
        let mut dice = Self(0x6372_6565_6c00_0001);
        for part in parts {
            dice.0 = dice.throw() ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93);
        }
        dice
    }

    /// Every number of 64 bits, each once in 2^64 throws.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, by multiplication: the bias of 2^-32 does not show here.
    pub fn below(&mut self, bound: u32) -> u32 {
        let high = (self.throw() >> 32) * u64::from(bound);
        u32::try_from(high >> 32).unwrap_or(0)
    }

    /// A number from `low` up to and including `high`.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True this many times in a hundred.
    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let bound = u32::try_from(choices.len()).unwrap_or(u32::MAX);
        &choices[self.below(bound) as usize]
    }

    pub fn guid(&mut self) -> Guid {
        let random = (u128::from(self.throw()) << 64) | u128::from(self.throw());
        Guid::stamped(random)
    }

    /// A GUID that begins with its time, as Buildkite's newer ids do: a later one sorts later.
    pub fn guid_at(&mut self, at: Timestamp) -> Guid {
        let random = (u128::from(self.throw()) << 64) | u128::from(self.throw());
        let millis = u128::from(at.0.unsigned_abs() & 0xffff_ffff_ffff);
        Guid::stamped((random & (u128::MAX >> 48)) | (millis << 80))
    }

    pub fn sha(&mut self) -> Sha {
        Sha([self.throw(), self.throw(), self.throw()])
    }
}

/// Sixteen bytes that are written `8-4-4-4-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub u128);

impl Guid {
    /// Characters of its text.
    pub const LENGTH: usize = 36;

    /// With the marks of version 4.
    fn stamped(random: u128) -> Self {
        let version = (random & !(0xf << 76)) | (0x4 << 76);
        Self((version & !(0x3 << 62)) | (0x2 << 62))
    }

    pub fn write(self, out: &mut Vec<u8>) {
        let digits = self.0.to_be_bytes();
        for (n, byte) in digits.into_iter().enumerate() {
            if matches!(n, 4 | 6 | 8 | 10) {
                out.push(b'-');
            }
            push_hex(out, byte);
        }
    }

    #[must_use]
    pub fn text(self) -> String {
        let mut out = Vec::with_capacity(Self::LENGTH);
        self.write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// A Git commit: forty hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sha([u64; 3]);

impl Sha {
    pub fn write(self, out: &mut Vec<u8>) {
        let bytes = self.0.iter().flat_map(|word| word.to_be_bytes());
        bytes.take(20).for_each(|byte| push_hex(out, byte));
    }
}

fn push_hex(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_and_another_seed_throws_otherwise() {
        let throws = |parts: &[u64]| {
            let mut dice = Dice::seeded(parts);
            [dice.throw(), dice.throw(), dice.throw()]
        };
        assert_eq!(throws(&[1, 2]), throws(&[1, 2]));
        assert_ne!(throws(&[1, 2]), throws(&[2, 1]));
        // Written down once: a change here changes every simulated organisation.
        assert_eq!(Dice::seeded(&[7]).guid().text(), "6835f0cf-6c15-40fa-8c17-1106d6544276");
    }

    #[test]
    fn a_guid_with_a_time_sorts_by_it() {
        let mut dice = Dice::seeded(&[3]);
        let earlier = dice.guid_at(Timestamp(1_770_000_000_000));
        let later = dice.guid_at(Timestamp(1_770_000_000_001));
        assert!(earlier.text() < later.text());
        assert!(uuid::Uuid::parse_str(&later.text()).is_ok_and(|u| u.get_version_num() == 4));
    }
}
