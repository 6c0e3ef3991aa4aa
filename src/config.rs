//! Settings: defaults, then `creel.toml`, then `CREEL_SECTION__KEY`, then the command line.
//!
//! Each value knows where it came from. An unknown name is an error that names the nearest known
//! one; nothing outside this file reads the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;

use crate::secrets::Secret;

/// All settings, typed.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    /// The key that seals secrets; better kept outside the data directory.
    pub secrets_key: PathBuf,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Address by which senders and people reach this server, without a slash at the end.
    pub public_url: Option<String>,
    pub people: ProxySignIn,
    /// Whoever reaches the server is its administrator. No setting turns it on: `creel demo` does,
    /// for data that is made up and gone with the process.
    pub is_demo: bool,
    pub limits: Limits,
    /// Named lists of networks that keys can be limited to.
    pub networks: BTreeMap<String, Vec<IpNet>>,
    /// Secrets that came by the guides' variable names: each an ingest key of its own.
    pub guide_keys: Vec<GuideKey>,
    /// Project that the guides' variable limits those keys to.
    pub guide_project: Option<String>,
    /// What was set other than by default, and where: printed at start.
    pub origins: Vec<(String, Origin)>,
}

/// People who have signed in at a proxy in front of Creel.
#[derive(Debug, Clone, Default)]
pub struct ProxySignIn {
    /// Header in which a trusted proxy names the person, in lower case. `None`: none is believed.
    pub header: Option<String>,
    /// Role of those whom Creel does not know by name. `None`: they are turned away.
    pub role: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests per minute and address of senders without a valid key.
    pub unknown_per_minute: u32,
    /// Requests per minute and key of known senders; `None`: no limit.
    pub known_per_minute: Option<u32>,
    /// Below this much free disk, nothing is accepted.
    pub disk_low_bytes: u64,
    /// A request that is not complete by then is given up.
    pub slow_sender: Duration,
    /// Connections at a time; more wait to be accepted.
    pub connections: usize,
    /// Memory for bodies that are on their way in, all requests together.
    pub bodies_bytes: usize,
}

/// A secret by one of the guides' names.
#[derive(Debug, Clone)]
pub struct GuideKey {
    pub variable: &'static str,
    pub secret: Secret,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    File { path: PathBuf, line: usize },
    Environment(String),
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {message}", path.display())]
    Syntax { path: PathBuf, message: String },
    #[error("{origin}: there is no setting `{name}`{}", nearest_hint(nearest.as_deref()))]
    Unknown { origin: Origin, name: String, nearest: Option<String> },
    #[error("{origin}: `{name}` = `{value}`: {problem}")]
    Invalid { origin: Origin, name: String, value: String, problem: String },
}

impl ConfigError {
    /// What a person can do about it, where the error does not say so itself.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreadable { .. } => Some("name a file this user can read with --config"),
            Self::Syntax { .. } => Some("the file is TOML: [section], then name = \"value\""),
            Self::Unknown { .. } | Self::Invalid { .. } => None,
        }
    }
}

fn nearest_hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The data directory when nothing names another.
pub const DATA_DEFAULT: &str = "data";

/// Slow senders are waited for at least and at most this long: with less, nobody on a slow line
/// could send; with more, a sender that went away holds memory for a day.
const SLOW_SENDER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// Less memory than this could not hold two of the largest bodies.
const BODIES_BYTES_MIN: u64 = 32 * 1024 * 1024;

/// A low-water mark beyond this is a slip of the pen: no disk would ever be above it.
const DISK_LOW_BYTES_MAX: u64 = 1 << 50;

/// More connections than a process can have open.
const CONNECTIONS_MAX: usize = 1_000_000;

/// The known settings but for `networks.*`, whose names are free.
const NAMES: [&str; 13] = [
    "server.listen",
    "server.data",
    "server.secrets_key",
    "server.trusted_proxies",
    "server.public_url",
    "people.proxy_header",
    "people.proxy_role",
    "limits.unknown_per_minute",
    "limits.known_per_minute",
    "limits.disk_low",
    "limits.slow_sender",
    "limits.connections",
    "limits.bodies",
];

/// What the command line gives.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub listen: Option<SocketAddr>,
    pub data: Option<PathBuf>,
    pub file: Option<PathBuf>,
}

/// Values by full name, each with where it came from; a later layer replaces an earlier one.
type Layers = BTreeMap<String, (String, Origin)>;

