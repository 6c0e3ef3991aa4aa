//! Signing in and out, first start, and the sessions there are.

use axum::Json;
use axum::extract::{Extension, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use utoipa::ToSchema;

use crate::http::access::Permit;
use crate::http::auth::{self, Caller, Peer};
use crate::http::error::{Code, Problem, ProblemDocument};
use crate::http::limits::SignIns;
use crate::http::session as cookies;
use crate::http::view::{List, Role, Time};
use crate::hub::Hub;
use crate::model::{Actor, By, PersonId, SessionId};
use crate::people::{self, Began, Link, PeopleError, Person};
use crate::secrets::Secret;

use super::blocking;
use super::query::{Asked, Place};
use super::sent::Sent;

/// Where a request comes from, as far as its connection and head tell.
#[derive(Debug, Clone)]
pub struct From {
    peer: Peer,
    headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or(Peer::UNKNOWN);
        Ok(Self { peer, headers: parts.headers.clone() })
    }
}

impl From {
    /// Where this server is found, as the asker sees it.
    #[must_use]
    pub fn base_url(&self, hub: &Hub) -> String {
        cookies::base_url(hub, self.peer, &self.headers)
    }

    fn address(&self, hub: &Hub) -> Option<std::net::IpAddr> {
        auth::client_address(hub, self.peer, &self.headers)
    }

    fn user_agent(&self) -> Option<&str> {
        self.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok())
    }
}

/// Who is asking, and what a page has to know before it asks for more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct Here {
    /// The person who is signed in.
    #[schema(required)]
    pub user: Option<Myself>,
    /// How the asker is known: `null` when not at all.
    #[schema(required)]
    pub via: Option<Via>,
    /// What the asker may do.
    pub may: Vec<May>,
    /// Whether there is no administrator yet: then the link that the server printed makes one.
    pub setup_needed: bool,
    /// Address by which senders reach this server, where the settings name one.
    #[schema(required)]
    pub public_url: Option<String>,
    pub version: &'static str,
}

/// The person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Myself {
    /// `null` of somebody who is known to a proxy only.
    #[schema(required)]
    pub id: Option<i64>,
    pub name: String,
    pub role: Role,
}

/// How an asker is known: `demo`: by nothing; everybody is the administrator of a demo.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Session,
    Proxy,
    Demo,
}

/// `read`: look at everything but keys and users; `edit`: have events read again; `admin`: change
/// keys, users and data.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum May {
    Read,
    Edit,
    Admin,
}

impl std::convert::From<Permit> for May {
    fn from(permit: Permit) -> Self {
        match permit {
            Permit::Read => Self::Read,
            Permit::Edit => Self::Edit,
            Permit::Admin => Self::Admin,
        }
    }
}

impl Here {
    fn of(hub: &Hub, caller: Option<&Caller>) -> Self {
        let (user, via) = match caller {
            Some(Caller::Person { person, .. }) => (Some(myself(person)), Some(Via::Session)),
            Some(Caller::Proxied { name, role }) => {
                let user = Myself { id: None, name: name.clone(), role: (*role).into() };
                let via = if hub.config().is_demo { Via::Demo } else { Via::Proxy };
                (Some(user), Some(via))
            }
            Some(Caller::Owner | Caller::Key(_)) | None => (None, None),
        };
        let permits = Permit::ALL.into_iter();
        Self {
            user,
            via,
            may: permits
                .filter(|permit| caller.is_some_and(|caller| caller.may(*permit)))
                .map(Into::into)
                .collect(),
            setup_needed: hub.people().is_new() && !hub.config().is_demo,
            public_url: hub.config().public_url.clone(),
            version: crate::version::VERSION,
        }
    }
}

fn myself(person: &Person) -> Myself {
    Myself { id: Some(person.id.0), name: person.name.clone(), role: person.role.into() }
}

/// A name and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `name` and `password`")]
pub struct SignIn {
    name: String,
    password: String,
}

/// A link's token and the password that is chosen by it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `token` and `password`")]
pub struct SetUp {
    /// What stands behind `token=` in the link.
    token: String,
    /// Of the first administrator; everybody else has a name already.
    #[serde(default)]
    name: Option<String>,
    /// 12 letters or more, at most 1024 bytes.
    password: String,
}

