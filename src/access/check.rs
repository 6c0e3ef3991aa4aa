//! Looking at a token: whose it is, and what it can read, tried question by question.

use std::sync::Arc;

use super::{NoAccess, Vault};
use crate::fetch::{Access, AskError, Messenger};
use crate::model::{AccessId, AccessTrouble, Provider, Purpose, TokenInfo};
use crate::providers::rest::{Answer, Call, Refusal};
use crate::providers::{azure_devops, buildkite};
use crate::store::StoreError;

/// What a look has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    pub info: TokenInfo,
    /// What was tried, in its order.
    pub tried: Vec<Tried>,
    /// Rights that it lacks, as the provider's pages call them.
    pub missing: Vec<String>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// `the builds`.
    pub what: &'static str,
    /// The right it takes, as the provider's pages call it; empty: any token will do.
    pub right: &'static str,
    pub state: TriedState,
    /// What came of it, if it is not well.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriedState {
    Well,
    /// The token may not.
    Lacking,
    /// It could not be tried, or something else came between.
    Unknown,
}

/// Why there is no such look.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Asked(#[from] AskError),
    #[error(transparent)]
    NoAccess(#[from] NoAccess),
}

impl From<StoreError> for CheckError {
    fn from(error: StoreError) -> Self {
        Self::NoAccess(error.into())
    }
}

impl Vault {
    /// Look at a token and write down what it shows; `None` when there is none. An error of the
    /// provider's is written down as well.
    pub async fn check(self: &Arc<Self>, id: AccessId) -> Result<Option<Checkup>, CheckError> {
        let opened = self
            .blocking(move |vault| {
                let purpose = vault.one(id)?.map_or(Purpose::Read, |row| row.purpose);
                let project = vault.known_project(id)?;
                let opened = vault.opened_by_id(id)?;
                Ok::<_, CheckError>(opened.map(|access| (access, purpose, project)))
            })
            .await?;
        let Some((access, purpose, project)) = opened else { return Ok(None) };
        let outcome = look(self.messenger()?, &access, purpose, project).await;
        if matches!(outcome, Err(AskError::Later(_))) {
            // Nothing was asked.
            return Ok(outcome.map(Some)?);
        }
        self.blocking(move |vault| {
            vault.note(id, &outcome)?;
            Ok(Some(outcome?))
        })
        .await
    }

    /// Write down what came of a look.
    fn note(&self, id: AccessId, outcome: &Result<Checkup, AskError>) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.books.write(|ledger| {
            match outcome {
                Ok(checkup) => {
                    ledger.access_checked(id, &checkup.info, &checkup.missing, now)?;
                    ledger.access_fared(id, Some(now), None)?;
                }
                Err(error) => {
                    let (code, reason) = (error.code().to_owned(), error.to_string());
                    let trouble = AccessTrouble { at: now, code, reason };
                    ledger.access_fared(id, None, Some(&trouble))?;
                }
            }
            // Sources show it.
            ledger.next_commit().map(drop)
        })
    }

    /// Run what blocks away from the threads that answer others.
    async fn blocking<T: Send + 'static, E: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let vault = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&vault)).await {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

async fn look(
    messenger: &Messenger,
    access: &Access,
    purpose: Purpose,
    project: Option<String>,
) -> Result<Checkup, AskError> {
    match access.vouched.provider() {
        Provider::Buildkite => look_at_buildkite(messenger, access, purpose).await,
        _ => look_at_azure(messenger, access, purpose, project).await,
    }
}

/// Buildkite tells the scopes itself.
async fn look_at_buildkite(
    messenger: &Messenger,
    access: &Access,
    purpose: Purpose,
) -> Result<Checkup, AskError> {
    use buildkite::rest::{RIGHTS, calls, missing_rights, token};

    let answer = messenger.ask(access, &calls::token()).await?;
    let info = token(&answer).map_err(Refusal::Unreadable)?;
    let wanted: &[&'static str] = if purpose == Purpose::Read { &RIGHTS } else { &[] };
    let missing = match (&info.scopes, purpose) {
        (Some(scopes), Purpose::Read) => missing_rights(scopes),
        _ => Vec::new(),
    };
    let mut tried = vec![well("the token", "")];
    tried.extend(wanted.iter().map(|right| Tried {
        what: what_for(right),
        right,
        state: match (&info.scopes, missing.contains(right)) {
            (None, _) => TriedState::Unknown,
            (_, true) => TriedState::Lacking,
            (_, false) => TriedState::Well,
        },
        reason: None,
    }));
    Ok(Checkup { info, tried, missing: missing.into_iter().map(str::to_owned).collect() })
}

/// What people miss without a right of Buildkite.
fn what_for(right: &str) -> &'static str {
    match right {
        "read_builds" => "builds, jobs and annotations",
        "read_build_logs" => "logs",
        "read_artifacts" => "artifacts",
        "read_agents" => "agents and queues",
        _ => "more",
    }
}