impl Config {
    /// Put the layers together. `environment` is the process's, handed in so that tests can make
    /// one.
    pub fn load(
        overrides: &Overrides,
        environment: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::new();
        match &overrides.file {
            Some(path) => read_file(path, &mut layers)?,
            None => {
                let default = Path::new("creel.toml");
                if default.exists() {
                    read_file(default, &mut layers)?;
                }
            }
        }
        read_environment(environment, &mut layers);
        if let Some(listen) = overrides.listen {
            layers.insert("server.listen".to_owned(), (listen.to_string(), Origin::CommandLine));
        }
        if let Some(data) = &overrides.data {
            let data = data.to_string_lossy().into_owned();
            layers.insert("server.data".to_owned(), (data, Origin::CommandLine));
        }
        Self::from_layers(&layers, environment)
    }

    fn from_layers(layers: &Layers, environment: &[(String, String)]) -> Result<Self, ConfigError> {
        for (name, (_, origin)) in layers {
            if !NAMES.contains(&name.as_str()) && !is_network(name) {
                return Err(ConfigError::Unknown {
                    origin: origin.clone(),
                    name: name.clone(),
                    nearest: nearest(name),
                });
            }
        }
        for (name, (value, origin)) in layers {
            if value.is_empty()
                && NAMES.contains(&name.as_str())
                && name != "server.trusted_proxies"
            {
                return Err(invalid(
                    name,
                    value,
                    origin,
                    &"it is empty; leave it out for the default",
                ));
            }
        }
        let data: PathBuf =
            text(layers, "server.data").map_or_else(|| DATA_DEFAULT.into(), Into::into);
        let secrets_key = text(layers, "server.secrets_key")
            .map_or_else(|| data.join("secrets.key"), PathBuf::from);
        let mut networks = BTreeMap::new();
        for (name, (value, origin)) in layers.iter().filter(|(name, _)| is_network(name)) {
            let list = list_of(name, value, origin)?;
            networks.insert(name.trim_start_matches("networks.").to_owned(), list);
        }
        let trusted_proxies = match layers.get("server.trusted_proxies") {
            Some((value, origin)) => list_of("server.trusted_proxies", value, origin)?,
            None => Vec::new(),
        };
        let listen = match parsed(layers, "server.listen")? {
            Some(listen) => listen,
            None => default_listen(environment)?,
        };
        let variable = |name: &str| {
            environment.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone())
        };
        let guide_keys = ["WEBHOOK_SECRET", "HOOK_SECRET"]
            .into_iter()
            .filter_map(|name| {
                Some(GuideKey { variable: name, secret: Secret::new(variable(name)?) })
            })
            .collect::<Vec<_>>();
        let mut origins: Vec<(String, Origin)> =
            layers.iter().map(|(name, (_, origin))| (name.clone(), origin.clone())).collect();
        for key in &guide_keys {
            let origin = Origin::Environment(key.variable.to_owned());
            origins.push(("an ingest key".to_owned(), origin));
        }
        let guide_project = variable("AZURE_PROJECT_ID").filter(|_| !guide_keys.is_empty());
        if guide_project.is_some() {
            let origin = Origin::Environment("AZURE_PROJECT_ID".to_owned());
            origins.push(("the project that key is limited to".to_owned(), origin));
        }
        if !layers.contains_key("server.listen") && variable("PORT").is_some() {
            origins.push(("server.listen".to_owned(), Origin::Environment("PORT".to_owned())));
        }
        Ok(Self {
            listen,
            data,
            secrets_key,
            is_demo: false,
            public_url: public_url(layers)?,
            people: proxy_sign_in(layers, &trusted_proxies)?,
            trusted_proxies,
            limits: Limits {
                unknown_per_minute: sensible(
                    layers,
                    "limits.unknown_per_minute",
                    parsed::<u32>(layers, "limits.unknown_per_minute")?,
                    |rate| *rate >= 1,
                    "a rate is at least 1",
                )?
                .unwrap_or(600),
                known_per_minute: sensible(
                    layers,
                    "limits.known_per_minute",
                    parsed::<u32>(layers, "limits.known_per_minute")?,
                    |rate| *rate >= 1,
                    "a rate is at least 1; leave it out for no limit",
                )?,
                disk_low_bytes: sensible(
                    layers,
                    "limits.disk_low",
                    bytes_of(layers, "limits.disk_low")?,
                    |bytes| *bytes <= DISK_LOW_BYTES_MAX,
                    "no disk has that much room; nothing would ever be accepted",
                )?
                .unwrap_or(256 * 1024 * 1024),
                slow_sender: sensible(
                    layers,
                    "limits.slow_sender",
                    seconds_of(layers, "limits.slow_sender")?,
                    |wait| (SLOW_SENDER.0..=SLOW_SENDER.1).contains(wait),
                    "a sender is waited for from 1s to 60m",
                )?
                .unwrap_or(Duration::from_secs(30)),
                connections: sensible(
                    layers,
                    "limits.connections",
                    parsed::<usize>(layers, "limits.connections")?,
                    |connections| (1..=CONNECTIONS_MAX).contains(connections),
                    "the connections are from 1 to 1000000",
                )?
                .unwrap_or(4_096),
                bodies_bytes: sensible(
                    layers,
                    "limits.bodies",
                    bytes_of(layers, "limits.bodies")?,
                    |bytes| *bytes >= BODIES_BYTES_MIN,
                    "it has to hold two of the largest bodies: at least 32MiB",
                )?
                .map_or(256 * 1024 * 1024, |n| usize::try_from(n).unwrap_or(usize::MAX)),
            },
            networks,
            guide_keys,
            guide_project,
            origins,
        })
    }
}

