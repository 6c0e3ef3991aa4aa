//! The one place where errors become HTTP: problem documents (RFC 9457) with a stable code.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::AccessError;
use crate::journal::AppendError;
use crate::keys::KeyError;
use crate::people::PeopleError;
use crate::store::StoreError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Stable word for a kind of problem. Clients decide on this, never on the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    KeyMissing,
    KeyUnknown,
    KeyRevoked,
    SignatureBad,
    SignatureStale,
    ScopeMissing,
    NetworkNotAllowed,
    SessionEnded,
    SignInFailed,
    RoleMissing,
    ForeignOrigin,
    LinkInvalid,
    NotFound,
    MethodNotAllowed,
    BodyTooLarge,
    BodyIncomplete,
    BodyTooSlow,
    BadRequest,
    HttpsOnly,
    Invalid,
    Conflict,
    BodyGone,
    RangeInvalid,
    TooManyRequests,
    Busy,
    DiskLow,
    CannotStore,
    Draining,
    Internal,
}

impl Code {
    pub const ALL: [Self; 29] = [
        Self::KeyMissing,
        Self::KeyUnknown,
        Self::KeyRevoked,
        Self::SignatureBad,
        Self::SignatureStale,
        Self::ScopeMissing,
        Self::NetworkNotAllowed,
        Self::SessionEnded,
        Self::SignInFailed,
        Self::RoleMissing,
        Self::ForeignOrigin,
        Self::LinkInvalid,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BodyTooLarge,
        Self::BodyIncomplete,
        Self::BodyTooSlow,
        Self::BadRequest,
        Self::HttpsOnly,
        Self::Invalid,
        Self::Conflict,
        Self::BodyGone,
        Self::RangeInvalid,
        Self::TooManyRequests,
        Self::Busy,
        Self::DiskLow,
        Self::CannotStore,
        Self::Draining,
        Self::Internal,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyMissing => "key_missing",
            Self::KeyUnknown => "key_unknown",
            Self::KeyRevoked => "key_revoked",
            Self::SignatureBad => "signature_bad",
            Self::SignatureStale => "signature_stale",
            Self::ScopeMissing => "scope_missing",
            Self::NetworkNotAllowed => "network_not_allowed",
            Self::SessionEnded => "session_ended",
            Self::SignInFailed => "sign_in_failed",
            Self::RoleMissing => "role_missing",
            Self::ForeignOrigin => "foreign_origin",
            Self::LinkInvalid => "link_invalid",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyIncomplete => "body_incomplete",
            Self::BodyTooSlow => "body_too_slow",
            Self::BadRequest => "bad_request",
            Self::HttpsOnly => "https_only",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::BodyGone => "body_gone",
            Self::RangeInvalid => "range_invalid",
            Self::TooManyRequests => "too_many_requests",
            Self::Busy => "busy",
            Self::DiskLow => "disk_low",
            Self::CannotStore => "cannot_store",
            Self::Draining => "draining",
            Self::Internal => "internal",
        }
    }

    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::KeyMissing
            | Self::KeyUnknown
            | Self::KeyRevoked
            | Self::SignatureBad
            | Self::SignatureStale
            | Self::SessionEnded
            | Self::SignInFailed => StatusCode::UNAUTHORIZED,
            Self::ScopeMissing
            | Self::NetworkNotAllowed
            | Self::RoleMissing
            | Self::ForeignOrigin
            | Self::LinkInvalid => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            // Transient in Azure DevOps' eyes: it tries again after seconds, without probation.
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyIncomplete | Self::BadRequest | Self::HttpsOnly => StatusCode::BAD_REQUEST,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict => StatusCode::CONFLICT,
            Self::BodyGone => StatusCode::GONE,
            Self::RangeInvalid => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::DiskLow | Self::CannotStore | Self::Draining => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The same for every occurrence.
    fn title(self) -> &'static str {
        match self {
            Self::KeyMissing => "A key is needed",
            Self::KeyUnknown => "The key is not known",
            Self::KeyRevoked => "The key was revoked",
            Self::SignatureBad => "The signature does not match",
            Self::SignatureStale => "The signature is too old",
            Self::ScopeMissing => "The key does not allow this",
            Self::NetworkNotAllowed => "The key is not allowed from this network",
            Self::SessionEnded => "The session has ended",
            Self::SignInFailed => "The sign-in failed",
            Self::RoleMissing => "The role does not allow this",
            Self::ForeignOrigin => "The request came from another page",
            Self::LinkInvalid => "The link does not count",
            Self::NotFound => "There is nothing here",
            Self::MethodNotAllowed => "The method is not allowed here",
            Self::BodyTooLarge => "The body is too large",
            Self::BodyIncomplete => "The body ended early",
            Self::BodyTooSlow => "The body took too long",
            Self::BadRequest => "The request is not understood",
            Self::HttpsOnly => "The port speaks https only",
            Self::Invalid => "A value cannot be taken",
            Self::Conflict => "The request conflicts with what is there",
            Self::BodyGone => "The body is no longer kept",
            Self::RangeInvalid => "There are no such bytes",
            Self::TooManyRequests => "Too many requests",
            Self::Busy => "Too much is waiting to be stored",
            Self::DiskLow => "The disk is nearly full",
            Self::CannotStore => "Nothing can be stored now",
            Self::Draining => "The server is stopping",
            Self::Internal => "Something failed on our side",
        }
    }

    /// What its client can do about it.
    fn advice(self) -> &'static str {
        match self {
            Self::KeyMissing => {
                "Send a key as X-API-Key, as a bearer token, or as the password of basic \
                 authentication. `creel key create` makes one."
            }
            Self::KeyUnknown => {
                "The key that was sent is none of this server. Compare it with what `creel key \
                 create` has shown; `creel key list` shows what keys begin with."
            }
            Self::KeyRevoked => "Make a new key with `creel key create` and send that one.",
            Self::SignatureBad => {
                "The body was signed with another secret than that of any signing key, or was \
                 changed on its way."
            }
            Self::SignatureStale => {
                "The signed time is more than five minutes off. Compare the clocks; an old request \
                 that was caught and sent again is refused so, too."
            }
            Self::ScopeMissing => "Use a key with the scope that `detail` names.",
            Self::NetworkNotAllowed => {
                "The key is limited to networks of the settings' [networks]. Behind a proxy, name \
                 the proxy in server.trusted_proxies."
            }
            Self::SessionEnded => "Sign in again.",
            Self::SignInFailed => {
                "Compare name and password. An administrator can give out a new link for choosing \
                 one; so does `creel user reset` on the server."
            }
            Self::RoleMissing => "Ask an administrator for the role that `detail` names.",
            Self::ForeignOrigin => {
                "Use the pages of this server. Behind a proxy, set server.public_url and let the \
                 proxy hand on the Host header."
            }
            Self::LinkInvalid => {
                "Ask an administrator for a new link. The first administrator's link is printed at \
                 each start until it was used; `creel user create` makes one as well."
            }
            Self::NotFound => "Compare the address with /openapi.json.",
            Self::MethodNotAllowed => "The Allow header, where there is one, names the methods.",
            Self::BodyTooLarge => "A body has at most 16 MiB, also after decompression.",
            Self::BodyIncomplete => "The connection ended in the body. Send it again.",
            Self::BodyTooSlow => "Send it again; limits.slow_sender sets how long a body may take.",
            Self::BadRequest => "`detail` names what is not understood.",
            Self::HttpsOnly => {
                "Write https:// in the address. What was sent has crossed the network in the clear: \
                 consider a key that was in it as known to others."
            }
            Self::Invalid => {
                "`detail` says what is wrong with the value, `errors` where it stands."
            }
            Self::Conflict => "`detail` says what is there already.",
            Self::RangeInvalid => {
                "Ask for bytes that are there: the header `Content-Range` says how many there are."
            }
            Self::BodyGone => {
                "Bodies are kept as long as [retention] says, and an event can only be read again with \
                 its body. What was read of it is kept longer."
            }
            Self::TooManyRequests => {
                "Too many requests came from this address without a valid key. Wait for as long as \
                 Retry-After says."
            }
            Self::Busy => "Send it again after as long as Retry-After says.",
            Self::DiskLow => {
                "The disk of the data directory has less room than limits.disk_low. Free some, and \
                 send it again."
            }
            Self::CannotStore => "Send it again later. The server's log and /readyz say why.",
            Self::Draining => "The server is stopping. Send it again in a moment.",
            Self::Internal => {
                "The server's log says why, under the problem's `request_id`. Send it again later."
            }
        }
    }

    /// The page that `type` leads to.
    #[must_use]
    pub fn page(self) -> String {
        let (word, status, title) = (self.as_str(), self.status(), self.title());
        let retry = if self.retryable() { "yes" } else { "no" };
        format!(
            "{title}\n\ncode: {word}\nstatus: {status}\nretryable: {retry}\n\n{}\n",
            self.advice()
        )
    }

    /// Whether the same request can succeed later without a change by its sender.
    fn retryable(self) -> bool {
        let status = self.status();
        status.is_server_error()
            || matches!(self, Self::TooManyRequests | Self::BodyTooSlow | Self::BodyIncomplete)
    }
}

