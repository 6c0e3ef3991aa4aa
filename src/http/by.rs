//! Who does something, for the audit trail: out of the request that asks for it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::hub::Hub;
use crate::model::{Actor, By};

use super::auth::{Caller, Peer, client_address};

impl FromRequestParts<Hub> for By {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or(Peer::UNKNOWN);
        let actor = match (parts.extensions.get::<Caller>(), peer) {
            (Some(caller), _) => caller.actor(),
            (None, Peer::Owner) => Actor::Owner,
            // Addresses that are open: who it is turns out later, or never.
            (None, Peer::Tcp { .. }) => Actor::Stranger,
        };
        let address = client_address(hub, peer, &parts.headers).map(|ip| ip.to_string());
        Ok(Self { actor, address, at: hub.clock().now() })
    }
}
