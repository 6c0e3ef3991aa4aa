//! Hooks under way, as senders send them.

use creel::simulator::{Hook, build_story};
use serde_json::Value;

use super::http::Client;
use super::server::Server;

/// Whole builds, one hook after the other.
pub fn stories(count: usize) -> Vec<Hook> {
    (0..).flat_map(|seed| build_story(seed).hooks).take(count).collect()
}

/// Post a hook; status and answer.
pub fn post(client: &mut Client, hook: &Hook, key: &str) -> std::io::Result<(u16, Value)> {
    let mut headers: Vec<(&str, &str)> =
        hook.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    headers
        .retain(|(name, _)| !matches!(*name, "content-length" | "host" | "connection" | "expect"));
    headers.push(("x-api-key", key));
    let answer = client.send("POST", hook.path(), &headers, &hook.body)?;
    Ok((answer.status, answer.json()))
}

/// Everything a page could show of the builds, by the provider's own id.
pub fn builds(server: &Server, key: &str) -> Vec<String> {
    let mut builds: Vec<String> =
        server.all("/api/v1/builds", key).iter().map(ToString::to_string).collect();
    builds.sort();
    builds
}