/// A refusal on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    pub code: Code,
    /// What happened this time, for people. Never a secret, an address of a peer, or SQL.
    pub detail: String,
    pub retry_after_s: Option<u64>,
    /// Allowed methods, with 405.
    pub allow: Option<&'static str>,
    /// What is wrong where in the body, with 422.
    pub errors: Vec<Fault>,
    /// Names this answer, here and in the log.
    pub request_id: Uuid,
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fault {
    pub detail: String,
    /// JSON pointer to the member, as a fragment: `#/password`.
    pub pointer: String,
}

/// What a problem looks like on the wire.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Address of the page that explains the code, on this server: `/problems/<code>`.
    pub r#type: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub code: Code,
    /// The sentence of `detail`, for clients of the receivers that Creel replaces.
    pub error: String,
    pub retryable: bool,
    /// What is wrong where, with 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<Fault>,
    /// Names this answer, also in the header `X-Request-Id` and in the server's log.
    pub request_id: Uuid,
}

impl Problem {
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let retry_after_s = (code.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        let request_id = Uuid::now_v7();
        let detail = detail.into();
        Self { code, detail, retry_after_s, allow: None, errors: Vec::new(), request_id }
    }

    /// A member of the body whose value cannot be taken.
    pub fn invalid(member: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let fault = Fault { detail: detail.clone(), pointer: format!("#/{member}") };
        Self { errors: vec![fault], ..Self::new(Code::Invalid, detail) }
    }

