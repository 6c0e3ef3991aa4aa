//! Who is asking: credentials out of a request, and what they allow.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;

use crate::hub::Hub;
use crate::keys::{Key, Recognised, Scope};
use crate::model::{Actor, KeyId};
use crate::people::{Person, Role, Session, Standing};
use crate::secrets::Secret;

use super::access::{self, Permit};
use super::error::{Code, Problem};
use super::session;

/// Credentials looked at per request; the rest is ignored.
const PRESENTED_MAX: usize = 8;

/// Who a connection comes from, told by the listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Tcp {
        address: SocketAddr,
        /// Whether the connection itself is encrypted; a proxy in front may have been as well.
        is_encrypted: bool,
    },
    /// Over the control socket, which only the owner of the data directory can open.
    Owner,
}

impl Peer {
    /// A request that did not come through a listener of ours: a stranger's.
    pub const UNKNOWN: Self = Self::Tcp {
        address: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        is_encrypted: false,
    };
}

/// Who is asking, once credentials were judged.
#[derive(Debug, Clone)]
pub enum Caller {
    /// On the control socket: may do everything.
    Owner,
    Key(Arc<Key>),
    /// Signed in here.
    Person {
        person: Arc<Person>,
        session: Arc<Session>,
    },
    /// Signed in at a trusted proxy, or a visitor of the demo.
    Proxied {
        name: String,
        role: Role,
    },
}

impl Caller {
    /// Whether it may do something.
    #[must_use]
    pub fn may(&self, permit: Permit) -> bool {
        match self {
            Self::Owner => true,
            Self::Key(key) => access::scopes_allow(key.scopes, permit),
            Self::Person { person, .. } => access::role_allows(person.role, permit),
            Self::Proxied { role, .. } => access::role_allows(*role, permit),
        }
    }

    /// Who it is for the audit trail.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Owner => Actor::Owner,
            Self::Key(key) => Actor::Key { id: key.id, name: key.name.clone() },
            Self::Person { person, .. } => {
                Actor::Person { id: Some(person.id), name: person.name.clone() }
            }
            Self::Proxied { name, .. } => Actor::Person { id: None, name: name.clone() },
        }
    }
}

/// Headers that carry a key as they are.
const KEY_HEADERS: [&str; 5] =
    ["x-api-key", "x-hook-secret", "x-webhook-secret", "x-buildkite-token", "x-gitlab-token"];

/// A credential, and where it stood.
#[derive(Debug, Clone)]
pub struct Presented {
    pub secret: Secret,
    /// In the address, which proxies write into their logs.
    pub is_in_address: bool,
}

/// All credentials in a request, in the order they are tried.
#[must_use]
pub fn presented(headers: &HeaderMap, uri: &Uri) -> Vec<Presented> {
    let mut found = Vec::new();
    for name in KEY_HEADERS {
        for value in headers.get_all(name) {
            found.extend(text(value).map(|text| Secret::new(text.trim())));
        }
    }
    for value in headers.get_all(header::AUTHORIZATION) {
        found.extend(text(value).and_then(authorization));
    }
    let with = |is_in_address| move |secret| Presented { secret, is_in_address };
    let mut found: Vec<Presented> = found.into_iter().map(with(false)).collect();
    let in_address = query_pairs(uri).into_iter().filter(|(name, _)| name == "apiKey");
    found.extend(in_address.map(|(_, value)| Secret::new(value)).map(with(true)));
    found.retain(|presented| !presented.secret.reveal().is_empty());
    found.truncate(PRESENTED_MAX);
    found
}

/// A secret that was in use before may have letters that a header's text officially has not.
fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

/// `Bearer KEY`, `Basic ...:KEY`, `Token token="KEY"`, or the bare key.
fn authorization(text: &str) -> Option<Secret> {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once(' ') else { return Some(Secret::new(text)) };
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Secret::new(rest.trim()));
    }
    // As collectors of test results send it.
    if scheme.eq_ignore_ascii_case("token") {
        let key = rest.trim().strip_prefix("token=").unwrap_or(rest.trim());
        return Some(Secret::new(key.trim_matches('"')));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (_, password) = text.split_once(':')?;
        return Some(Secret::new(password));
    }
    None
}

/// The query string, decoded.
#[must_use]
pub fn query_pairs(uri: &Uri) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    uri.query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// A key that may do what is asked.
#[derive(Debug, Clone)]
pub struct Judged {
    pub key: Arc<Key>,
    pub is_in_address: bool,
}

