//! How tokens fare, for who writes it down.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use super::AskError;
use crate::model::{AccessId, AccessTrouble, Timestamp};
use crate::providers::rest::Refusal;

/// How one token has fared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the provider last answered what was asked.
    pub last_ok_at: Option<Timestamp>,
    /// What it came to after that, if to nothing good.
    pub trouble: Option<AccessTrouble>,
}

#[derive(Debug, Default)]
pub(super) struct Standings {
    kept: Mutex<HashMap<AccessId, Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    standing: Standing,
    /// What the question took that came to nothing last.
    right: &'static str,
    /// Rights for which it was refused while others were granted: some services say of a right that is
    /// missing no more than that the token is wrong.
    lacking: HashSet<&'static str>,
}

impl Standings {
    pub fn note(
        &self,
        id: AccessId,
        right: &'static str,
        outcome: Result<(), &AskError>,
        now: Timestamp,
    ) {
        match outcome {
            Ok(()) => {
                let mut kept = self.kept();
                let one = kept.entry(id).or_default();
                one.lacking.remove(right);
                if one.standing.trouble.take().is_some() && !["", right].contains(&one.right) {
                    one.lacking.insert(one.right);
                }
                one.standing.last_ok_at = Some(now);
            }
            Err(error) if is_about_the_token(error) => {
                let mut kept = self.kept();
                let one = kept.entry(id).or_default();
                if is_refusal(error) && one.lacking.contains(right) {
                    return;
                }
                let (code, reason) = (error.code().to_owned(), error.to_string());
                one.standing.trouble = Some(AccessTrouble { at: now, code, reason });
                one.right = if is_refusal(error) { right } else { "" };
            }
            Err(_) => {}
        }
    }

    pub fn all(&self) -> Vec<(AccessId, Standing)> {
        self.kept().iter().map(|(id, one)| (*id, one.standing.clone())).collect()
    }

    pub fn forget(&self, id: AccessId) {
        self.kept().remove(&id);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<AccessId, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an error says something of the token or the way to the provider, and not only of the one
/// thing that was asked for.
fn is_about_the_token(error: &AskError) -> bool {
    match error {
        AskError::Refused(refusal) => matches!(
            refusal,
            Refusal::Credential(_)
                | Refusal::Forbidden { .. }
                | Refusal::Throttled { .. }
                | Refusal::Unwell { .. }
        ),
        AskError::Unreachable(_) | AskError::Timeout(_) | AskError::NotVouched(_) => true,
        AskError::Later(_) => false,
    }
}

/// Whether the provider does not take the token for what was asked.
fn is_refusal(error: &AskError) -> bool {
    matches!(error, AskError::Refused(Refusal::Credential(_) | Refusal::Forbidden { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_is_missing_is_told_once_and_not_with_every_question() {
        let standings = Standings::default();
        let token = AccessId::Set(1);
        let refused = AskError::Refused(Refusal::Credential("wrong".to_owned()));
        let note = |right, outcome| standings.note(token, right, outcome, Timestamp(1));
        let has_trouble = || standings.all()[0].1.trouble.is_some();

        note("Test (read)", Err(&refused));
        assert!(has_trouble(), "it may be the token");
        note("Build (read)", Ok(()));
        note("Test (read)", Err(&refused));
        assert!(!has_trouble(), "builds may be read: it is the right");
        note("Build (read)", Err(&refused));
        assert!(has_trouble(), "now it is the token");
        note("Test (read)", Ok(()));
        note("Build (read)", Ok(()));
        note("Test (read)", Err(&refused));
        assert!(has_trouble(), "the right was there meanwhile");
    }
}
