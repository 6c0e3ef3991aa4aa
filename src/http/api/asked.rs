//! What the provider told of a build when it was asked: how far that has come, changes, artifacts,
//! annotations, and the last green build.

use std::collections::HashSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::mask;
use crate::http::view::{Aspect, AspectState, Time, time};
use crate::hub::Hub;
use crate::model::{self, Action, Artifact as ToldArtifact, By, Change as ToldChange, Deed};
use crate::store::sqlite::books::read::builds::{BuildRow, builds_between, last_green};
use crate::store::sqlite::books::records::answer;
use crate::store::sqlite::books::records::errands::{AspectRow, aspects};
use crate::store::sqlite::books::records::log_work::{LogTotals, log_totals};
use crate::store::sqlite::books::records::looked_at::waits_unseen;

use super::builds::{Build, NO_TOKEN, NOT_ASKED};
use super::query::Asked;
use super::{blocking, builds, read_books};

/// Builds looked at for changes that the provider does not list.
const BUILDS_MAX: usize = 100;

/// How far asking about one aspect has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct Standing {
    pub aspect: Aspect,
    pub state: AspectState,
    /// A stable word for what keeps it.
    #[schema(required)]
    pub code: Option<String>,
    #[schema(required)]
    pub reason: Option<String>,
    /// How often it was tried in vain.
    pub tries: u32,
    /// When it was asked last.
    #[schema(required)]
    pub at: Option<Time>,
    /// When it is asked again, if it is.
    #[schema(required)]
    pub next_at: Option<Time>,
    /// Of logs: how many are here, and how many there are.
    #[schema(required)]
    pub done: Option<i64>,
    #[schema(required)]
    pub total: Option<i64>,
}

/// What a person can do where something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// No token was given for this source.
    SetToken,
    /// The token is refused, or lacks a right.
    RenewToken,
    /// The source lives at an address that no administrator has confirmed.
    ConfirmBase,
    /// Asking again may help.
    Retry,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Standings {
    pub items: Vec<Standing>,
    #[schema(required)]
    pub fix: Option<Fix>,
}

impl Standing {
    fn of(row: AspectRow, logs: LogTotals) -> Self {
        let is_logs = row.aspect == model::Aspect::Logs;
        Self {
            aspect: row.aspect.into(),
            state: row.state.into(),
            code: row.code,
            reason: row.reason.map(mask::text::shown),
            tries: row.tries,
            at: Some(row.at.into()),
            next_at: time(row.next_at),
            done: is_logs.then_some(logs.done),
            total: is_logs.then_some(logs.total),
        }
    }

    fn unasked(build: &BuildRow, aspect: model::Aspect) -> Self {
        let state = build.asked.unasked(build.provider, aspect);
        let is_silent = state != model::AspectState::Pending;
        let reason = if build.asked.can_ask { NOT_ASKED } else { NO_TOKEN };
        Self {
            aspect: aspect.into(),
            state: state.into(),
            code: is_silent
                .then(|| if build.asked.can_ask { "not_asked" } else { "no_token" }.to_owned()),
            reason: is_silent.then(|| reason.to_owned()),
            tries: 0,
            at: None,
            next_at: None,
            done: None,
            total: None,
        }
    }
}

fn fix(items: &[Standing]) -> Option<Fix> {
    let missing = items.iter().filter(|item| item.state != AspectState::Done);
    let codes: Vec<&str> = missing.filter_map(|item| item.code.as_deref()).collect();
    let any = |words: &[&str]| codes.iter().any(|code| words.contains(code));
    if any(&["no_token"]) {
        Some(Fix::SetToken)
    } else if any(&["base_not_confirmed"]) {
        Some(Fix::ConfirmBase)
    } else if any(&["token_refused", "token_lacks_scope", "not_found"]) {
        Some(Fix::RenewToken)
    } else {
        (!codes.is_empty()).then_some(Fix::Retry)
    }
}

/// How far asking the provider about a build has come, aspect by aspect.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/enrichment", operation_id = "getEnrichment", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "Aspect by aspect", body = Standings),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn standings(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build,
        Err(moved) => return Ok(moved.to("/enrichment", &uri)),
    };
    let row = build.id;
    let (known, logs, waits) = read_books(&hub, move |books| {
        Ok((aspects(books, row)?, log_totals(books, row)?, waits_unseen(books, row)?))
    })
    .await?;
    if waits {
        // Somebody looks at it: that goes before what nobody looks at.
        blocking(&hub, move |hub| {
            if let Err(error) = hub.books().write(|ledger| ledger.looked_at(row)) {
                tracing::debug!(%error, "Could not ask sooner about a build that is looked at");
            }
            Ok::<_, Problem>(())
        })
        .await?;
    }
    let items: Vec<Standing> = model::Aspect::of(build.provider)
        .iter()
        .map(|aspect| match known.iter().find(|row| row.aspect == *aspect) {
            Some(row) => Standing::of(row.clone(), logs),
            None => Standing::unasked(&build, *aspect),
        })
        .collect();
    let fix = fix(&items);
    Ok(Json(Standings { items, fix }).into_response())
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Wished {
    pub queued: u64,
}

