//! Where a token may go.
//!
//! To the provider's own domain, or to a base that an administrator confirmed; and from there to hosts
//! that belong to it. Never to an address out of a payload or an answer. [`Vouched`] cannot be made in
//! any other way, and nothing is sent without one.

use url::{Origin, Url};

use crate::model::Provider;
use crate::providers::rest::{Call, Host, Hosts, hosts, is_own_domain};

/// Hosts that a token may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    provider: Provider,
    base: String,
    hosts: Hosts,
    is_own: bool,
}

/// Why no token goes there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotVouched {
    #[error("{0} is no web address")]
    NoAddress(String),
    #[error("the address has a user name, a query or a fragment in it")]
    Decorated,
    #[error("{base} is not one of the provider's own addresses, and no administrator confirmed it")]
    Foreign { base: String },
    #[error("the address of the question leaves {base}")]
    Elsewhere { base: String },
}

/// A base address as it is kept: http or https, lower-case scheme and host, no slash at the end.
pub fn base_address(text: &str) -> Result<String, NotVouched> {
    let no_address = || NotVouched::NoAddress(text.trim().chars().take(200).collect());
    let url = Url::parse(text.trim()).map_err(|_| no_address())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(no_address());
    }
    let is_bare = url.username().is_empty() && url.password().is_none();
    if !is_bare || url.query().is_some() || url.fragment().is_some() {
        return Err(NotVouched::Decorated);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a base lies in the provider's own domain, where a token may go unasked.
#[must_use]
pub fn is_own(provider: Provider, base: &str) -> bool {
    base_address(base).is_ok_and(|base| {
        let has_port = Url::parse(&base).is_ok_and(|url| url.port().is_some());
        !has_port && is_own_domain(provider, &base)
    })
}

impl Vouched {
    /// A base of the provider's own domain, whoever names it.
    pub fn own(provider: Provider, base: &str) -> Result<Self, NotVouched> {
        let base = base_address(base)?;
        match is_own(provider, &base) {
            true => Ok(Self { provider, hosts: hosts(provider, &base), base, is_own: true }),
            false => Err(NotVouched::Foreign { base }),
        }
    }

    /// A base that an administrator confirmed by setting a token for it. What is handed over here
    /// comes out of the book of tokens, and from nowhere else.
    pub fn confirmed(provider: Provider, base: &str) -> Result<Self, NotVouched> {
        let base = base_address(base)?;
        let is_own = is_own(provider, &base);
        Ok(Self { provider, hosts: hosts(provider, &base), base, is_own })
    }

    #[must_use]
    pub fn provider(&self) -> Provider {
        self.provider
    }

    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether the hosts of the base have to be asked for: those of the cloud follow from its name.
    pub(super) fn is_to_learn(&self) -> bool {
        self.provider == Provider::AzureDevops && !self.is_own
    }

    /// Take the place of a service that the base itself names. It must be on the same server, or the
    /// provider's own; of any other nothing is learned.
    pub(super) fn learn(&mut self, host: Host, location: &str) -> bool {
        let Ok(location) = base_address(location) else { return false };
        let is_here = origin(&location).is_some_and(|there| origin(&self.base) == Some(there));
        if !is_here && !is_own(self.provider, &location) {
            return false;
        }
        match host {
            Host::Main => return false,
            Host::Release => self.hosts.release = location,
        }
        true
    }

    /// The whole address of a call. One that would leave its base, by whatever its path holds, is
    /// none.
    pub(super) fn url(&self, call: &Call) -> Result<Url, NotVouched> {
        let base = match call.host {
            Host::Main => &self.hosts.main,
            Host::Release => &self.hosts.release,
        };
        let elsewhere = || NotVouched::Elsewhere { base: base.clone() };
        let home = Url::parse(base).map_err(|_| elsewhere())?;
        let mut url = Url::parse(&self.hosts.address(call)).map_err(|_| elsewhere())?;
        let below = format!("{}/", home.path().trim_end_matches('/'));
        // A name that steps aside would ask for something else within the base.
        let is_straight = !call.path.split('/').any(|name| {
            matches!(name.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
        });
        let is_below = is_straight && call.path.starts_with('/') && url.path().starts_with(&below);
        let is_bare = url.username().is_empty() && url.password().is_none();
        if home.origin() != url.origin() || !is_below || !is_bare {
            return Err(elsewhere());
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        Ok(url)
    }
}

fn origin(address: &str) -> Option<Origin> {
    Url::parse(address).ok().map(|url| url.origin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::rest::Accept;

    const AZURE: Provider = Provider::AzureDevops;

    fn call(host: Host, path: &str) -> Call {
        Call {
            host,
            path: path.to_owned(),
            query: vec![("api-version", "7.1".to_owned()), ("a", "b c&d".to_owned())],
            accept: Accept::Json,
            what: "it",
            right: "Build (read)",
            bytes_max: 1_000,
        }
    }

    #[test]
    fn the_providers_own_addresses_are_vouched_for_and_no_others() {
        for (provider, base) in [
            (AZURE, "https://dev.azure.com/contoso"),
            (AZURE, "https://DEV.azure.com/contoso/"),
            (AZURE, "https://contoso.visualstudio.com"),
            (AZURE, "https://contoso.visualstudio.com/DefaultCollection"),
            (Provider::Buildkite, "https://api.buildkite.com/v2"),
        ] {
            assert!(Vouched::own(provider, base).is_ok(), "{base}");
        }
        for (provider, base) in [
            (AZURE, "http://dev.azure.com/contoso"),
            (AZURE, "https://dev.azure.com:444/contoso"),
            (AZURE, "https://dev.azure.com"),
            (AZURE, "https://dev.azure.com.evil.test/contoso"),
            (AZURE, "https://dev.azure.com@evil.test/contoso"),
            (AZURE, "https://evil.test/dev.azure.com/contoso"),
            (AZURE, "https://evil.test#@dev.azure.com/contoso"),
            (AZURE, r"https://evil.test\@dev.azure.com/contoso"),
            (AZURE, "https://evilvisualstudio.com/contoso"),
            (AZURE, "https://tfs.acme.test/tfs/Main"),
            (AZURE, "https://api.buildkite.com/v2"),
            (Provider::Buildkite, "https://buildkite.com/v2"),
            (Provider::Buildkite, "https://api.buildkite.com.evil.test/v2"),
            (Provider::Buildkite, "http://api.buildkite.com/v2"),
            (Provider::Github, "https://api.github.com"),
            (AZURE, "ftp://dev.azure.com/contoso"),
            (AZURE, ""),
        ] {
            assert!(Vouched::own(provider, base).is_err(), "{base}");
        }
    }

    #[test]
    fn a_confirmed_base_is_a_bare_web_address() {
        let kept = |base| Vouched::confirmed(AZURE, base).map(|vouched| vouched.base);
        assert_eq!(
            kept(" https://TFS.acme.test/tfs/Main/ ").unwrap(),
            "https://tfs.acme.test/tfs/Main"
        );
        assert_eq!(kept("http://127.0.0.1:4100/contoso").unwrap(), "http://127.0.0.1:4100/contoso");
        for base in
            ["https://ada:pw@tfs.acme.test/x", "https://tfs.acme.test/x?y=1", "tfs.acme.test"]
        {
            assert!(kept(base).is_err(), "{base}");
        }
    }

    #[test]
    fn a_call_stays_below_its_base() {
        let vouched = Vouched::confirmed(AZURE, "http://127.0.0.1:4100/contoso").unwrap();
        let url = vouched.url(&call(Host::Main, "/Web%20Shop/_apis/build/builds/7")).unwrap();
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:4100/contoso/Web%20Shop/_apis/build/builds/7?api-version=7.1&a=b+c%26d"
        );
        for path in [
            "/../fabrikam/_apis/build",
            "/%2e%2e/fabrikam/_apis/build",
            "/x/..%2f../../fabrikam",
            "/..\\fabrikam",
            ".evil.test/_apis",
            "@evil.test/_apis",
            "",
        ] {
            let asked = vouched.url(&call(Host::Main, path));
            let stays = asked.as_ref().is_ok_and(|url| url.path().starts_with("/contoso/"));
            assert!(asked.is_err() || stays, "{path}: {asked:?}");
        }
        let bare = Vouched::confirmed(AZURE, "https://tfs.acme.test").unwrap();
        for path in [".evil.test/_apis", "@evil.test/_apis", ":444/_apis"] {
            assert!(bare.url(&call(Host::Main, path)).is_err(), "{path}");
        }
    }

    #[test]
    fn a_base_may_name_hosts_of_its_own_server_and_of_the_provider_only() {
        let mut vouched = Vouched::confirmed(AZURE, "http://127.0.0.1:4100/contoso").unwrap();
        assert!(vouched.learn(Host::Release, "http://127.0.0.1:4100/vsrm/contoso/"));
        let url = vouched.url(&call(Host::Release, "/Web/_apis/release/releases/1")).unwrap();
        assert_eq!(url.path(), "/vsrm/contoso/Web/_apis/release/releases/1");
        for location in [
            "http://127.0.0.1:4101/vsrm/contoso",
            "https://127.0.0.1:4100/vsrm/contoso",
            "http://127.0.0.2:4100/vsrm/contoso",
            "http://ada@127.0.0.1:4100/vsrm/contoso",
            "https://evil.test/contoso",
        ] {
            assert!(!vouched.learn(Host::Release, location), "{location}");
        }
        assert!(!vouched.learn(Host::Main, "http://127.0.0.1:4100/fabrikam"));
        assert!(
            vouched.url(&call(Host::Release, "/x")).unwrap().path().starts_with("/vsrm/contoso/")
        );
    }

    #[test]
    fn a_name_of_dots_asks_for_nothing_else() {
        let vouched = Vouched::confirmed(AZURE, "https://dev.azure.com/contoso").unwrap();
        for path in ["/Web/../x", "/./_apis/x", "/a/%2E%2e/x", "/.."] {
            assert!(vouched.url(&call(Host::Main, path)).is_err(), "{path}");
        }
        assert!(vouched.url(&call(Host::Main, "/Web.../_apis/x")).is_ok());
    }
}
