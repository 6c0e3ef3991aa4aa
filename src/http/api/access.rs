//! Tokens by which providers are asked. A token comes in and never out again.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{
    self, AccessWish, CheckError, Checkup, NoAccess, State as Standing, TriedState, WishedSecret,
    choose,
};
use crate::fetch::AskError;
use crate::http::error::{Code, Problem};
use crate::http::view::{Provider, Time, time};
use crate::hub::Hub;
use crate::live::Change;
use crate::model::{self, AccessId, By, CommitNo, Timestamp};
use crate::secrets::Secret;
use crate::store::StoreError;
use crate::store::sqlite::Connection;
use crate::store::sqlite::books::access::{AccessRow, AskedSource};
use crate::store::sqlite::books::last_commit;
use crate::store::sqlite::books::read::sources::source_id;

use super::query::Asked;
use super::sent::Sent;
use super::{blocking, read_books};

/// What a token is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessPurpose {
    Read,
    Write,
}

/// `pat`: of Azure DevOps; `entra`: an application of Microsoft Entra; `token`: of Buildkite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessKind {
    Pat,
    Entra,
    Token,
}

/// `set`: by an administrator; `address`: it came in the address of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessOrigin {
    Set,
    Address,
}

/// How a token is doing: the first word that fits. `troubled`: the provider is away or asks to wait;
/// `untried`: never used and never looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessState {
    Expired,
    Refused,
    Expiring,
    LacksScope,
    Troubled,
    Untried,
    Well,
}

impl From<Standing> for AccessState {
    fn from(state: Standing) -> Self {
        match state {
            Standing::Expired => Self::Expired,
            Standing::Refused => Self::Refused,
            Standing::Expiring => Self::Expiring,
            Standing::LacksScope => Self::LacksScope,
            Standing::Troubled => Self::Troubled,
            Standing::Untried => Self::Untried,
            Standing::Well => Self::Well,
        }
    }
}

/// Why the last question came to nothing good.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessTrouble {
    pub at: Time,
    /// Stable word: `token_refused`, `token_lacks_scope`, `unreachable`, ...
    pub code: String,
    pub reason: String,
}

/// A token, without the token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Access)]
pub struct Token {
    pub id: String,
    pub provider: Provider,
    /// Where its questions go to; `null` of one that came in an address: to the provider's own domain.
    #[schema(required)]
    pub base: Option<String>,
    /// Whether that is an address of the provider's own; else an administrator confirmed it.
    pub is_own_domain: bool,
    pub purpose: AccessPurpose,
    pub kind: AccessKind,
    pub origin: AccessOrigin,
    /// Name of the one source it is for; `null`: all that live on the base.
    #[schema(required)]
    pub organization: Option<String>,
    /// The ingest key whose deliveries brought it.
    #[schema(required)]
    pub key_id: Option<i64>,
    /// Tells two tokens apart and reveals neither.
    pub fingerprint: String,
    #[schema(required)]
    pub tenant: Option<String>,
    #[schema(required)]
    pub client_id: Option<String>,
    pub set_at: Time,
    #[schema(required)]
    pub set_by: Option<String>,
    pub state: AccessState,
    #[schema(required)]
    pub who: Option<String>,
    /// Of Azure DevOps, which tells no scopes: those that turned out to be there.
    #[schema(required)]
    pub scopes: Option<Vec<String>>,
    /// Scopes that it lacks, as the provider's pages call them.
    pub missing: Vec<String>,
    #[schema(required)]
    pub expires_at: Option<Time>,
    #[schema(required)]
    pub checked_at: Option<Time>,
    #[schema(required)]
    pub last_ok_at: Option<Time>,
    #[schema(required)]
    pub last_error: Option<AccessTrouble>,
    /// Sources that are asked about with it.
    #[schema(value_type = Vec<Uuid>)]
    pub source_ids: Vec<String>,
}

/// Every token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessList)]
pub struct Tokens {
    pub items: Vec<Token>,
}

/// A token to be set, in place of one for the same provider, base, purpose and organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessWish)]
pub struct Wish {
    /// `azure_devops` or `buildkite`.
    provider: String,
    /// Base address: of an organisation or collection of Azure DevOps; Buildkite's own unless said.
    #[serde(default)]
    base: Option<String>,
    /// That the token may go to a base outside the provider's own domain.
    #[serde(default)]
    confirm_base: bool,
    #[serde(default)]
    purpose: Option<AccessPurpose>,
    /// Only for the source of this name.
    #[serde(default)]
    organization: Option<String>,
    /// A personal access token, or an API token of Buildkite.
    #[serde(default)]
    token: Option<String>,
    /// With `client_id` and `client_secret` instead of `token`: an application of Microsoft Entra.
    #[serde(default)]
    tenant: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    client_secret: Option<String>,
    /// Where the application signs in, if not at `https://login.microsoftonline.com`.
    #[serde(default)]
    authority: Option<String>,
    /// When it ends, where the provider does not tell: RFC 3339, or a day.
    #[serde(default)]
    expires_at: Option<String>,
}