/// `https://hooks.example.com`, without a slash at the end.
fn public_url(layers: &Layers) -> Result<Option<String>, ConfigError> {
    let Some((value, origin)) = layers.get("server.public_url") else { return Ok(None) };
    let url = value.trim_end_matches('/');
    let authority = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_address = authority.is_some_and(|authority| {
        !authority.is_empty()
            && !authority.contains(|c: char| c.is_whitespace() || "/?#@\\".contains(c))
    });
    match is_address {
        true => Ok(Some(url.to_owned())),
        false => Err(invalid(
            "server.public_url",
            value,
            origin,
            &"it is written as https://creel.example.com, without a path",
        )),
    }
}

fn proxy_sign_in(layers: &Layers, proxies: &[IpNet]) -> Result<ProxySignIn, ConfigError> {
    let header = match layers.get("people.proxy_header") {
        None => None,
        Some((value, origin)) => {
            let is_name = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let problem = match (is_name, proxies.is_empty()) {
                (false, _) => Some("it is the name of a header, for example X-Forwarded-User"),
                (true, true) => {
                    Some("name the proxy in server.trusted_proxies: nobody else is believed")
                }
                (true, false) => None,
            };
            if let Some(problem) = problem {
                return Err(invalid("people.proxy_header", value, origin, &problem));
            }
            Some(value.to_ascii_lowercase())
        }
    };
    let role = match layers.get("people.proxy_role") {
        None => Some("viewer".to_owned()),
        Some((value, _)) if value == "none" => None,
        Some((value, _)) if ["viewer", "editor", "admin"].contains(&value.as_str()) => {
            Some(value.clone())
        }
        Some((value, origin)) => {
            let problem = "it is viewer, editor, admin or none";
            return Err(invalid("people.proxy_role", value, origin, &problem));
        }
    };
    Ok(ProxySignIn { header, role })
}

fn default_listen(environment: &[(String, String)]) -> Result<SocketAddr, ConfigError> {
    let port = environment.iter().find(|(name, value)| name == "PORT" && !value.is_empty());
    let port = match port {
        None => 3000,
        Some((name, value)) => {
            let port = value.parse::<std::num::NonZeroU16>();
            let problem = "a port is a number from 1 to 65535";
            let origin = Origin::Environment(name.clone());
            port.map_err(|_| invalid("server.listen", value, &origin, &problem))?.get()
        }
    };
    Ok(SocketAddr::from(([127, 0, 0, 1], port)))
}

fn read_file(path: &Path, layers: &mut Layers) -> Result<(), ConfigError> {
    let content = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let syntax = |message: String| ConfigError::Syntax { path: path.to_owned(), message };
    let table: toml::Table = content
        .parse()
        .map_err(|error: toml::de::Error| syntax(error.to_string().trim_end().to_owned()))?;
    for (section, value) in &table {
        let toml::Value::Table(keys) = value else {
            let origin =
                Origin::File { path: path.to_owned(), line: line_of(&content, None, section) };
            return Err(ConfigError::Unknown {
                origin,
                name: section.clone(),
                nearest: nearest(section),
            });
        };
        for (key, value) in keys {
            let line = line_of(&content, Some(section), key);
            let origin = Origin::File { path: path.to_owned(), line };
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Array(items) => items
                    .iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join(","),
                other => other.to_string(),
            };
            layers.insert(format!("{section}.{key}"), (text, origin));
        }
    }
    Ok(())
}

