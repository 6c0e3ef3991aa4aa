//! People, for administrators. Nobody chooses somebody else's password: a link is given out.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::view::{List, Role, Time, time};
use crate::hub::Hub;
use crate::live::Change;
use crate::model::{By, PersonId};
use crate::people::{self, Invited, Person, Standing};

use super::blocking;
use super::query::{Asked, Place};
use super::sent::Sent;
use super::session::From;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub state: UserState,
    pub created_at: Time,
    #[schema(required)]
    pub last_seen_at: Option<Time>,
}

/// `invited`: has a link and no password yet.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    Active,
    Invited,
    Disabled,
}

impl std::convert::From<&Person> for User {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id.0,
            name: person.name.clone(),
            role: person.role.into(),
            state: match person.standing() {
                Standing::Active => UserState::Active,
                Standing::Invited => UserState::Invited,
                Standing::Disabled => UserState::Disabled,
            },
            created_at: person.created_at.into(),
            last_seen_at: time(person.last_seen_at),
        }
    }
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `name` and `role`")]
pub struct UserWish {
    name: String,
    #[schema(value_type = Role)]
    role: String,
}

/// What to change of a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `role` or `disabled`")]
pub struct UserChange {
    #[serde(default)]
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// Somebody who is disabled is signed out and cannot sign in.
    #[serde(default)]
    disabled: Option<bool>,
}

/// A link by which a person chooses a password.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserLink {
    pub user: User,
    /// Shown this once; counts once.
    pub link: String,
    pub expires_at: Time,
}

fn role_of(word: &str) -> Result<people::Role, Problem> {
    people::Role::of(word).ok_or_else(|| {
        Problem::invalid("role", format!("there is no role `{word}`: viewer, editor or admin"))
    })
}

fn number(id: &str) -> Result<PersonId, Problem> {
    let nobody = |_| Problem::new(Code::NotFound, "there is no user with this number");
    id.parse().map(PersonId).map_err(nobody)
}

fn link_of(hub: &Hub, from: &From, invited: &Invited) -> UserLink {
    // Behind `#`, the token is never sent but by the page that asks for the password.
    let link = format!("{}/setup#token={}", from.base_url(hub), invited.token.reveal());
    let expires_at = invited.expires_at.into();
    UserLink { user: (&invited.person).into(), link, expires_at }
}

/// Place of a person: their number.
struct UserPlace(i64);

impl Place for UserPlace {
    const LIST: &'static str = "users";

    fn numbers(&self) -> Vec<i64> {
        vec![self.0]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [id] = numbers else { return None };
        Some(Self(*id))
    }
}

/// People, in the order they were added.
#[utoipa::path(
    get, path = "/api/v1/users", operation_id = "listUsers", tag = "people",
    params(
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of users", body = List<User>))
)]
pub async fn list(State(hub): State<Hub>, mut asked: Asked) -> Result<Response, Problem> {
    let (limit, after) = (asked.limit()?, asked.cursor::<UserPlace>()?);
    let link = asked.done()?;
    let mut items: Vec<User> = hub
        .people()
        .list()
        .iter()
        .filter(|person| after.as_ref().is_none_or(|place| person.id.0 > place.0))
        .take(limit + 1)
        .map(|person| person.as_ref().into())
        .collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|user| UserPlace(user.id));
    Ok(link.page(items, next.as_ref()))
}

/// Add a person. The answer holds the link by which they choose a password.
#[utoipa::path(
    post, path = "/api/v1/users", operation_id = "createUser", tag = "people",
    request_body = UserWish,
    responses((status = 201, description = "The user, with the link", body = UserLink),
              (status = 409, description = "Somebody has that name already", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 422, description = "The name or the role cannot be taken", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn create(
    State(hub): State<Hub>,
    from: From,
    by: By,
    asked: Asked,
    Sent(wish): Sent<UserWish>,
) -> Result<Response, Problem> {
    asked.done()?;
    let role = role_of(&wish.role)?;
    let invited = blocking(&hub, move |hub| hub.people().invite(&wish.name, role, &by)).await?;
    hub.bell().ring(invited.commit, vec![Change::user(invited.person.id)]);
    let location = format!("/api/v1/users/{}", invited.person.id);
    let made = link_of(&hub, &from, &invited);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(made)).into_response())
}

/// Change a person's role, disable them, or let them in again.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", operation_id = "changeUser", tag = "people",
    params(("id" = i64, Path, description = "Number of the user")),
    request_body = UserChange,
    responses((status = 200, description = "The user", body = User),
              (status = 409, description = "It is the last administrator", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 422, description = "There is no such role", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn change(
    State(hub): State<Hub>,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
    Sent(wish): Sent<UserChange>,
) -> Result<Json<User>, Problem> {
    asked.done()?;
    let id = number(&id)?;
    let role = wish.role.as_deref().map(role_of).transpose()?;
    let (person, commit) =
        blocking(&hub, move |hub| hub.people().change(id, role, wish.disabled, &by)).await?;
    hub.bell().ring(commit, vec![Change::user(id)]);
    Ok(Json(person.as_ref().into()))
}

/// Remove a person. They are signed out.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}", operation_id = "removeUser", tag = "people",
    params(("id" = i64, Path, description = "Number of the user")),
    responses((status = 204, description = "Removed"),
              (status = 409, description = "It is the last administrator", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn remove(
    State(hub): State<Hub>,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    asked.done()?;
    let id = number(&id)?;
    let commit = blocking(&hub, move |hub| hub.people().remove(id, &by)).await?;
    hub.bell().ring(commit, vec![Change::user(id)]);
    Ok(StatusCode::NO_CONTENT)
}

/// Give out a new link, for a password that was forgotten. Earlier links count no more; the old
/// password counts until the link was used.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/reset", operation_id = "resetUser", tag = "people",
    params(("id" = i64, Path, description = "Number of the user")),
    responses((status = 200, description = "The link", body = UserLink))
)]
pub async fn reset(
    State(hub): State<Hub>,
    from: From,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<UserLink>, Problem> {
    asked.done()?;
    let id = number(&id)?;
    let invited = blocking(&hub, move |hub| hub.people().reset(id, &by)).await?;
    hub.bell().ring(invited.commit, vec![Change::user(id)]);
    Ok(Json(link_of(&hub, &from, &invited)))
}