/// What a look at a token has shown.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessCheck)]
pub struct Look {
    /// `null`: the provider did not take the token, or was not there; `error` says what came of it.
    #[schema(required)]
    pub who: Option<String>,
    pub tried: Vec<Tried>,
    #[schema(required)]
    pub error: Option<AccessError>,
    pub access: Token,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccessError {
    pub code: String,
    pub reason: String,
}

/// One thing that was tried.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessTried)]
pub struct Tried {
    /// `the builds`.
    pub what: &'static str,
    /// The scope it takes, as the provider's pages call it; empty: any token will do.
    pub right: &'static str,
    pub outcome: TriedOutcome,
    #[schema(required)]
    pub reason: Option<String>,
}

/// `lacking`: the token may not; `unknown`: it could not be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriedOutcome {
    Ok,
    Lacking,
    Unknown,
}

impl Wish {
    fn read(self) -> Result<AccessWish, Problem> {
        let provider = match self.provider.as_str() {
            "azure" => Some(model::Provider::AzureDevops),
            word => model::Provider::parse(word),
        };
        let provider = provider.ok_or_else(|| {
            Problem::invalid("provider", "the provider is `azure_devops` or `buildkite`")
        })?;
        let secret = match (self.token, self.tenant, self.client_id, self.client_secret) {
            (Some(token), None, None, None) => WishedSecret::Token(Secret::new(token)),
            (None, Some(tenant), Some(client_id), Some(secret)) => WishedSecret::Entra {
                tenant,
                client_id,
                secret: Secret::new(secret),
                authority: self.authority,
            },
            _ => {
                let says = "either `token`, or all of `tenant`, `client_id` and `client_secret`";
                return Err(Problem::invalid("token", says));
            }
        };
        let expires_at = self.expires_at.as_deref().map(|text| {
            let day = format!("{text}T00:00:00Z");
            Timestamp::parse_rfc3339(text).or_else(|| Timestamp::parse_rfc3339(&day)).ok_or_else(
                || Problem::invalid("expires_at", "a day (2027-01-31) or a time in RFC 3339"),
            )
        });
        Ok(AccessWish {
            provider,
            base: self.base,
            is_base_confirmed: self.confirm_base,
            purpose: match self.purpose {
                Some(AccessPurpose::Write) => model::Purpose::Write,
                _ => model::Purpose::Read,
            },
            organization: self.organization.filter(|name| !name.trim().is_empty()),
            secret,
            expires_at: expires_at.transpose()?,
        })
    }
}

impl Token {
    fn new(row: AccessRow, source_ids: Vec<String>, now: Timestamp) -> Self {
        let state = access::state(&row, now);
        let (tenant, client_id) = row.entra.map(|one| (one.tenant, one.client_id)).unzip();
        Self {
            id: row.id.to_string(),
            provider: row.provider.into(),
            is_own_domain: row
                .base
                .as_deref()
                .is_none_or(|base| crate::fetch::is_own(row.provider, base)),
            base: row.base,
            purpose: match row.purpose {
                model::Purpose::Read => AccessPurpose::Read,
                model::Purpose::Write => AccessPurpose::Write,
            },
            kind: match row.kind {
                model::AccessKind::Pat => AccessKind::Pat,
                model::AccessKind::Entra => AccessKind::Entra,
                model::AccessKind::Token => AccessKind::Token,
            },
            origin: match row.id {
                AccessId::Set(_) => AccessOrigin::Set,
                AccessId::Address(_) => AccessOrigin::Address,
            },
            organization: row.organization,
            key_id: row.key.map(|key| key.0),
            fingerprint: row.fingerprint,
            tenant,
            client_id,
            set_at: row.set_at.into(),
            set_by: row.set_by,
            state: state.into(),
            who: row.info.who,
            scopes: row.info.scopes,
            missing: row.missing,
            expires_at: time(row.info.expires_at),
            checked_at: time(row.checked_at),
            last_ok_at: time(row.last_ok_at),
            last_error: row.trouble.map(Into::into),
            source_ids,
        }
    }
}

