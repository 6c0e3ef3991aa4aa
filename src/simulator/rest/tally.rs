//! What was asked, counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Ask;

/// Routes that are told apart; what is beyond is counted together.
const ROUTES_MAX: usize = 200;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub requests: u64,
    pub by_status: BTreeMap<u16, u64>,
    /// By method and path, with `*` for ids.
    pub routes: BTreeMap<String, u64>,
    /// Requests that came although the limit was used up.
    pub over_limit: u64,
    /// Requests without a token, or with one that opens nothing.
    pub unauthorized: u64,
    /// Requests that brought a token to a place where none should go.
    pub stray_tokens: u64,
    /// Answers that the script spoiled.
    pub faults: u64,
}

impl Tally {
    pub(super) fn note(&mut self, ask: &Ask, status: u16) {
        self.requests += 1;
        *self.by_status.entry(status).or_default() += 1;
        let mut route = route(ask);
        if self.routes.len() >= ROUTES_MAX && !self.routes.contains_key(&route) {
            "other".clone_into(&mut route);
        }
        *self.routes.entry(route).or_default() += 1;
    }
}

/// `GET contoso/*/_apis/build/builds/*/timeline`
fn route(ask: &Ask) -> String {
    let mut route = ask.method.clone();
    for (nth, part) in ask.parts.iter().enumerate() {
        let before = nth.checked_sub(1).map_or("", |before| ask.parts[before].as_str());
        let is_name = match before {
            "organizations" | "pipelines" => true,
            "contoso" => part != "_apis",
            "entra" | "store" => true,
            _ => part.starts_with(|c: char| c.is_ascii_digit()) || part.len() == 36,
        };
        route.push(if nth == 0 { ' ' } else { '/' });
        route.push_str(if is_name { "*" } else { part });
    }
    route
}
