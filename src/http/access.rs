//! What an address of the API takes, and what keys and roles allow.

use axum::http::Method;

use crate::keys::{Scope, Scopes};
use crate::people::Role;

/// What a request needs. Names of their own, since keys speak of scopes and people have roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permit {
    /// Look at what came in and what it means.
    Read,
    /// Have events read again, have providers asked again, say that a test is fixed.
    Edit,
    /// Change keys, people and data.
    Admin,
}

impl Permit {
    pub const ALL: [Self; 3] = [Self::Read, Self::Edit, Self::Admin];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }

    /// The scope of a key that allows this.
    #[must_use]
    pub fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::Read,
            Self::Edit | Self::Admin => Scope::Admin,
        }
    }

    /// The least role that allows this.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::Edit => Role::Editor,
            Self::Admin => Role::Admin,
        }
    }
}

/// Whether a key's scopes allow something.
#[must_use]
pub fn scopes_allow(scopes: Scopes, permit: Permit) -> bool {
    scopes.has(permit.scope())
}

/// Whether a role allows something.
#[must_use]
pub fn role_allows(role: Role, permit: Permit) -> bool {
    role >= permit.role()
}

/// What an address needs. Lists of keys, of people and of what was done tell about secrets and about
/// who can change them: they take the permit that can.
#[must_use]
pub fn needed(method: &Method, path: &str) -> Permit {
    let is_look = matches!(*method, Method::GET | Method::HEAD);
    let of = |collection: &str| {
        path.strip_prefix(collection).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match is_look {
        true if of("/api/v1/keys") || of("/api/v1/users") || of("/api/v1/audit") => Permit::Admin,
        true if of("/api/v1/access") => Permit::Admin,
        true => Permit::Read,
        // Everybody who may look has sessions, and ends their own; whose it is, the handler judges.
        false if of("/api/v1/sessions") || of("/api/v1/session") => Permit::Read,
        false if of("/api/v1/events") && path.ends_with("/replay") => Permit::Edit,
        false if of("/api/v1/builds") || of("/api/v1/tests") => Permit::Edit,
        false => Permit::Admin,
    }
}