impl From<model::AccessTrouble> for AccessTrouble {
    fn from(trouble: model::AccessTrouble) -> Self {
        Self { at: trouble.at.into(), code: trouble.code, reason: trouble.reason }
    }
}

/// What of a token is shown with a source that is asked about with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceToken {
    pub id: String,
    pub origin: AccessOrigin,
    /// Where the questions go to.
    pub base: String,
    pub state: AccessState,
    #[schema(required)]
    pub who: Option<String>,
    pub missing: Vec<String>,
    #[schema(required)]
    pub expires_at: Option<Time>,
    #[schema(required)]
    pub last_ok_at: Option<Time>,
    #[schema(required)]
    pub last_error: Option<AccessTrouble>,
}

/// Why nobody can ask about a source.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoToken {
    /// `no_token`, or `base_not_confirmed`: there is one that came in an address, and the source
    /// lives elsewhere than in the provider's own domain.
    pub code: &'static str,
    pub reason: String,
}

/// With which tokens a source is asked about; `null` where it is of a provider that is not asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceAccess {
    #[schema(required)]
    pub read: Option<SourceToken>,
    #[schema(required)]
    pub write: Option<SourceToken>,
    /// Why there is none to read with.
    #[schema(required)]
    pub none: Option<NoToken>,
}

impl SourceAccess {
    /// What is known of one source.
    pub fn of(source: &AskedSource, rows: &[AccessRow], now: Timestamp) -> Option<Self> {
        let chosen = |purpose| {
            choose(source, rows, purpose, None).map(|choice| {
                let state = access::state(choice.row, now);
                SourceToken {
                    id: choice.row.id.to_string(),
                    origin: match choice.row.id {
                        AccessId::Set(_) => AccessOrigin::Set,
                        AccessId::Address(_) => AccessOrigin::Address,
                    },
                    base: choice.vouched.base().to_owned(),
                    state: state.into(),
                    who: choice.row.info.who.clone(),
                    missing: choice.row.missing.clone(),
                    expires_at: time(choice.row.info.expires_at),
                    last_ok_at: time(choice.row.last_ok_at),
                    last_error: choice.row.trouble.clone().map(Into::into),
                }
            })
        };
        let (read, none) = match chosen(model::Purpose::Read) {
            Ok(token) => (Some(token), None),
            Err(NoAccess::Provider(_)) => return None,
            Err(no) => (None, Some(NoToken { code: no.code(), reason: no.to_string() })),
        };
        Some(Self { read, write: chosen(model::Purpose::Write).ok(), none })
    }

    /// Whether somebody has to do something about the token, or will soon.
    pub fn needs_somebody(&self) -> bool {
        self.read.as_ref().is_some_and(|token| {
            matches!(
                token.state,
                AccessState::Expired | AccessState::Refused | AccessState::Expiring
            )
        })
    }
}

/// Public ids of the sources that are asked about with a token.
fn served(
    books: &Connection,
    row: &AccessRow,
    sources: &[AskedSource],
    rows: &[AccessRow],
) -> Result<Vec<String>, StoreError> {
    let is_served = |source: &&AskedSource| {
        let choice = choose(source, rows, row.purpose, row.key);
        choice.is_ok_and(|choice| choice.row.id == row.id)
            && row.key.is_none_or(|key| source.keys.contains(&key))
    };
    let mut ids = Vec::new();
    for source in sources.iter().filter(is_served) {
        ids.extend(source_id(books, source.id)?.map(|id| id.to_string()));
    }
    Ok(ids)
}

fn shown(hub: &Hub, only: Option<AccessId>) -> Result<Vec<Token>, StoreError> {
    let now = hub.clock().now();
    let (rows, sources) = hub.vault().look()?;
    hub.books().read(|books| {
        let wanted = rows.iter().filter(|row| only.is_none_or(|only| row.id == only));
        wanted
            .map(|row| Ok(Token::new(row.clone(), served(books, row, &sources, &rows)?, now)))
            .collect()
    })
}

/// Write down how the tokens have fared, so that what is shown is how it is. Blocks.
pub fn settle(hub: &Hub) -> Result<(), StoreError> {
    if let Some(commit) = hub.vault().settle()? {
        ring(hub, commit);
    }
    Ok(())
}

/// Sources show what they are asked with: look at them again.
fn ring(hub: &Hub, commit: CommitNo) {
    hub.bell().ring(commit, vec![Change { kind: crate::live::ChangeKind::Source, row: None }]);
}

