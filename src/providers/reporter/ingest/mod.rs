//! `/ingest/*`: what clients of `BuildButler` send (docs/ingest.md). Bodies are read member by
//! member, since no client holds to one form; only what identifies nothing is refused.

mod agents;
mod builds;
mod logs;
mod security;
mod stages;
mod suites;
mod whose;
pub(super) mod words;

use crate::model::{
    BuildFact, Ci, Details, Event, EventKind, FilingKind, Provider, Reading, Route, SecurityReport,
    SourceRef, Subject, TestTotals, ToldAgent, Unreadable,
};
use crate::providers::HookRequest;

use super::{missing, place};
use crate::providers::members::Members;
pub use builds::Build;
pub use logs::Part;
pub use suites::{Suite, slot};
use whose::Whose;
pub use words::Standing;

/// Of which build something is told.
#[derive(Debug, Clone, PartialEq)]
enum Told {
    Whole(Box<Whose>),
    /// By a name alone.
    Named(String),
}

impl Told {
    /// By the id of the build, else by the build's own words.
    fn of(members: &Members<'_>) -> Result<Self, Unreadable> {
        if let Some(id) = whose::client_id(members, "buildId")? {
            return Ok(Self::Named(id));
        }
        let is_told =
            ["externalRunId", "buildNumber"].iter().any(|name| members.text(name).is_some());
        if !is_told {
            let reason = "`buildId` is missing: nobody can tell which build this is of";
            return Err(missing("buildId", reason));
        }
        Ok(Self::Whole(Box::new(Whose::of(members, "buildId")?)))
    }

    fn reading(self) -> Reading {
        match self {
            Self::Named(name) => reading(nobody(), Some(Subject::Named { name })),
            // Nobody else may ever tell of it: it is under way, as far as is known.
            Self::Whole(whose) => Reading {
                build: Some(BuildFact { by_jobs: false, ..place::fact(&whose.ci) }),
                names: whose.names,
                ..reading(whose.source, Some(Subject::Build { keys: whose.keys }))
            },
        }
    }
}

/// What the sender of a request is told about it.
#[derive(Debug, Default)]
pub struct Seen {
    /// The build it belongs to: its address, or the name that its client gave it.
    pub build: Option<String>,
    /// The name is all that is told of it.
    pub is_named: bool,
    /// The place that is told of a build which is not the message itself.
    place: Option<Ci>,
    /// What is told of the build itself.
    pub told: Option<Build>,
    /// How many tests, stages or agents it holds.
    pub tests: Option<TestTotals>,
    pub items: Option<usize>,
}

impl Seen {
    fn is_of(&mut self, told: Told) {
        match told {
            Told::Named(name) => (self.build, self.is_named) = (Some(name), true),
            Told::Whole(whose) => {
                (self.build, self.place) = (Some(whose.address()), Some(whose.ci));
            }
        }
    }

    /// The place that the body tells of, where it tells one.
    #[must_use]
    pub fn ci(&self) -> Option<&Ci> {
        self.told.as_ref().map(|build| &build.whose.ci).or(self.place.as_ref())
    }
}

/// Look at a request for its sender: which build it is of, and whether it holds what its address is for.
pub fn see(request: &HookRequest<'_>) -> Result<Seen, Unreadable> {
    let members = &Members::of_body(request.body)?;
    let mut seen = Seen::default();
    match request.route {
        Route::IngestStages => {
            seen.is_of(Told::of(members)?);
            seen.items = Some(stages::read(members)?.len());
        }
        Route::IngestTests => {
            seen.is_of(Told::of(members)?);
            seen.tests = Some(Suite::of(members).totals());
        }
        Route::IngestSecurity => seen.is_of(Told::of(members)?),
        Route::IngestAgents => {
            whose::source(members).ok_or_else(no_instance)?;
            seen.items = Some(agents::read(members).len());
        }
        Route::IngestLogs => {
            logs::is_told(members)?;
            seen.is_of(match log_of(members)? {
                Ok(build) => Told::Whole(Box::new(build.whose)),
                Err(name) => Told::Named(name),
            });
        }
        _ => {
            let build = Build::of(members, "id")?;
            seen.build = Some(build.whose.address());
            seen.told = Some(build);
        }
    }
    Ok(seen)
}