/// The first key among the credentials that may do what is asked, from where it is asked. When none
/// may, the answer is about the one that came closest: a valid key without the scope (or from a
/// wrong network) before a revoked one, that before an unknown one.
pub fn judge(
    hub: &Hub,
    presented: &[Presented],
    needed: Scope,
    address: Option<IpAddr>,
) -> Result<Judged, Refused> {
    let (mut limited, mut revoked) = (None, None);
    for Presented { secret, is_in_address } in presented {
        match hub.keys().recognise(secret) {
            Recognised::Valid(key) => match permits(hub, &key, needed, address) {
                Ok(()) => return Ok(Judged { key, is_in_address: *is_in_address }),
                Err(refused) => limited = limited.or(Some(refused)),
            },
            Recognised::Revoked(key) => {
                revoked = Some(Refused { code: Code::KeyRevoked, key: Some(key.id), needed });
            }
            Recognised::Unknown => {}
        }
    }
    let code = if presented.is_empty() { Code::KeyMissing } else { Code::KeyUnknown };
    Err(limited.or(revoked).unwrap_or(Refused { code, key: None, needed }))
}

/// What a valid key allows: scope and network.
pub fn permits(
    hub: &Hub,
    key: &Key,
    needed: Scope,
    address: Option<IpAddr>,
) -> Result<(), Refused> {
    let code = if !key.scopes.has(needed) {
        Code::ScopeMissing
    } else if !network_allows(hub, key, address) {
        Code::NetworkNotAllowed
    } else {
        return Ok(());
    };
    Err(Refused { code, key: Some(key.id), needed })
}

/// Why a request has no caller.
#[derive(Debug, Clone, Copy)]
pub struct Refused {
    pub code: Code,
    /// The key that was recognised, though it does not help.
    pub key: Option<KeyId>,
    /// What it would have had to allow.
    pub needed: Scope,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let detail = match refused.code {
            Code::KeyMissing => {
                "no key was sent; send one as X-API-Key, as a bearer token, or as basic auth password"
            }
            Code::KeyRevoked => "the key that was sent has been revoked",
            Code::SignatureStale => "the signature's time is more than five minutes off",
            Code::SignatureBad => "the signature does not match the body with any signing key",
            Code::NetworkNotAllowed => "the key is not allowed from this network",
            Code::ScopeMissing => {
                let needed = refused.needed.as_str();
                return Self::new(refused.code, format!("this needs a key with scope `{needed}`"));
            }
            Code::SessionEnded => "the session has ended; sign in again",
            _ => "the key that was sent is not known",
        };
        Self::new(refused.code, detail)
    }
}

/// The address a request comes from: the connection's, or what a trusted proxy says.
#[must_use]
pub fn client_address(hub: &Hub, peer: Peer, headers: &HeaderMap) -> Option<IpAddr> {
    let Peer::Tcp { address, .. } = peer else { return None };
    let mut address = address.ip().to_canonical();
    let trusted = &hub.config().trusted_proxies;
    let is_proxy = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    if !is_proxy(&address) {
        return Some(address);
    }
    // From the nearest to the farthest: the first that is not a proxy of ours is the client.
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect::<Vec<_>>();
    for hop in forwarded.into_iter().rev() {
        let Some(ip) = hop_address(hop) else { break };
        address = ip.to_canonical();
        if !is_proxy(&address) {
            break;
        }
    }
    Some(address)
}

/// The address of a proxy's word for who it answered; some write the port as well.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare.parse().ok().or_else(with_port)
}

/// Whether a key may be used from an address.
fn network_allows(hub: &Hub, key: &Key, address: Option<IpAddr>) -> bool {
    if key.limits.networks.is_empty() {
        return true;
    }
    let Some(address) = address else { return true };
    key.limits
        .networks
        .iter()
        .filter_map(|name| hub.config().networks.get(name))
        .flatten()
        .any(|network| network.contains(&address))
}

/// Who asks first, before path, query and body: a stranger learns nothing but that a key is needed.
pub async fn guard_api(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    let needed = access::needed(request.method(), request.uri().path());
    guard(&hub, request, next, needed).await
}

/// For the pages around the API that need a `read` key.
pub async fn guard_read(State(hub): State<Hub>, request: Request, next: Next) -> Response {
    guard(&hub, request, next, Permit::Read).await
}