    /// There is no such address.
    #[must_use]
    pub fn nothing_here() -> Self {
        Self::new(
            Code::NotFound,
            "there is nothing at this address; /openapi.json lists what there is",
        )
    }

    /// Our own failure: the cause goes to the log, not to the client.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let problem = Self::new(
            Code::Internal,
            "the request could not be answered; the server's log says why",
        );
        tracing::error!(%error, request_id = %problem.request_id, "A request failed on our side");
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let document = ProblemDocument {
            r#type: format!("/problems/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: status.as_u16(),
            error: self.detail.clone(),
            detail: self.detail,
            code: self.code,
            retryable: self.code.retryable(),
            errors: self.errors,
            request_id: self.request_id,
        };
        tracing::debug!(request_id = %self.request_id, code = document.code.as_str(), "Refused");
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Ok(id) = HeaderValue::try_from(self.request_id.to_string()) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"creel\""),
            );
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let code = match error {
            AppendError::Busy => Code::Busy,
            AppendError::DiskLow => Code::DiskLow,
            AppendError::Unavailable(_) => Code::CannotStore,
        };
        // The reason names files and system errors: for the log and `/readyz`, not for a sender.
        let detail = match error {
            AppendError::Unavailable(_) => {
                "the request cannot be stored now; send it again".to_owned()
            }
            other => format!("{other}; send it again"),
        };
        Self::new(code, detail)
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Name => Self::invalid("name", error.to_string()),
            PeopleError::Password => Self::invalid("password", error.to_string()),
            PeopleError::NameTaken(_) | PeopleError::LastAdmin | PeopleError::Full => {
                Self::new(Code::Conflict, error.to_string())
            }
            PeopleError::Wrong => Self::new(Code::SignInFailed, error.to_string()),
            PeopleError::LinkInvalid => Self::new(Code::LinkInvalid, error.to_string()),
            PeopleError::Nobody => Self::new(Code::NotFound, error.to_string()),
            PeopleError::Hash(error) => Self::internal(&error),
            PeopleError::Secrets(error) => Self::internal(&error),
            PeopleError::Store(error) => Self::internal(&error),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let says = error.to_string();
        match error {
            AccessError::Provider(_) => Self::invalid("provider", says),
            AccessError::NoBase | AccessError::Base(_) => Self::invalid("base", says),
            AccessError::NotConfirmed { .. } => Self::invalid("confirm_base", says),
            AccessError::Text(_) | AccessError::NoEntra => Self::invalid("token", says),
            AccessError::Authority => Self::invalid("authority", says),
            AccessError::Secrets(error) => Self::internal(&error),
            AccessError::Store(error) => Self::internal(&error),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Name | KeyError::Value | KeyError::Limit | KeyError::Network { .. } => {
                Self::new(Code::BadRequest, error.to_string())
            }
            KeyError::Known | KeyError::SigningFull => Self::new(Code::Conflict, error.to_string()),
            KeyError::Secrets(error) => Self::internal(&error),
            KeyError::Store(error) => Self::internal(&error),
        }
    }
}