fn well(what: &'static str, right: &'static str) -> Tried {
    Tried { what, right, state: TriedState::Well, reason: None }
}

/// Azure DevOps tells nothing of scopes: what it lets one read in a project shows them. `project` is one
/// that deliveries told of.
async fn look_at_azure(
    messenger: &Messenger,
    access: &Access,
    purpose: Purpose,
    project: Option<String>,
) -> Result<Checkup, AskError> {
    use azure_devops::rest::{builds, calls, connection};

    let answer = messenger.ask(access, &calls::who()).await?;
    let info = connection(&answer).map_err(Refusal::Unreadable)?.token.ok_or_else(|| {
        Refusal::Credential(
            "Azure DevOps answered as to nobody in particular: wrong, expired, or of another organisation"
                .to_owned(),
        )
    })?;
    let mut look = Look { messenger, access, tried: vec![well("the token", "")] };
    if purpose == Purpose::Write {
        return Ok(look.done(info));
    }
    let project = match project {
        Some(project) => Some(project),
        None => look.first_project().await,
    };
    match project {
        Some(project) => {
            let listed = look.at(&calls::newest_builds(&project, 1)).await;
            let listed = listed.and_then(|answer| builds(&answer, None).ok());
            match listed.and_then(|page| page.items.into_iter().next()) {
                Some(build) => drop(look.at(&calls::test_runs(&project, build.id, None)).await),
                None => {
                    look.not_tried(
                        &calls::test_runs("", 0, None),
                        "there is no build to ask about",
                    );
                }
            }
            look.at(&calls::newest_releases(&project, 1)).await;
        }
        None => {
            let why = "it is tried once a delivery has told of a project";
            look.not_tried(&calls::newest_builds("", 1), why);
            look.not_tried(&calls::test_runs("", 0, None), why);
            look.not_tried(&calls::newest_releases("", 1), why);
        }
    }
    look.at(&calls::pools()).await;
    Ok(look.done(info))
}

/// Questions that are tried one after the other.
struct Look<'a> {
    messenger: &'a Messenger,
    access: &'a Access,
    tried: Vec<Tried>,
}

impl Look<'_> {
    async fn at(&mut self, call: &Call) -> Option<Answer> {
        let outcome = self.messenger.ask(self.access, call).await;
        let (state, reason, answer) = match outcome {
            Ok(answer) => (TriedState::Well, None, Some(answer)),
            // The token itself was taken a moment ago: of this, it lacks the right.
            Err(error @ AskError::Refused(Refusal::Credential(_) | Refusal::Forbidden { .. })) => {
                (TriedState::Lacking, Some(error.to_string()), None)
            }
            Err(error) => (TriedState::Unknown, Some(error.to_string()), None),
        };
        self.tried.push(Tried { what: call.what, right: call.right, state, reason });
        answer
    }

    /// A project to try the others on, where no delivery has told of one. To list them takes a right that
    /// nothing else does: it is not missing.
    async fn first_project(&mut self) -> Option<String> {
        let answer = self
            .messenger
            .ask(self.access, &azure_devops::rest::calls::projects(None))
            .await
            .ok()?;
        let page = azure_devops::rest::projects(&answer, None).ok()?;
        page.items.into_iter().next().map(|project| project.id)
    }

    fn not_tried(&mut self, call: &Call, why: &str) {
        let (what, right) = (call.what, call.right);
        let reason = Some(why.to_owned());
        self.tried.push(Tried { what, right, state: TriedState::Unknown, reason });
    }

    fn done(self, info: TokenInfo) -> Checkup {
        let of = |state| {
            let found = self.tried.iter().filter(move |one| one.state == state);
            found.map(|one| one.right.to_owned()).filter(|right| !right.is_empty())
        };
        let missing = of(TriedState::Lacking).collect();
        let scopes = of(TriedState::Well).collect::<Vec<_>>();
        let info = TokenInfo { scopes: (!scopes.is_empty()).then_some(scopes), ..info };
        Checkup { info, missing, tried: self.tried }
    }
}
