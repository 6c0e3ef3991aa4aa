//! API keys. A secret is told once, when it is made.

use std::num::NonZeroU32;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::view::{List, Scope, Time, time};
use crate::hub::Hub;
use crate::keys::{self, KeyLimits, KeyRequest, MadeKey, Scopes};
use crate::live::Change;
use crate::model::{By, KeyId};
use crate::secrets::Secret;
use crate::store::StoreError;
use crate::store::sqlite::books::keys::{KeyRow, keys as stored_keys};

use super::query::{Asked, Place};
use super::sent::Sent;
use super::{blocking, read_books};

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Key {
    /// Below 0 for a key of the environment.
    pub id: i64,
    pub name: String,
    pub source: KeySource,
    /// Its first letters; empty of a secret that was brought along.
    pub prefix: String,
    pub scopes: Vec<Scope>,
    /// Whether it also checks signatures.
    pub signing: bool,
    pub limits: Limits,
    /// Of a key of the environment: when the server started.
    pub created_at: Time,
    #[schema(required)]
    pub last_used_at: Option<Time>,
    #[schema(required)]
    pub revoked_at: Option<Time>,
}

/// Where a key comes from: made by a command or a request, or a variable of the server's
/// environment, which is the place to change it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    Made,
    Environment,
}

/// What a key is limited to. Empty: no limit.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields, expecting = "an object with limits")]
#[schema(as = KeyLimits)]
pub struct Limits {
    /// Names of `[networks]` in the configuration.
    pub networks: Vec<String>,
    /// Projects whose events make records, by name or GUID; best is both, of each project. With GUIDs
    /// alone (names alone), an event that tells its project by name only (by GUID only) is recorded.
    pub projects: Vec<String>,
    /// Publishers whose events make records.
    pub publishers: Vec<String>,
    /// Requests per minute.
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub per_minute: Option<NonZeroU32>,
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `name` and `scopes`")]
#[schema(as = KeyWish)]
pub struct Wish {
    name: String,
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<String>,
    /// Keep it sealed as well, to check signatures with.
    #[serde(default)]
    signing: bool,
    /// A secret that is in use already; else one is made.
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    limits: Limits,
}

/// A key that was made, with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyMade)]
pub struct Made {
    pub id: i64,
    pub name: String,
    pub scopes: Vec<Scope>,
    /// The secret, shown this once.
    pub key: String,
}

impl From<KeyLimits> for Limits {
    fn from(limits: KeyLimits) -> Self {
        Self {
            networks: limits.networks,
            projects: limits.projects,
            publishers: limits.publishers,
            per_minute: limits.per_minute.and_then(NonZeroU32::new),
        }
    }
}

impl From<Limits> for KeyLimits {
    fn from(limits: Limits) -> Self {
        Self {
            networks: limits.networks,
            projects: limits.projects,
            publishers: limits.publishers,
            per_minute: limits.per_minute.map(NonZeroU32::get),
        }
    }
}

impl TryFrom<KeyRow> for Key {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let damaged = |what: String| StoreError::Row { table: "api_key", what };
        let limits: KeyLimits =
            serde_json::from_str(&row.limits).map_err(|error| damaged(error.to_string()))?;
        Ok(Self {
            id: row.id.0,
            name: row.name,
            source: KeySource::Made,
            prefix: row.prefix,
            scopes: shown(row.scopes.parse().map_err(damaged)?),
            signing: row.sealed.is_some(),
            limits: limits.into(),
            created_at: row.created_at.into(),
            last_used_at: time(row.last_used_at),
            revoked_at: time(row.revoked_at),
        })
    }
}

/// A key that a variable sets.
fn of_environment(hub: &Hub, key: &keys::Key) -> Key {
    Key {
        id: key.id.0,
        name: key.name.clone(),
        source: KeySource::Environment,
        prefix: String::new(),
        scopes: shown(key.scopes),
        signing: key.signing_secret().is_some(),
        limits: key.limits.clone().into(),
        created_at: hub.started_at().into(),
        last_used_at: None,
        revoked_at: None,
    }
}

fn shown(scopes: Scopes) -> Vec<Scope> {
    scopes.list().into_iter().map(Into::into).collect()
}

impl Wish {
    fn request(self) -> Result<KeyRequest, Problem> {
        let scopes = self.scopes.join(",").parse().map_err(|what| {
            Problem::new(Code::BadRequest, format!("the member `scopes`: {what}"))
        })?;
        Ok(KeyRequest {
            name: self.name,
            scopes,
            signing: self.signing,
            limits: self.limits.into(),
            value: self.value.map(Secret::new),
        })
    }
}

/// Place of a key: its number.
struct KeyPlace(i64);

impl Place for KeyPlace {
    const LIST: &'static str = "keys";

    fn numbers(&self) -> Vec<i64> {
        vec![self.0]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [id] = numbers else { return None };
        Some(Self(*id))
    }
}

/// Keys, oldest first, revoked ones included, after those that the environment sets. Needs scope
/// `admin`.
#[utoipa::path(
    get, path = "/api/v1/keys", operation_id = "listKeys", tag = "keys",
    params(
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of keys", body = List<Key>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let (limit, after) = (asked.limit()?, asked.cursor::<KeyPlace>()?);
    let link = asked.done()?;
    let rows = read_books(&hub, stored_keys).await?;
    // The last variable has the lowest number.
    let of_environment = hub.keys().guides().iter().rev().map(|key| of_environment(&hub, key));
    let mut items: Vec<Key> = of_environment.collect();
    for row in rows {
        items.push(row.try_into()?);
    }
    items.retain(|key| after.as_ref().is_none_or(|place| key.id > place.0));
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|key| KeyPlace(key.id));
    Ok(link.page(items, next.as_ref()))
}

/// Make a key.
#[utoipa::path(
    post, path = "/api/v1/keys", operation_id = "createKey", tag = "keys",
    request_body = Wish,
    responses((status = 201, description = "The key, with its secret", body = Made))
)]
pub async fn create(
    State(hub): State<Hub>,
    by: By,
    asked: Asked,
    Sent(wish): Sent<Wish>,
) -> Result<Response, Problem> {
    asked.done()?;
    let request = wish.request()?;
    let MadeKey { key, secret, commit } =
        blocking(&hub, move |hub| hub.keys().create(&request, &by)).await?;
    hub.bell().ring(commit, vec![Change::key(key.id)]);
    let location = format!("/api/v1/keys/{}", key.id);
    let made = Made {
        id: key.id.0,
        name: key.name,
        scopes: shown(key.scopes),
        key: secret.reveal().to_owned(),
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(made)).into_response())
}

/// Revoke a key: it counts from the next request on.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", operation_id = "revokeKey", tag = "keys",
    params(("id" = i64, Path, description = "Number of the key")),
    responses((status = 204, description = "Revoked"),
              (status = 409, description = "The key is set by the server's environment", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn revoke(
    State(hub): State<Hub>,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    asked.done()?;
    let nothing = || Problem::new(Code::NotFound, "there is no key with this number to revoke");
    let id = KeyId(id.parse().map_err(|_| nothing())?);
    if let Some(key) = hub.keys().guides().iter().find(|key| key.id == id) {
        let detail = format!("this key is set by the {}: take it out there", key.name);
        return Err(Problem::new(Code::Conflict, detail));
    }
    let commit = blocking(&hub, move |hub| hub.keys().revoke(id, &by)).await?;
    hub.bell().ring(commit.ok_or_else(nothing)?, vec![Change::key(id)]);
    Ok(StatusCode::NO_CONTENT)
}