/// The line a key stands on; 0 when it is written in a way this does not find.
fn line_of(content: &str, section: Option<&str>, key: &str) -> usize {
    let mut inside = section.is_none();
    for (index, line) in content.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            inside = section.is_some_and(|name| header.trim_end_matches(']').trim() == name);
            if section.is_none() && header.trim_end_matches(']').trim() == key {
                return index + 1;
            }
        } else if inside && line.split('=').next().is_some_and(|name| name.trim() == key) {
            return index + 1;
        }
    }
    0
}

fn read_environment(environment: &[(String, String)], layers: &mut Layers) {
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix("CREEL_") else { continue };
        // Only names with `__` are settings: `CREEL_URL` and `CREEL_API_KEY` belong to reporters.
        let Some((section, key)) = name.split_once("__") else { continue };
        let name = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
        layers.insert(name, (value.clone(), Origin::Environment(variable.clone())));
    }
}

fn is_network(name: &str) -> bool {
    name.strip_prefix("networks.").is_some_and(|rest| !rest.is_empty())
}

/// Below this two names have nothing to do with each other; equal ones have 2.
const LIKENESS_MIN: f64 = 1.4;

/// The known name that is closest: as a whole, and in its last part (the section is forgotten, or
/// another one, as often as the word is misspelt). `None` when none is close.
fn nearest(name: &str) -> Option<String> {
    let last_part = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |known: &str| {
        let words = strsim::jaro_winkler(&last_part(name), &last_part(known));
        words + strsim::jaro_winkler(name, known)
    };
    NAMES
        .iter()
        .map(|known| (likeness(known), *known))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.to_owned())
}

fn text<'l>(layers: &'l Layers, name: &str) -> Option<&'l str> {
    layers.get(name).map(|(value, _)| value.as_str())
}

fn parsed<T>(layers: &Layers, name: &str) -> Result<Option<T>, ConfigError>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    layers
        .get(name)
        .map(|(value, origin)| {
            value.parse().map_err(|error: T::Err| invalid(name, value, origin, &error))
        })
        .transpose()
}

/// A value that can be read, if it also makes sense.
fn sensible<T>(
    layers: &Layers,
    name: &str,
    value: Option<T>,
    makes_sense: impl FnOnce(&T) -> bool,
    expected: &str,
) -> Result<Option<T>, ConfigError> {
    match (value, layers.get(name)) {
        (Some(value), Some((text, origin))) if !makes_sense(&value) => {
            Err(invalid(name, text, origin, &expected))
        }
        (value, _) => Ok(value),
    }
}

fn invalid(name: &str, value: &str, origin: &Origin, problem: &dyn fmt::Display) -> ConfigError {
    ConfigError::Invalid {
        origin: origin.clone(),
        name: name.to_owned(),
        value: value.to_owned(),
        problem: problem.to_string(),
    }
}

fn list_of(name: &str, value: &str, origin: &Origin) -> Result<Vec<IpNet>, ConfigError> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            // A lone address is a network of one.
            item.parse::<IpNet>()
                .or_else(|_| item.parse::<std::net::IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    invalid(
                        name,
                        item,
                        origin,
                        &"a network is written as 192.0.2.0/24 or 2001:db8::/32",
                    )
                })
        })
        .collect()
}

/// `256MiB`, `2GiB`, or bytes.
fn bytes_of(layers: &Layers, name: &str) -> Result<Option<u64>, ConfigError> {
    let Some((value, origin)) = layers.get(name) else { return Ok(None) };
    let units = [("KiB", 1_u64 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1), ("", 1)];
    for (unit, factor) in units {
        if let Some(number) = value.trim().strip_suffix(unit)
            && let Ok(number) = number.trim().parse::<u64>()
        {
            return Ok(Some(number.saturating_mul(factor)));
        }
    }
    Err(invalid(name, value, origin, &"a size is written as 256MiB, 2GiB or a number of bytes"))
}

/// `30s`, `5m`, or seconds.
fn seconds_of(layers: &Layers, name: &str) -> Result<Option<Duration>, ConfigError> {
    let Some((value, origin)) = layers.get(name) else { return Ok(None) };
    for (unit, factor) in [("ms", 1_u64), ("s", 1_000), ("m", 60_000), ("", 1_000)] {
        if let Some(number) = value.trim().strip_suffix(unit)
            && let Ok(number) = number.trim().parse::<u64>()
        {
            return Ok(Some(Duration::from_millis(number.saturating_mul(factor))));
        }
    }
    Err(invalid(name, value, origin, &"a duration is written as 500ms, 30s or 5m"))
}

#[cfg(test)]
mod tests;
