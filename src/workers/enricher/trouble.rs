//! What to do about a question that was not answered.

use std::time::Duration;

use crate::fetch::AskError;
use crate::model::{AspectState, Unreadable};
use crate::providers::rest::Refusal;
use crate::store::StoreError;

/// First pause after a question that was not answered; it doubles with every further one.
const PAUSE: Duration = Duration::from_secs(15);

/// Longest pause.
const PAUSE_MAX: Duration = Duration::from_hours(1);

/// Tries before a passing trouble counts as one that stays: with the pauses, most of a day.
const TRIES_MAX: u32 = 14;

/// Tries where the answer itself says no: a log may not be there yet, and a sign-in page may come
/// out of a provider's bad minute.
const REFUSED_TRIES_MAX: u32 = 4;

/// Tries of what brings a bug to light.
const BUG_TRIES_MAX: u32 = 3;

/// Why an errand did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Asked(#[from] AskError),
    /// It cannot be asked at all.
    #[error("{reason}")]
    Impossible { code: &'static str, reason: String },
    /// Ours.
    #[error("reading what the provider answered failed (a bug: please report it)")]
    Bug,
    /// The log cannot be written here.
    #[error("the log cannot be kept: {0}")]
    Disk(String),
}

impl From<Unreadable> for Trouble {
    fn from(unreadable: Unreadable) -> Self {
        Self::Asked(AskError::Refused(Refusal::Unreadable(unreadable)))
    }
}

/// What follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing was asked: the token has to rest. Does not count as a try.
    Rest(Duration),
    /// Once more after a pause.
    Again { after: Duration, code: String, reason: String },
    /// That is that.
    GivenUp { state: AspectState, code: String, reason: String },
}

impl Trouble {
    /// What follows after so many tries, this one counted. `dice` is a number of the errand's own, so
    /// that many that fail together do not come again together.
    pub fn next(&self, tries: u32, dice: u64) -> Next {
        let (code, reason) = (self.code().to_owned(), self.to_string());
        let (tries_max, wait, last) = match self {
            Self::Asked(AskError::Later(wait)) => return Next::Rest(*wait),
            Self::Impossible { .. } => (0, None, AspectState::Unavailable),
            Self::Bug => (BUG_TRIES_MAX, None, AspectState::Failed),
            Self::Store(_) | Self::Disk(_) => (TRIES_MAX, None, AspectState::Failed),
            Self::Asked(AskError::NotVouched(_)) => (0, None, AspectState::Unavailable),
            Self::Asked(AskError::Unreachable(_) | AskError::Timeout(_)) => {
                (TRIES_MAX, None, AspectState::Failed)
            }
            Self::Asked(AskError::Refused(refusal)) => match refusal {
                Refusal::Throttled { wait } | Refusal::Unwell { wait, .. } => {
                    (TRIES_MAX, *wait, AspectState::Failed)
                }
                // It may have been cut off on its way.
                Refusal::Unreadable(_) => (TRIES_MAX, None, AspectState::Failed),
                Refusal::Credential(_) | Refusal::Forbidden { .. } | Refusal::Missing { .. } => {
                    (REFUSED_TRIES_MAX, None, AspectState::Unavailable)
                }
                Refusal::Gone | Refusal::TooLarge { .. } | Refusal::Rejected { .. } => {
                    (0, None, AspectState::Unavailable)
                }
            },
        };
        if tries >= tries_max {
            return Next::GivenUp { state: last, code, reason };
        }
        let after = pause(tries, dice).max(wait.unwrap_or_default().min(PAUSE_MAX));
        Next::Again { after, code, reason }
    }

    /// A stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Asked(error) => error.code(),
            Self::Impossible { code, .. } => code,
            Self::Bug => "bug",
            Self::Disk(_) => "disk",
        }
    }
}

/// The pause after so many tries, an eighth shorter or longer.
fn pause(tries: u32, dice: u64) -> Duration {
    let whole = PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(PAUSE_MAX);
    let eighth = whole / 8;
    let mixed = dice.wrapping_add(u64::from(tries)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    let share = u32::try_from(mixed % 256).unwrap_or(0);
    whole.saturating_sub(eighth) + eighth * 2 * share / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(refusal: Refusal) -> Trouble {
        Trouble::Asked(AskError::Refused(refusal))
    }

    #[test]
    fn a_passing_trouble_is_tried_again_ever_more_rarely_and_given_up_in_the_end() {
        let trouble = refused(Refusal::Unwell { status: 503, wait: None });
        let mut before = Duration::ZERO;
        for tries in 1..TRIES_MAX {
            let Next::Again { after, code, .. } = trouble.next(tries, 7) else {
                panic!("given up after {tries}")
            };
            assert!(after >= before.mul_f64(0.77) && after <= PAUSE_MAX.mul_f64(1.13), "{after:?}");
            assert_eq!(code, "provider_unwell");
            before = after;
        }
        assert!(matches!(
            trouble.next(TRIES_MAX, 7),
            Next::GivenUp { state: AspectState::Failed, .. }
        ));
    }

    #[test]
    fn what_the_provider_asks_to_wait_is_waited() {
        let wait = Some(Duration::from_secs(500));
        let Next::Again { after, .. } = refused(Refusal::Throttled { wait }).next(1, 1) else {
            panic!("given up")
        };
        assert_eq!(after, Duration::from_secs(500));
    }

    #[test]
    fn a_resting_token_is_no_failed_try() {
        let later = Trouble::Asked(AskError::Later(Duration::from_secs(9)));
        assert_eq!(later.next(1, 1), Next::Rest(Duration::from_secs(9)));
    }

    #[test]
    fn many_that_fail_together_do_not_come_again_together() {
        let pauses: std::collections::HashSet<_> = (0..50).map(|dice| pause(3, dice)).collect();
        assert!(pauses.len() > 20, "{pauses:?}");
    }

    #[test]
    fn what_is_gone_is_not_asked_for_again() {
        assert!(matches!(
            refused(Refusal::Gone).next(1, 1),
            Next::GivenUp { state: AspectState::Unavailable, .. }
        ));
    }

    #[test]
    fn an_answer_that_breaks_off_is_asked_for_again_for_most_of_a_day() {
        let (reason, path) = ("it ends in the middle".to_owned(), ".".to_owned());
        let broken = refused(Refusal::Unreadable(Unreadable { reason, path }));
        assert!(matches!(broken.next(TRIES_MAX - 1, 1), Next::Again { .. }));
        assert!(matches!(broken.next(TRIES_MAX, 1), Next::GivenUp { .. }));
    }
}