async fn guard(hub: &Hub, mut request: Request<Body>, next: Next, needed: Permit) -> Response {
    match admit(hub, &request, needed) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Whether the asker may look at what the API shows; for pages that also have something for others.
pub fn may_read(hub: &Hub, request: &Request<Body>) -> bool {
    admit(hub, request, Permit::Read).is_ok()
}

/// A key if one was sent, else a person. A wrong key is refused also when a person has signed in:
/// whoever sends one means it.
fn admit(hub: &Hub, request: &Request<Body>, needed: Permit) -> Result<Caller, Problem> {
    let peer = peer_of(request);
    if peer == Peer::Owner {
        return Ok(Caller::Owner);
    }
    let headers = request.headers();
    let address = client_address(hub, peer, headers);
    let presented = presented(headers, request.uri());
    let refused = match judge(hub, &presented, needed.scope(), address) {
        Ok(Judged { key, is_in_address }) => {
            hub.tally().key_used(key.id, hub.clock().now(), is_in_address);
            return Ok(Caller::Key(key));
        }
        Err(refused) if !presented.is_empty() => return Err(refused.into()),
        Err(refused) => refused,
    };
    let Some(caller) = person_of(hub, peer, headers) else {
        let has_ended = !session::tokens(headers).is_empty();
        let code = if has_ended { Code::SessionEnded } else { refused.code };
        return Err(Refused { code, ..refused }.into());
    };
    if !caller.may(needed) {
        let needed = needed.role();
        let detail = format!("this needs a person with the role `{needed}`");
        return Err(Problem::new(Code::RoleMissing, detail));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        session::refuse_foreign_pages(hub, headers)?;
    }
    Ok(caller)
}

/// The person whose browser sent a request: by a session of ours, else by what a proxy says.
#[must_use]
pub fn person_of(hub: &Hub, peer: Peer, headers: &HeaderMap) -> Option<Caller> {
    let now = hub.clock().now();
    let mut tokens = session::tokens(headers).into_iter();
    if let Some((person, session)) = tokens.find_map(|token| hub.people().recognise(&token, now)) {
        if session.touch(now) {
            hub.tally().session_used(session.id, person.id, now);
        }
        return Some(Caller::Person { person, session });
    }
    if hub.config().is_demo && session::is_local_name(headers) {
        return Some(Caller::Proxied { name: "demo".to_owned(), role: Role::Admin });
    }
    let settings = &hub.config().people;
    let header = settings.header.as_deref().filter(|_| from_trusted_proxy(hub, peer))?;
    let name = headers.get(header).and_then(text).map(str::trim).filter(|name| !name.is_empty())?;
    let role = match hub.people().named(name) {
        Some(person) if person.standing() == Standing::Disabled => None,
        Some(person) => Some(person.role),
        None => settings.role.as_deref().and_then(Role::of),
    }?;
    Some(Caller::Proxied { name: name.to_owned(), role })
}

/// Whether a connection comes from a proxy that is believed.
#[must_use]
pub fn from_trusted_proxy(hub: &Hub, peer: Peer) -> bool {
    let Peer::Tcp { address, .. } = peer else { return false };
    let address = address.ip().to_canonical();
    hub.config().trusted_proxies.iter().any(|network| network.contains(&address))
}

/// Who is at the other end.
#[must_use]
pub fn peer_of<B>(request: &Request<B>) -> Peer {
    request.extensions().get::<Peer>().copied().unwrap_or(Peer::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(headers: &[(&'static str, &str)], uri: &str) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let presented = presented(&map, &uri.parse().unwrap());
        presented.iter().map(|one| one.secret.reveal().to_owned()).collect()
    }

    #[test]
    fn a_key_is_found_wherever_a_sender_can_put_it() {
        for name in KEY_HEADERS {
            assert_eq!(found(&[(name, "k-1")], "/"), ["k-1"], "{name}");
        }
        assert_eq!(found(&[("authorization", "Bearer k-2")], "/"), ["k-2"]);
        assert_eq!(found(&[("authorization", "bearer  k-2")], "/"), ["k-2"]);
        assert_eq!(found(&[("authorization", "k-3")], "/"), ["k-3"]);
        for text in ["Token token=\"k-6\"", "token token=k-6", "Token k-6"] {
            assert_eq!(found(&[("authorization", text)], "/"), ["k-6"], "{text}");
        }
        // printf 'anyone:k:4' | base64
        assert_eq!(found(&[("authorization", "Basic YW55b25lOms6NA==")], "/"), ["k:4"]);
        assert_eq!(found(&[], "/webhooks/azure?x=1&apiKey=k%2D5"), ["k-5"]);
        assert_eq!(found(&[], "/webhooks/azure?x=1"), Vec::<String>::new());
    }

    #[test]
    fn a_proxy_may_write_a_port_and_brackets() {
        for hop in ["192.0.2.7", "192.0.2.7:4711"] {
            assert_eq!(hop_address(hop), Some("192.0.2.7".parse().unwrap()), "{hop}");
        }
        for hop in ["2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:4711"] {
            assert_eq!(hop_address(hop), Some("2001:db8::7".parse().unwrap()), "{hop}");
        }
        assert_eq!(hop_address("unknown"), None);
    }

    #[test]
    fn empty_and_foreign_credentials_are_none() {
        assert!(
            found(&[("x-api-key", ""), ("authorization", "Digest abc")], "/?apiKey=").is_empty()
        );
    }
}