/// A link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `token`")]
pub struct LinkToken {
    /// What stands behind `token=` in the link.
    token: String,
}

/// What a link is for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    /// Whose password it replaces; `null`: it makes the first administrator, who chooses a name.
    #[schema(required)]
    pub name: Option<String>,
    /// `null`: it counts until it was used or the server is started again.
    #[schema(required)]
    pub expires_at: Option<Time>,
}

/// A new password of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `current` and `new`")]
pub struct PasswordChange {
    current: String,
    /// 12 letters or more, at most 1024 bytes.
    new: String,
}

/// Who is asking. Open to everybody.
#[utoipa::path(
    get, path = "/api/v1/session", operation_id = "getSession", tag = "people",
    responses((status = 200, description = "Who is asking, and what there is to know beforehand", body = Here))
)]
pub async fn here(State(hub): State<Hub>, from: From, asked: Asked) -> Result<Json<Here>, Problem> {
    asked.done()?;
    let caller = auth::person_of(&hub, from.peer, &from.headers);
    Ok(Json(Here::of(&hub, caller.as_ref())))
}

/// Sign in: the answer sets a cookie.
#[utoipa::path(
    post, path = "/api/v1/session", operation_id = "signIn", tag = "people",
    request_body = SignIn,
    responses((status = 200, description = "Signed in", body = Here),
              (status = 401, description = "Name or password is wrong", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 429, description = "Too many tries from this address or for this name", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn sign_in(
    State(hub): State<Hub>,
    Extension(sign_ins): Extension<SignIns>,
    from: From,
    by: By,
    asked: Asked,
    Sent(sent): Sent<SignIn>,
) -> Result<Response, Problem> {
    asked.done()?;
    cookies::refuse_foreign_pages(&hub, &from.headers)?;
    count(&hub, &sign_ins, &from, &sent.name)?;
    let place = place(&sign_ins).await?;
    let (name, password, who) = (sent.name, Secret::new(sent.password), by.clone());
    let person = blocking(&hub, move |hub| {
        let _place = place;
        let found = hub.people().sign_in(&name, &password);
        if let Err(PeopleError::Wrong) = found
            && sign_ins.is_worth_noting()
        {
            hub.people().note_refusal(&name, &who)?;
        }
        found
    });
    begin(hub.clone(), from, by, person.await?).await
}

/// Count a try; too many, and it is refused.
fn count(hub: &Hub, sign_ins: &SignIns, from: &From, name: &str) -> Result<(), Problem> {
    sign_ins.count(from.address(hub), name).map_err(|wait| {
        let seconds = wait.as_secs() + 1;
        Problem {
            retry_after_s: Some(seconds),
            ..Problem::new(
                Code::TooManyRequests,
                format!("too many tries; try again in {seconds} s"),
            )
        }
    })
}

/// A place to compare a password in, or to make what is kept of one.
async fn place(sign_ins: &SignIns) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
    let place = Arc::clone(&sign_ins.places).acquire_owned().await;
    place.map_err(|error| Problem::internal(&error))
}

/// What a link is for. Only a wrong one is a try: whoever holds a right one is not kept waiting by
/// others who guess from the same address.
async fn link(hub: &Hub, sign_ins: &SignIns, from: &From, token: &Secret) -> Result<Link, Problem> {
    let (now, sought) = (hub.clock().now(), token.clone());
    let found = blocking(hub, move |hub| hub.people().look_at_link(&sought, now)).await;
    if found.as_ref().is_err_and(|problem| problem.code == Code::LinkInvalid) {
        count(hub, sign_ins, from, token.reveal())?;
    }
    found
}

/// Begin a session for somebody who has proven who they are.
async fn begin(hub: Hub, from: From, by: By, person: Arc<Person>) -> Result<Response, Problem> {
    let (who, agent) = (Arc::clone(&person), from.user_agent().map(str::to_owned));
    let began: Began =
        blocking(&hub, move |hub| hub.people().begin_session(&who, agent.as_deref(), &by)).await?;
    let cookie = cookies::cookie(&hub, from.peer, &from.headers, &began);
    let caller = Caller::Person { person, session: began.session };
    let mut response = Json(Here::of(&hub, Some(&caller))).into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// Sign out. Answers the same when nobody was signed in.
#[utoipa::path(
    delete, path = "/api/v1/session", operation_id = "signOut", tag = "people",
    responses((status = 204, description = "Signed out"))
)]
pub async fn sign_out(
    State(hub): State<Hub>,
    from: From,
    by: By,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.done()?;
    cookies::refuse_foreign_pages(&hub, &from.headers)?;
    let caller = auth::person_of(&hub, from.peer, &from.headers);
    if let Some(Caller::Person { session, .. }) = &caller {
        let by = by.with(caller.as_ref().map_or(Actor::Stranger, Caller::actor));
        let session = Arc::clone(session);
        blocking(&hub, move |hub| hub.people().end_session(&session, &by)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let cookie = cookies::no_cookie(&hub, from.peer, &from.headers);
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// Choose a password by a link: the first administrator's, an invitation's, or one for a password
/// that was forgotten. The answer signs in.
#[utoipa::path(
    post, path = "/api/v1/setup", operation_id = "setUp", tag = "people",
    request_body = SetUp,
    responses((status = 200, description = "The password counts; signed in", body = Here),
              (status = 403, description = "The link was used, has expired, or is not complete", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 409, description = "Somebody has that name already", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 422, description = "The name or the password cannot be taken", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 429, description = "Too many tries from this address", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn set_up(
    State(hub): State<Hub>,
    Extension(sign_ins): Extension<SignIns>,
    from: From,
    by: By,
    asked: Asked,
    Sent(sent): Sent<SetUp>,
) -> Result<Response, Problem> {
    asked.done()?;
    cookies::refuse_foreign_pages(&hub, &from.headers)?;
    let token = Secret::new(sent.token);
    link(&hub, &sign_ins, &from, &token).await?;
    let place = place(&sign_ins).await?;
    let who = by.clone();
    let person = blocking(&hub, move |hub| {
        let _place = place;
        let password = Secret::new(sent.password);
        hub.people().set_up(&token, sent.name.as_deref(), &password, &who)
    });
    begin(hub.clone(), from, by, person.await?).await
}

/// What a link is for. It goes on counting; of one that does not count, a person hears before
/// they have thought of a password.
#[utoipa::path(
    post, path = "/api/v1/setup/link", operation_id = "lookAtLink", tag = "people",
    request_body = LinkToken,
    responses((status = 200, description = "The link counts", body = LinkView),
              (status = 403, description = "The link was used, has expired, or is not complete", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 429, description = "Too many tries from this address", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn look_at_link(
    State(hub): State<Hub>,
    Extension(sign_ins): Extension<SignIns>,
    from: From,
    asked: Asked,
    Sent(sent): Sent<LinkToken>,
) -> Result<Json<LinkView>, Problem> {
    asked.done()?;
    cookies::refuse_foreign_pages(&hub, &from.headers)?;
    let link = link(&hub, &sign_ins, &from, &Secret::new(sent.token)).await?;
    Ok(Json(LinkView { name: link.name, expires_at: link.expires_at.map(Into::into) }))
}

/// Change one's own password. One's other sessions end.
#[utoipa::path(
    put, path = "/api/v1/session/password", operation_id = "changePassword", tag = "people",
    request_body = PasswordChange,
    responses((status = 204, description = "The new password counts"),
              (status = 409, description = "Nobody is signed in here", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 422, description = "The password cannot be taken", body = ProblemDocument, content_type = "application/problem+json"),
              (status = 429, description = "Too many tries", body = ProblemDocument, content_type = "application/problem+json"))
)]
pub async fn change_password(
    State(hub): State<Hub>,
    Extension(caller): Extension<Caller>,
    Extension(sign_ins): Extension<SignIns>,
    from: From,
    by: By,
    asked: Asked,
    Sent(sent): Sent<PasswordChange>,
) -> Result<StatusCode, Problem> {
    asked.done()?;
    let Caller::Person { person, session } = caller else {
        let detail = "only somebody who has signed in here has a password to change";
        return Err(Problem::new(Code::Conflict, detail));
    };
    count(&hub, &sign_ins, &from, &person.name)?;
    let place = place(&sign_ins).await?;
    blocking(&hub, move |hub| {
        let _place = place;
        let (current, new) = (Secret::new(sent.current), Secret::new(sent.new));
        hub.people().change_password(&session, &current, &new, &by)
    })
    .await
    .map_err(|problem| match problem.code {
        // Who signed in is known: it is the value that cannot be taken.
        Code::SignInFailed => Problem::invalid("current", "this is not your current password"),
        Code::Invalid => Problem::invalid("new", problem.detail),
        _ => problem,
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// A person in one browser.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionItem {
    pub id: i64,
    pub user: SessionUser,
    pub created_at: Time,
    pub last_seen_at: Time,
    /// It ends then at the latest, and earlier when nothing is heard of it for a week.
    pub expires_at: Time,
    /// Address it was begun from.
    #[schema(required)]
    pub address: Option<String>,
    /// What the browser calls itself.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// Whether it is the asker's.
    pub current: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SessionUser {
    pub id: i64,
    pub name: String,
}

impl SessionItem {
    fn of(hub: &Hub, session: &people::Session, caller: &Caller) -> Option<Self> {
        let person = hub.people().get(session.person)?;
        Some(Self {
            id: session.id.0,
            user: SessionUser { id: person.id.0, name: person.name.clone() },
            created_at: session.created_at.into(),
            last_seen_at: session.last_seen_at().into(),
            expires_at: session.expires_at.into(),
            address: session.address.clone(),
            user_agent: session.user_agent.clone(),
            current: matches!(caller, Caller::Person { session: own, .. } if own.id == session.id),
        })
    }
}

/// Whose sessions somebody may see and end: an administrator everybody's, others their own.
fn is_within_reach(caller: &Caller, owner: PersonId) -> bool {
    caller.may(Permit::Admin)
        || matches!(caller, Caller::Person { person, .. } if person.id == owner)
}

/// Place of a session: its number.
struct SessionPlace(i64);

impl Place for SessionPlace {
    const LIST: &'static str = "sessions";

    fn numbers(&self) -> Vec<i64> {
        vec![self.0]
    }

    fn from_numbers(numbers: &[i64]) -> Option<Self> {
        let [id] = numbers else { return None };
        Some(Self(*id))
    }
}

/// The sessions that count, newest first: one's own; an administrator sees everybody's.
#[utoipa::path(
    get, path = "/api/v1/sessions", operation_id = "listSessions", tag = "people",
    params(
        ("limit" = Option<u16>, Query, description = "Items of a page: 50, at most 500"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of sessions", body = List<SessionItem>))
)]
pub async fn list(
    State(hub): State<Hub>,
    Extension(caller): Extension<Caller>,
    mut asked: Asked,
) -> Result<Response, Problem> {
    let (limit, before) = (asked.limit()?, asked.cursor::<SessionPlace>()?);
    let link = asked.done()?;
    let sessions = hub.people().sessions(hub.clock().now());
    let mut items: Vec<SessionItem> = sessions
        .iter()
        .filter(|session| is_within_reach(&caller, session.person))
        .filter(|session| before.as_ref().is_none_or(|place| session.id.0 < place.0))
        .filter_map(|session| SessionItem::of(&hub, session, &caller))
        .take(limit + 1)
        .collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|item| SessionPlace(item.id));
    Ok(link.page(items, next.as_ref()))
}

/// End a session: whoever uses it is signed out with the next request. An administrator can end
/// everybody's, others their own.
#[utoipa::path(
    delete, path = "/api/v1/sessions/{id}", operation_id = "endSession", tag = "people",
    params(("id" = i64, Path, description = "Number of the session")),
    responses((status = 204, description = "Ended"))
)]
pub async fn end(
    State(hub): State<Hub>,
    Extension(caller): Extension<Caller>,
    by: By,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<StatusCode, Problem> {
    asked.done()?;
    let nothing = || Problem::new(Code::NotFound, "there is no session with this number");
    let id = SessionId(id.parse().map_err(|_| nothing())?);
    let sessions = hub.people().sessions(hub.clock().now());
    let found = sessions.into_iter().find(|s| s.id == id && is_within_reach(&caller, s.person));
    let session = found.ok_or_else(nothing)?;
    blocking(&hub, move |hub| hub.people().end_session(&session, &by)).await?;
    Ok(StatusCode::NO_CONTENT)
}