/// Ask the provider about a build once more, now.
#[utoipa::path(
    post, path = "/api/v1/builds/{id}/enrichment", operation_id = "askAgain", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 202, description = "It will be asked", body = Wished),
              (status = 301, description = "It turned out to be another build: see `Location`"),
              (status = 409, description = "There is nobody to ask: no token was given, or the provider cannot be asked", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn ask_again(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    by: By,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build,
        Err(moved) => return Ok(moved.to("/enrichment", &uri)),
    };
    if model::Aspect::of(build.provider).is_empty() || !build.asked.can_ask {
        let why = "nobody can be asked about this build: give a token for its source first (Sources, or \
                   `creel source set`)";
        return Err(Problem::new(Code::Conflict, why));
    }
    blocking(&hub, move |hub| {
        let deed = Deed::of(Action::BuildAskedAgain).on("build", &build.public_id, None);
        hub.books().write(|ledger| {
            ledger.ask_again(build.id, by.at)?;
            ledger.audit(&by, &deed)
        })
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(Wished { queued: 1 })).into_response())
}

/// A commit that is part of a build.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    pub commit: String,
    #[schema(required)]
    pub author: Option<String>,
    #[schema(required)]
    pub message: Option<String>,
    #[schema(required)]
    pub at: Option<Time>,
    /// Where people read it.
    #[schema(required)]
    pub url: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Changes {
    pub items: Vec<Change>,
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The last green build of the branch, whose changes are not among them; `null` where these are the
    /// build's own alone.
    #[schema(required)]
    pub since_build_id: Option<String>,
}

impl From<ToldChange> for Change {
    fn from(change: ToldChange) -> Self {
        Self {
            commit: change.commit,
            author: change.author.map(mask::text::shown),
            message: change.message.map(mask::text::shown),
            at: time(change.at),
            url: change.url.map(mask::text::shown),
        }
    }
}

/// What is kept of an answer about changes.
#[derive(Debug, Deserialize)]
struct KeptChanges {
    since: Option<String>,
    items: Vec<ToldChange>,
}

/// What was committed since the last green build of the branch. Where the provider does not list it, the
/// commits of the builds since then.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/changes", operation_id = "listChanges", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "Newest first, at most 500", body = Changes),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn changes(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build,
        Err(moved) => return Ok(moved.to("/changes", &uri)),
    };
    let told = read_books(&hub, move |books| {
        if let Some((_, kept)) = answer::<KeptChanges>(books, build.id, "changes")? {
            let items = kept.items.into_iter().map(Change::from).collect();
            return Ok(Changes { items, next_cursor: None, since_build_id: kept.since });
        }
        let green = last_green(books, build.id)?;
        let after = green.as_ref().map(|green| green.id);
        // Without a green build before, all that is known of is this one.
        let limit = if after.is_some() { BUILDS_MAX } else { 1 };
        let mut seen = HashSet::new();
        let items = builds_between(books, after, build.id, limit)?
            .into_iter()
            .filter_map(|build| {
                let commit = build.commit.filter(|commit| seen.insert(commit.clone()))?;
                Some(Change {
                    commit,
                    author: build.requested_by.map(mask::text::shown),
                    message: build.message.map(mask::text::shown),
                    at: time(build.queued_at.or(build.started_at)),
                    url: None,
                })
            })
            .collect();
        let since_build_id = green.map(|green| green.public_id);
        Ok(Changes { items, next_cursor: None, since_build_id })
    })
    .await?;
    Ok(Json(told).into_response())
}

/// A file, or a folder of files, that a build left behind at the provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct Artifact {
    pub name: String,
    #[schema(required)]
    pub path: Option<String>,
    #[schema(required)]
    pub bytes: Option<i64>,
    /// The provider's own word.
    #[schema(required)]
    pub kind: Option<String>,
    /// The step that made it.
    #[schema(required)]
    pub step_id: Option<String>,
    /// At the provider, for people who are signed in there.
    #[schema(required)]
    pub url: Option<String>,
    /// `finished`, `expired`, `deleted`, where the provider tells.
    #[schema(required)]
    pub state: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Artifacts {
    pub items: Vec<Artifact>,
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl From<ToldArtifact> for Artifact {
    fn from(artifact: ToldArtifact) -> Self {
        Self {
            name: mask::text::shown(artifact.name),
            path: artifact.path.map(mask::text::shown),
            bytes: artifact.bytes,
            kind: artifact.kind,
            step_id: artifact.step,
            url: artifact.url.map(mask::text::shown),
            state: artifact.state,
        }
    }
}

/// What a build left behind.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/artifacts", operation_id = "listArtifacts", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "All that the provider lists", body = Artifacts),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn artifacts(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/artifacts", &uri)),
    };
    let found =
        read_books(&hub, move |books| answer::<Vec<ToldArtifact>>(books, build, "artifacts"));
    let told = found.await?.map(|(_, items)| items).unwrap_or_default();
    let items = told.into_iter().map(Artifact::from).collect();
    Ok(Json(Artifacts { items, next_cursor: None }).into_response())
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LastGreen {
    #[schema(required)]
    pub build: Option<Build>,
}

/// The newest build of the same pipeline and branch before this one that ended well.
#[utoipa::path(
    get, path = "/api/v1/builds/{id}/last-green", operation_id = "getLastGreen", tag = "builds",
    params(("id" = Uuid, Path, description = "Id of the build")),
    responses((status = 200, description = "It, if there is one", body = LastGreen),
              (status = 301, description = "It turned out to be another build: see `Location`"))
)]
pub async fn green(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    uri: Uri,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let build = match builds::find(&hub, &id).await? {
        Ok(build) => build.id,
        Err(moved) => return Ok(moved.to("/last-green", &uri)),
    };
    let found = read_books(&hub, move |books| last_green(books, build)).await?;
    Ok(Json(LastGreen { build: found.map(Build::from) }).into_response())
}
