//! Addresses in payloads: words, not instructions. Nothing here is ever called.

/// An address in its parts. The host is as written; the path has no query and no fragment.
pub(super) struct Parts<'a> {
    pub scheme: &'a str,
    pub host: &'a str,
    pub host_and_port: &'a str,
    pub path: &'a str,
    /// All from the host on.
    pub from_host: &'a str,
}

pub(super) fn parts(url: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host_at = authority.rfind('@').map_or(0, |at| at + 1);
    let host_and_port = &authority[host_at..];
    let host = host_and_port.split_once(':').map_or(host_and_port, |(host, _)| host);
    let path = tail.split(['?', '#']).next().unwrap_or_default();
    let from_host = &rest[host_at..];
    (!host.is_empty()).then_some(Parts { scheme, host, host_and_port, path, from_host })
}

/// The host of an address, without user and port.
pub fn host(url: &str) -> Option<&str> {
    parts(url).map(|parts| parts.host)
}

/// An address that may be shown as a link: http or https, and nobody's user name in it.
pub fn link(url: &str) -> Option<String> {
    let Parts { scheme, from_host, .. } = parts(url)?;
    is_web(scheme).then(|| format!("{}://{from_host}", scheme.to_ascii_lowercase()))
}

pub(super) fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}