fn nothing() -> Problem {
    Problem::new(Code::NotFound, "there is no token with this number")
}

/// Tokens by which providers are asked: those that were set, then those that came in addresses. Needs
/// scope `admin`.
#[utoipa::path(
    get, path = "/api/v1/access", operation_id = "listAccess", tag = "access",
    responses((status = 200, description = "Every token, without the token", body = Tokens))
)]
pub async fn list(State(hub): State<Hub>, asked: Asked) -> Result<Json<Tokens>, Problem> {
    asked.done()?;
    let items = blocking(&hub, |hub| {
        settle(hub)?;
        shown(hub, None)
    })
    .await?;
    Ok(Json(Tokens { items }))
}

/// Set a token. A base outside the provider's own domain takes `confirm_base`: the token goes there.
#[utoipa::path(
    put, path = "/api/v1/access", operation_id = "setAccess", tag = "access",
    request_body = Wish,
    responses((status = 200, description = "The token, without the token", body = Token))
)]
pub async fn set(
    State(hub): State<Hub>,
    by: By,
    asked: Asked,
    Sent(wish): Sent<Wish>,
) -> Result<Json<Token>, Problem> {
    asked.done()?;
    let wish = wish.read()?;
    let (id, commit) = blocking(&hub, move |hub| hub.vault().set(&wish, &by)).await?;
    ring(&hub, commit);
    hub.nudge();
    one(&hub, id).await
}

/// Forget a token.
#[utoipa::path(
    delete, path = "/api/v1/access/{id}", operation_id = "unsetAccess", tag = "access",
    params(("id" = String, Path, description = "Id of the token")),
    responses((status = 204, description = "Forgotten"))
)]
pub async fn unset(
    State(hub): State<Hub>,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    asked.done()?;
    let id = AccessId::parse(&id).ok_or_else(nothing)?;
    let commit = blocking(&hub, move |hub| hub.vault().unset(id, &by)).await?;
    ring(&hub, commit.ok_or_else(nothing)?);
    Ok(StatusCode::NO_CONTENT)
}

/// Look at a token: whose it is, and what it can read. Asks the provider a few questions.
#[utoipa::path(
    post, path = "/api/v1/access/{id}/check", operation_id = "checkAccess", tag = "access",
    params(("id" = String, Path, description = "Id of the token")),
    responses((status = 200, description = "What it has shown", body = Look))
)]
pub async fn check(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    let id = AccessId::parse(&id).ok_or_else(nothing)?;
    let outcome = hub.vault().check(id).await;
    let (checkup, error) = match outcome {
        Ok(Some(checkup)) => (Some(checkup), None),
        Ok(None) => return Err(nothing()),
        Err(CheckError::NoAccess(NoAccess::Store(error))) => return Err(error.into()),
        Err(CheckError::Asked(AskError::Later(wait))) => {
            let mut problem = Problem::new(
                Code::TooManyRequests,
                "this token was used as often as it may be for now",
            );
            problem.retry_after_s = Some(wait.as_secs().max(1));
            return Err(problem);
        }
        Err(CheckError::Asked(error)) => {
            let (code, reason) = (error.code().to_owned(), error.to_string());
            (None, Some(AccessError { code, reason }))
        }
        Err(CheckError::NoAccess(error)) => {
            let (code, reason) = (error.code().to_owned(), error.to_string());
            (None, Some(AccessError { code, reason }))
        }
    };
    let Json(access) = one(&hub, id).await?;
    let Checkup { info, tried, .. } = checkup.unwrap_or_else(|| Checkup {
        info: model::TokenInfo::default(),
        tried: Vec::new(),
        missing: Vec::new(),
    });
    ring(&hub, read_books(&hub, last_commit).await?);
    let tried = tried.into_iter().map(Into::into).collect();
    Ok(Json(Look { who: info.who, tried, error, access }).into_response())
}

async fn one(hub: &Hub, id: AccessId) -> Result<Json<Token>, Problem> {
    let found = blocking(hub, move |hub| shown(hub, Some(id))).await?;
    found.into_iter().next().map(Json).ok_or_else(nothing)
}

impl From<access::Tried> for Tried {
    fn from(tried: access::Tried) -> Self {
        Self {
            what: tried.what,
            right: tried.right,
            outcome: match tried.state {
                TriedState::Well => TriedOutcome::Ok,
                TriedState::Lacking => TriedOutcome::Lacking,
                TriedState::Unknown => TriedOutcome::Unknown,
            },
            reason: tried.reason,
        }
    }
}
