//! A receiver elsewhere: which entries it gets, and at which address.

use std::time::Duration;

use url::Url;

use crate::config;
use crate::journal::Label;
use crate::model::Route;
use crate::secrets::Secret;

/// Stands in the address of a target for the path that the sender used.
const PATH: &str = "{path}";

/// What stands in place of a secret where the address is shown.
const MASK: &str = "***";

/// A target, as the settings name it.
#[derive(Debug, Clone)]
pub struct Target {
    pub name: String,
    url: Secret,
    /// Routes and channels it gets; empty: all.
    pub only: Vec<String>,
    pub timeout: Duration,
}

impl From<&config::Forward> for Target {
    fn from(setting: &config::Forward) -> Self {
        Self {
            name: setting.name.clone(),
            url: setting.url.clone(),
            only: setting.only.clone(),
            timeout: setting.timeout,
        }
    }
}

impl Target {
    /// Whether it gets an entry of this label. What the key does not admit goes nowhere.
    #[must_use]
    pub fn wants(&self, label: &Label) -> bool {
        let is_named = |word: &str| self.only.iter().any(|only| only == word);
        label.admitted
            && (self.only.is_empty()
                || match label.route {
                    Route::Channel => label.channel.as_deref().is_some_and(is_named),
                    route => is_named(route.as_str()),
                })
    }

    /// Where a request goes that was sent to `asked` (path and query). Its parameters go along, but for
    /// those that the target's own address has: the operator's word counts.
    pub fn address(&self, asked: &str) -> Result<Url, url::ParseError> {
        let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
        let mut url = Url::parse(&self.url.reveal().replace(PATH, path))?;
        let own: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
        let theirs = query.split('&').filter(|pair| {
            let name = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name);
            name.is_some_and(|name| own.iter().all(|own| *own != name))
        });
        let joined: Vec<&str> =
            url.query().filter(|query| !query.is_empty()).into_iter().chain(theirs).collect();
        let joined = joined.join("&");
        url.set_query(Some(joined.as_str()).filter(|query| !query.is_empty()));
        url.set_fragment(None);
        Ok(url)
    }

    /// The address as people may see it: without a user, a password, and values in its query.
    #[must_use]
    pub fn shown(&self) -> String {
        let Ok(mut url) = Url::parse(&self.url.reveal().replace(PATH, "/")) else {
            return MASK.to_owned();
        };
        let _ = url.set_password(None);
        let _ = url.set_username("");
        let names: Vec<_> = url.query_pairs().map(|(name, _)| format!("{name}={MASK}")).collect();
        url.set_query(None);
        let is_open = self.url.reveal().contains(PATH);
        let base = url.as_str();
        let base =
            if is_open { format!("{}{PATH}", base.trim_end_matches('/')) } else { base.to_owned() };
        if names.is_empty() { base } else { format!("{base}?{}", names.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, KeyId, Provider};

    fn target(url: &str, only: &[&str]) -> Target {
        Target {
            name: "default".to_owned(),
            url: Secret::new(url),
            only: only.iter().map(|word| (*word).to_owned()).collect(),
            timeout: Duration::from_secs(10),
        }
    }

    fn label(route: Route, channel: Option<&str>) -> Label {
        Label {
            provider: Provider::Other,
            route,
            channel: channel.map(str::to_owned),
            key: KeyId(1),
            event_type: None,
            answer: Answer::Stored,
            admitted: true,
            reason: None,
        }
    }

    #[test]
    fn parameters_go_along_but_for_those_that_the_operator_set() {
        let old = "http://127.0.0.1:4000/hooks/receive";
        for (url, asked, address) in [
            (old, "/webhooks/azure", old.to_owned()),
            (old, "/webhooks/azure?apiKey=a%2Bb&x", format!("{old}?apiKey=a%2Bb&x")),
            (
                &format!("{old}?apiKey=own"),
                "/w?apiKey=a&azpToken=b",
                format!("{old}?apiKey=own&azpToken=b"),
            ),
            (&format!("{old}?api%4Bey=own"), "/w?apiKey=a", format!("{old}?api%4Bey=own")),
            (&format!("{old}?"), "/w?", old.to_owned()),
            (
                "http://old:3000{path}",
                "/hooks/a%20b?k=1",
                "http://old:3000/hooks/a%20b?k=1".to_owned(),
            ),
            ("http://old/in{path}?k=0", "/hooks/x?k=1", "http://old/in/hooks/x?k=0".to_owned()),
        ] {
            assert_eq!(target(url, &[]).address(asked).unwrap().as_str(), address, "{url} {asked}");
        }
    }

    #[test]
    fn an_address_is_shown_without_what_gives_access() {
        for (url, shown) in [
            ("http://old:4000/hooks/receive", "http://old:4000/hooks/receive"),
            ("https://u:p@old/in?apiKey=abc&b", "https://old/in?apiKey=***&b=***"),
            ("http://old:3000{path}", "http://old:3000{path}"),
            ("http://old/in{path}?k=0", "http://old/in{path}?k=***"),
        ] {
            assert_eq!(target(url, &[]).shown(), shown);
        }
    }

    #[test]
    fn a_target_gets_the_routes_and_channels_it_names() {
        let all = target("http://old", &[]);
        let some = target("http://old", &["buildkite", "pushes"]);
        for (route, channel, wanted) in [
            (Route::Buildkite, None, true),
            (Route::Azure, None, false),
            (Route::Channel, Some("pushes"), true),
            (Route::Channel, Some("alerts"), false),
        ] {
            assert!(all.wants(&label(route, channel)));
            assert_eq!(some.wants(&label(route, channel)), wanted, "{route:?} {channel:?}");
        }
        assert!(!all.wants(&Label { admitted: false, ..label(Route::Azure, None) }));
    }
}
