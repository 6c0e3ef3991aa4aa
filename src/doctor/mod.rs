//! The doctor: looks at what an operator has to answer for, also where things are broken.
//!
//! Each look ends in [`Finding`]s; a look that fails is one itself. The files are read beside a server
//! that may be running, and left as they are.

mod books;
mod habit;
mod logs;
mod place;
mod surroundings;
mod tokens;

use crate::config::Config;
use crate::model::Timestamp;
use crate::store::sqlite::beside::Look;

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Well,
    /// Worth knowing; nothing is lost by it.
    Note,
    /// A person has to look at it.
    Trouble,
}

impl Mark {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Note => "note",
            Self::Trouble => "trouble",
        }
    }
}

/// What a look has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable word for what was looked at.
    pub check: &'static str,
    pub mark: Mark,
    pub says: String,
    /// What a person can do.
    pub hint: Option<String>,
}

impl Finding {
    #[must_use]
    pub fn well(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, mark: Mark::Well, says: says.into(), hint: None }
    }

    #[must_use]
    pub fn note(check: &'static str, says: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { check, mark: Mark::Note, says: says.into(), hint: Some(hint.into()) }
    }

    #[must_use]
    pub fn trouble(check: &'static str, says: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { check, mark: Mark::Trouble, says: says.into(), hint: Some(hint.into()) }
    }
}

/// What is looked at.
#[derive(Debug)]
pub struct Case<'a> {
    pub config: &'a Config,
    pub now: Timestamp,
    /// How thoroughly the files are looked through.
    pub look: Look,
    /// Whether a server uses the data meanwhile.
    pub is_running: bool,
}

impl Case<'_> {
    /// Look at everything. Blocks, for long where the files are large.
    #[must_use]
    pub fn examine(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let data = &self.config.data;
        findings.extend(place::directory(data));
        if !data.is_dir() {
            return findings;
        }
        let journal = place::journal(data, self.look, &mut findings);
        let books = place::books(data, self.look, &mut findings);
        if let (Some(journal), Some(books)) = (&journal, &books) {
            findings.extend(place::between(journal, books, self.is_running, self.now));
        }
        findings.extend(place::secrets_key(
            &self.config.secrets_key,
            journal.as_ref(),
            books.as_ref(),
        ));
        findings.extend(surroundings::clock(journal.as_ref(), books.as_ref(), self.now));
        findings.extend(surroundings::disk(self.config));
        findings.extend(surroundings::address(self.config, self.is_running));
        findings.extend(surroundings::proxies(self.config));
        findings.extend(surroundings::certificate(self.config, self.now));
        if let Some(books) = books.as_ref().filter(|books| books.is_present()) {
            findings.extend(books::examine(&books.connection, self.config, self.now));
            findings.extend(logs::examine(&books.connection, data, self.look));
        }
        findings
    }
}

/// How long ago, as people say it.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = (now.0 - at.0).max(0) / 60_000;
    match minutes {
        0 => "just now".to_owned(),
        1..120 => format!("{minutes} min ago"),
        120..2_880 => format!("{} hours ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1_440),
    }
}