/// Read a stored request.
pub fn decode(request: &HookRequest<'_>) -> Result<Reading, Unreadable> {
    let members = Members::of_body(request.body)?;
    Ok(match request.route {
        Route::IngestStages => {
            Reading { steps: stages::read(&members)?, ..Told::of(&members)?.reading() }
        }
        Route::IngestTests => {
            Reading { filing: Some(FilingKind::Tests), ..Told::of(&members)?.reading() }
        }
        Route::IngestAgents => {
            let source = whose::source(&members).ok_or_else(no_instance)?;
            Reading { filing: Some(FilingKind::Agents), ..reading(source, None) }
        }
        Route::IngestLogs => {
            let (text, of) = (logs::text(&members)?, log_of(&members)?);
            let build = of.as_ref().ok();
            let parts = logs::parts(&text, &logs::whole(build));
            Reading {
                filing: Some(FilingKind::Log),
                steps: logs::steps(build, &parts),
                ..match &of {
                    Ok(build) => told(build),
                    Err(name) => reading(nobody(), Some(Subject::Named { name: name.clone() })),
                }
            }
        }
        Route::IngestSecurity => {
            Reading { filing: Some(FilingKind::Security), ..Told::of(&members)?.reading() }
        }
        _ => {
            let build = Build::of(&members, "id")?;
            Reading { steps: build.job().into_iter().collect(), ..told(&build) }
        }
    })
}

/// What a body says of the build itself.
fn told(build: &Build) -> Reading {
    let keys = build.whose.keys.clone();
    let read = reading(build.whose.source.clone(), Some(Subject::Build { keys }));
    Reading {
        event: Event {
            kind: match build.standing {
                Standing::Queued => EventKind::BuildQueued,
                Standing::Running => EventKind::BuildStarted,
                Standing::Ended(_) => EventKind::BuildFinished,
            },
            at: build.at(),
            ..read.event
        },
        build: Some(build.fact()),
        names: build.whose.names.clone(),
        ..read
    }
}

/// The build of a log: its body has enough to make it, else the name has to do.
fn log_of(members: &Members<'_>) -> Result<Result<Build, String>, Unreadable> {
    let has_number = members.text("jobName").is_some() && members.text("buildNumber").is_some();
    let has_run = members.text("externalRunId").is_some();
    match whose::client_id(members, "buildId")? {
        Some(id) if !(has_number || has_run) => Ok(Err(id)),
        _ => Build::of(members, "buildId").map(Ok),
    }
}

/// The suite of a stored request, for whoever files it.
pub fn suite<T>(
    request: &HookRequest<'_>,
    work: impl FnOnce(&Suite<'_>) -> T,
) -> Result<T, Unreadable> {
    Ok(work(&Suite::of(&Members::of_body(request.body)?)))
}

/// The log of a stored request, part by part: what one job wrote, and of which it is.
pub fn log<T>(
    request: &HookRequest<'_>,
    work: impl FnOnce(&[Part<'_>], bool) -> T,
) -> Result<T, Unreadable> {
    let members = Members::of_body(request.body)?;
    let text = logs::text(&members)?;
    let build = log_of(&members)?.ok();
    let is_over = build.as_ref().is_none_or(|build| build.standing.result().is_some());
    Ok(work(&logs::parts(&text, &logs::whole(build.as_ref())), is_over))
}

/// The agents of a stored request.
pub fn agents(request: &HookRequest<'_>) -> Result<Vec<ToldAgent>, Unreadable> {
    Ok(agents::read(&Members::of_body(request.body)?))
}

/// What a report of a scanner says of itself.
pub fn security(request: &HookRequest<'_>) -> Result<SecurityReport, Unreadable> {
    Ok(security::read(&Members::of_body(request.body)?, request.body))
}

fn no_instance() -> Unreadable {
    missing(
        "jenkinsInstanceId",
        "`jenkinsInstanceId` is missing: nobody can tell whose agents these are",
    )
}

/// Of a build that is told by its name, it is not told whose it is.
fn nobody() -> SourceRef {
    SourceRef { provider: Provider::Reporter, keys: Vec::new(), name: None, base_url: None }
}

fn reading(source: SourceRef, subject: Option<Subject>) -> Reading {
    Reading {
        event: Event {
            kind: EventKind::Other,
            provider_event_id: None,
            at: None,
            source,
            subject,
            details: Details::All,
        },
        build: None,
        steps: Vec::new(),
        subjects: Vec::new(),
        changes: Vec::new(),
        names: Vec::new(),
        filing: None,
    }
}
