//! What proves who asks: a personal access token, a bearer token, or an application of Entra.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::secrets::{Secret, fingerprint};

/// The vendor's own place for signing in applications.
pub const AUTHORITY: &str = "https://login.microsoftonline.com";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Of Azure DevOps; goes out as the password of nobody in particular. As a bearer it is refused.
    Pat(Secret),
    /// Of Buildkite.
    Bearer(Secret),
    /// Of Azure DevOps: tokens that live for an hour are given out against a secret.
    Entra(EntraApp),
}

/// An application that is registered with Microsoft Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraApp {
    pub tenant: String,
    pub client_id: String,
    pub secret: Secret,
    /// Where it signs in, without a slash at the end: [`AUTHORITY`], or what an administrator set
    /// for another of the vendor's clouds.
    pub authority: String,
}

impl Credential {
    /// Tells two apart and reveals neither.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        match self {
            Self::Pat(secret) | Self::Bearer(secret) => fingerprint(secret),
            Self::Entra(EntraApp { tenant, client_id, secret, authority }) => {
                let parts = [authority, tenant, client_id, secret.reveal()];
                fingerprint(&Secret::new(parts.join("\u{1f}")))
            }
        }
    }
}

/// The header's value for a personal access token: basic, with an empty name.
pub(super) fn basic(token: &Secret) -> Secret {
    Secret::new(format!("Basic {}", STANDARD.encode(format!(":{}", token.reveal()))))
}

pub(super) fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.reveal()))
}
