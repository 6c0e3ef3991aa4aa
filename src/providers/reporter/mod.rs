//! Reporters: what runs in somebody's CI and tells of it by itself. `creel report` and `curl` send
//! files of test reports with a part `ci` ([`place`]); collectors of test results send the shape of
//! Buildkite's Test Engine ([`collector`]); clients of `BuildButler` send its ([`ingest`]).
//!
//! Their requests have no delivery identity, since they are idempotent in the record: the same set
//! of results again takes its own place.

mod collector;
mod form;
pub mod ingest;
pub mod place;

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::{
    Answer, Ci, Details, Event, EventKind, FilingKind, Identity, Provider, Reading, Route, Subject,
    TestTotals, Unreadable,
};
use crate::providers::{HookRequest, Peek};
use crate::reports::{self, Summary};

pub use form::File;

/// Grows with every change that reads an old body differently.
pub const VERSION: i64 = 1;

/// Files of test reports, and where they come from.
#[derive(Debug)]
pub struct Parcel {
    pub ci: Ci,
    pub files: Vec<File>,
    pub is_collected: bool,
}

/// Read the parcel of a stored request.
pub fn parcel(request: &HookRequest<'_>) -> Result<Parcel, Unreadable> {
    match request.route {
        Route::Uploads => collector::parcel(request),
        _ => reports(request),
    }
}

/// Names of parts that are files.
const FILES: &[&str] = &["file", "files", "data"];

/// `POST /api/v1/reports`, and the early `POST /api/v1/results`, which names no build: each of its
/// uploads is one.
fn reports(request: &HookRequest<'_>) -> Result<Parcel, Unreadable> {
    let form = form::read(request)?;
    let ci = match form.text("ci") {
        Some(text) => crate::providers::parse(text).map_err(|error| Unreadable {
            path: format!("ci.{}", error.path.trim_start_matches('.')),
            ..error
        })?,
        None if is_early(request) => {
            let files = form.files(FILES);
            return Ok(upload(files));
        }
        None => return Err(missing("ci", "nothing says which build this is")),
    };
    Ok(Parcel { ci, files: form.files(FILES), is_collected: false })
}

fn is_early(request: &HookRequest<'_>) -> bool {
    request.header(":target").is_some_and(|target| target.starts_with("/api/v1/results"))
}

/// A build of nothing but the files that came.
fn upload(files: Vec<File>) -> Parcel {
    let mut parcel = Parcel { ci: Ci::default(), files, is_collected: false };
    parcel.ci = Ci {
        provider: Some("reporter".to_owned()),
        source: Some("uploads".to_owned()),
        pipeline: Some("uploads".to_owned()),
        build: Some(hex::encode(&parcel.digest()[..16])),
        ..Ci::default()
    };
    parcel
}

impl Parcel {
    /// Of what is in its files: the same again may be another form.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for file in &self.files {
            digest.update(Sha256::digest(&file.bytes));
        }
        digest.finalize().into()
    }
}

/// What a look at a request finds.
#[derive(Debug)]
pub enum Found {
    Report(Box<Report>),
    Ingest(Box<ingest::Seen>),
}

/// Files of test reports, counted.
#[derive(Debug)]
pub struct Report {
    pub ci: Ci,
    /// By their names.
    pub files: Vec<(String, Summary)>,
}

/// Under which of its headers an entry keeps how many tests it holds, so that they are not counted again.
const COUNTED: &str = ":tests";

/// Look at a request before it is stored: where it belongs, and what it holds.
pub fn look(request: &HookRequest<'_>) -> Result<Found, Unreadable> {
    if !matches!(request.route, Route::Reports | Route::Uploads) {
        return Ok(Found::Ingest(Box::new(ingest::see(request)?)));
    }
    let Parcel { ci, files, .. } = parcel(request)?;
    place::keys(&ci)?;
    let files = files.into_iter().map(|file| (file.name, counted(&file.bytes))).collect();
    Ok(Found::Report(Box::new(Report { ci, files })))
}

fn counted(file: &[u8]) -> Summary {
    reports::read(file, &mut |_| ControlFlow::Continue(()))
}

impl Found {
    /// The projects that a report of a build of Azure DevOps names. `None` of all others, and of what
    /// names a build by nothing but an id that its client made.
    #[must_use]
    pub fn projects(&self) -> Option<Vec<String>> {
        let ci = match self {
            Self::Report(report) => &report.ci,
            Self::Ingest(seen) => seen.ci()?,
        };
        let is_azure = place::provider(ci) == Provider::AzureDevops;
        is_azure.then(|| ci.project.iter().chain(&ci.project_id).cloned().collect())
    }

    /// The header that is kept with the entry.
    #[must_use]
    pub fn note(&self) -> Option<(String, String)> {
        let Self::Report(report) = self else { return None };
        let totals = serde_json::to_string(&report.totals()).ok()?;
        Some((COUNTED.to_owned(), totals))
    }
}

impl Report {
    /// Of all files together.
    #[must_use]
    pub fn totals(&self) -> TestTotals {
        self.files.iter().map(|(_, read)| read.totals).sum()
    }
}

/// Which answer, and which identity: none that a second delivery could have.
#[must_use]
pub fn peek(route: Route, unreadable: Option<&Unreadable>) -> Peek {
    let id = Uuid::now_v7();
    let (answer, reason) = match unreadable {
        None => (Answer::Stored, None),
        Some(error) => (Answer::Parked, Some(error.to_string())),
    };
    let event_type = match route {
        Route::Uploads => "upload",
        Route::Reports => "report",
        route => route.as_str(),
    };
    Peek {
        provider: Provider::Reporter,
        answer,
        reason,
        event_type: Some(event_type.to_owned()),
        identity: Identity {
            scope: "reporter".to_owned(),
            // Ids of this kind begin with their time.
            ordinal: i64::try_from(id.as_u128() >> 80).unwrap_or(0),
            digest: *id.as_bytes(),
        },
        publisher: None,
    }
}

/// Read a stored request.
pub fn decode(request: &HookRequest<'_>) -> Result<Reading, Unreadable> {
    if !matches!(request.route, Route::Reports | Route::Uploads) {
        return ingest::decode(request);
    }
    let Parcel { ci, files, .. } = parcel(request)?;
    let keys = place::keys(&ci)?;
    let totals = || {
        let kept = request.header(COUNTED).and_then(|totals| serde_json::from_str(totals).ok());
        kept.unwrap_or_else(|| files.iter().map(|file| counted(&file.bytes).totals).sum())
    };
    let source = place::source(&ci);
    let build = place::fact(&ci);
    let kind = match &build.completion {
        Some(_) => EventKind::BuildFinished,
        None => EventKind::Other,
    };
    Ok(Reading {
        event: Event {
            kind,
            provider_event_id: None,
            at: ci.finished_at,
            subject: Some(Subject::Build { keys }),
            source,
            details: Details::All,
        },
        steps: place::job(&ci, totals).into_iter().collect(),
        build: Some(build),
        subjects: Vec::new(),
        changes: Vec::new(),
        names: place::address(&ci).into_iter().collect(),
        filing: Some(FilingKind::Tests),
    })
}

fn missing(path: &str, reason: &str) -> Unreadable {
    Unreadable { reason: reason.to_owned(), path: path.to_owned() }
}
