//! Settings: defaults, then `creel.toml`, then `CREEL_SECTION__KEY`, then the command line.
//!
//! Each value knows where it came from. An unknown name is an error that names the nearest known
//! one, and all errors are told at once; nothing outside this room reads the environment.

mod layers;
mod outward;
mod retention;
mod settings;
mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use crate::reports::Patterns;
use crate::secrets::Secret;

pub use layers::Origin;
pub use outward::{Forward, Heartbeat};
pub use retention::Retention;
pub use settings::{SETTINGS, Setting};

use layers::Layers;
use settings::setting;
use values::Problem;

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
    /// Whether badges need no key.
    pub open_badges: bool,
    /// With it the port speaks https.
    pub tls: Option<TlsFiles>,
    pub people: ProxySignIn,
    /// Whoever reaches the server is its administrator. No setting turns it on: `creel demo` does,
    /// for data that is made up and gone with the process.
    pub is_demo: bool,
    pub log: Log,
    pub limits: Limits,
    /// Artifacts that are reports of tests.
    pub test_artifacts: Patterns,
    /// Receivers that get what was accepted, by name.
    pub forwards: Vec<Forward>,
    pub heartbeat: Option<Heartbeat>,
    pub retention: Retention,
    /// Named lists of networks that keys can be limited to.
    pub networks: BTreeMap<String, Vec<IpNet>>,
    /// Secrets that came by the guides' variable names: each an ingest key of its own.
    pub guide_keys: Vec<GuideKey>,
    /// Project that the guides' variable limits those keys to.
    pub guide_project: Option<String>,
    /// Every setting as it holds, for people: in the order of [`SETTINGS`], then what came by the
    /// guides' names.
    pub effective: Vec<Effective>,
}

/// Certificate and key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// What is written to stderr, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// A word that `tracing` reads.
    pub level: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one object per line, and nothing that is none.
    Json,
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
    /// Bytes that are kept of one build log.
    pub log_bytes: u64,
}

/// A secret by one of the guides' names.
#[derive(Debug, Clone)]
pub struct GuideKey {
    pub variable: &'static str,
    pub secret: Secret,
}

/// A setting as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    pub name: String,
    /// As it was written; `***` for a secret, `None` for what is not set and has no default.
    pub value: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}: {message}", path.display())]
    Syntax { path: PathBuf, line: usize, message: String },
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
            Self::Unreadable { .. } => Some("name a file this user can read"),
            Self::Syntax { .. } => Some("the file is TOML: [section], then name = \"value\""),
            Self::Unknown { .. } | Self::Invalid { .. } => None,
        }
    }
}

fn nearest_hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// All that is wrong with the settings; at least one thing.
#[derive(Debug, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

/// The data directory when nothing names another.
pub const DATA_DEFAULT: &str = "data";

/// Slow senders are waited for at least and at most this long: with less, nobody on a slow line
/// could send; with more, a sender that went away holds memory for a day.
const SLOW_SENDER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_hours(1));

/// A log that is cut before this is of no use.
const LOG_BYTES_MIN: u64 = 1 << 20;

/// Less memory than this could not hold two of the largest bodies.
const BODIES_BYTES_MIN: u64 = 32 * 1024 * 1024;

/// A low-water mark beyond this is a slip of the pen: no disk would ever be above it.
const DISK_LOW_BYTES_MAX: u64 = 1 << 50;

/// More connections than a process can have open.
const CONNECTIONS_MAX: usize = 1_000_000;

/// What the command line gives.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub file: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub data: Option<PathBuf>,
    pub public_url: Option<String>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
}

impl Overrides {
    fn settings(&self) -> impl Iterator<Item = (&'static str, String)> {
        let path =
            |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        [
            ("server.listen", self.listen.map(|address| address.to_string())),
            ("server.data", path(&self.data)),
            ("server.public_url", self.public_url.clone()),
            ("tls.cert", path(&self.tls_cert)),
            ("tls.key", path(&self.tls_key)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Config {
    /// Put the layers together. `environment` is the process's, handed in so that tests can make
    /// one.
    pub fn load(
        overrides: &Overrides,
        environment: &[(String, String)],
    ) -> Result<Self, ConfigErrors> {
        let mut layers = Layers::default();
        match &overrides.file {
            Some(path) => layers.read_file(path)?,
            None => {
                let default = Path::new("creel.toml");
                if default.exists() {
                    layers.read_file(default)?;
                }
            }
        }
        layers.read_environment(environment)?;
        for (name, value) in overrides.settings() {
            layers.put(name, value, Origin::CommandLine);
        }
        Self::from_layers(layers, environment)
    }

    /// A setting that follows another where it is not set.
    fn tell_the_same(&mut self, name: &str, as_this: &str) {
        let value = |name| self.effective.iter().find(|setting: &&Effective| setting.name == name);
        let followed = value(as_this).and_then(|setting| setting.value.clone());
        if let Some(setting) = self.effective.iter_mut().find(|setting| setting.name == name) {
            setting.value = followed;
        }
    }

    /// What the port speaks.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Where this machine itself finds the server.
    #[must_use]
    pub fn local_url(&self) -> String {
        format!("{}://{}", self.scheme(), self.listen)
    }

    fn from_layers(
        mut layers: Layers,
        environment: &[(String, String)],
    ) -> Result<Self, ConfigErrors> {
        let mut problems: Vec<ConfigError> = layers.unknown().collect();
        let guides = GuideNames::read(environment);
        if let Some(port) = guides.port {
            match port.parse::<NonZeroU16>() {
                Ok(port) => layers.set_port(port),
                Err(_) => {
                    let origin = Origin::Environment("PORT".to_owned());
                    let problem = "a port is a number from 1 to 65535";
                    problems.push(invalid("server.listen", port, &origin, problem));
                }
            }
        }
        let reader = Reader { layers: &layers, problems: RefCell::new(problems) };
        let data = reader.value("server.data", |text| Ok(PathBuf::from(text)));
        let trusted_proxies = reader.value("server.trusted_proxies", values::networks);
        let mut config = Self {
            listen: reader.value("server.listen", values::any),
            secrets_key: reader.value("server.secrets_key", |text| Ok(values::path(text, &data))),
            public_url: reader.optional("server.public_url", values::origin_url),
            open_badges: reader.value("server.open_badges", values::switch),
            tls: tls_files(&reader),
            people: proxy_sign_in(&reader, &trusted_proxies),
            is_demo: false,
            log: log(&reader),
            limits: limits(&reader),
            test_artifacts: reader.value("tests.artifacts", Patterns::parse),
            forwards: outward::forwards(&reader),
            heartbeat: outward::heartbeat(&reader),
            retention: Retention::read(&reader),
            networks: reader.family("networks.NAME", values::networks),
            guide_keys: guides.keys,
            guide_project: guides.project,
            effective: effective(&layers, &guides.said),
            data,
            trusted_proxies,
        };
        if !layers.has("retention.bodies") && config.retention.bodies == config.retention.events {
            config.tell_the_same("retention.bodies", "retention.events");
        }
        match reader.problems.into_inner() {
            none if none.is_empty() => Ok(config),
            problems => Err(ConfigErrors(problems)),
        }
    }
}

/// Reads values out of the layers and notes what is wrong with them.
struct Reader<'l> {
    layers: &'l Layers,
    problems: RefCell<Vec<ConfigError>>,
}

impl Reader<'_> {
    /// A setting that always has a value: in place of one that cannot be read comes the default.
    fn value<T>(&self, name: &str, read: impl Fn(&str) -> Result<T, Problem>) -> T {
        let default = || {
            let text = setting(name).map_or("", |setting| setting.default);
            read(text).unwrap_or_else(|problem| panic!("the default of {name}: {problem}"))
        };
        self.optional(name, &read).unwrap_or_else(default)
    }

    /// A setting that need not be there.
    fn optional<T>(&self, name: &str, read: impl Fn(&str) -> Result<T, Problem>) -> Option<T> {
        let (text, origin) = self.layers.0.get(name)?;
        self.read(name, text, origin, read)
    }

    /// The members of a family, by the last of their free words.
    fn family<T>(
        &self,
        pattern: &str,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> BTreeMap<String, T> {
        let is_member = |name: &str| setting(name).is_some_and(|setting| setting.name == pattern);
        self.layers
            .0
            .iter()
            .filter(|(name, _)| is_member(name))
            .filter_map(|(name, (text, origin))| {
                let word = name.rsplit('.').next().unwrap_or_default().to_owned();
                Some((word, self.read(name, text, origin, &read)?))
            })
            .collect()
    }

    fn read<T>(
        &self,
        name: &str,
        text: &str,
        origin: &Origin,
        read: impl Fn(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        // Of a list, none of it is a value.
        let may_be_empty = name == "server.trusted_proxies" || name.starts_with("networks.");
        let value = match text.is_empty() && !may_be_empty {
            true => Err("it is empty; leave it out for the default".to_owned()),
            false => read(text),
        };
        value
            .map_err(|problem| {
                self.problems.borrow_mut().push(invalid(name, text, origin, &problem));
            })
            .ok()
    }

    /// Note that a value does not go with another one.
    fn refuse(&self, name: &str, problem: &str) {
        if let Some((text, origin)) = self.layers.0.get(name) {
            self.problems.borrow_mut().push(invalid(name, text, origin, problem));
        }
    }
}

fn invalid(name: &str, value: &str, origin: &Origin, problem: &str) -> ConfigError {
    let is_secret = setting(name).is_some_and(|setting| setting.is_secret);
    ConfigError::Invalid {
        origin: origin.clone(),
        name: name.to_owned(),
        value: if is_secret { "***".to_owned() } else { value.to_owned() },
        problem: problem.to_owned(),
    }
}

fn log(reader: &Reader<'_>) -> Log {
    const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
    Log {
        format: reader.value("log.format", |text| match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("it is text or json".to_owned()),
        }),
        level: reader.value("log.level", |text| {
            let known = LEVELS.into_iter().find(|level| *level == text);
            known.ok_or_else(|| format!("it is one of {}", LEVELS.join(", ")))
        }),
    }
}

fn limits(reader: &Reader<'_>) -> Limits {
    let rate = |text: &str, expected| {
        values::sensible(values::any::<u32>(text)?, |rate| *rate >= 1, expected)
    };
    let bodies = reader.value("limits.bodies", |text| {
        let expected = "it has to hold two of the largest bodies: at least 32MiB";
        values::sensible(values::bytes(text)?, |bytes| *bytes >= BODIES_BYTES_MIN, expected)
    });
    Limits {
        unknown_per_minute: reader
            .value("limits.unknown_per_minute", |text| rate(text, "a rate is at least 1")),
        known_per_minute: reader.optional("limits.known_per_minute", |text| {
            rate(text, "a rate is at least 1; leave it out for no limit")
        }),
        disk_low_bytes: reader.value("limits.disk_low", |text| {
            let expected = "no disk has that much room; nothing would ever be accepted";
            values::sensible(values::bytes(text)?, |bytes| *bytes <= DISK_LOW_BYTES_MAX, expected)
        }),
        slow_sender: reader.value("limits.slow_sender", |text| {
            let makes_sense = |wait: &Duration| (SLOW_SENDER.0..=SLOW_SENDER.1).contains(wait);
            let expected = "a sender is waited for from 1s to 60m";
            values::sensible(values::duration(text)?, makes_sense, expected)
        }),
        connections: reader.value("limits.connections", |text| {
            let expected = "the connections are from 1 to 1000000";
            values::sensible(values::any(text)?, |n| (1..=CONNECTIONS_MAX).contains(n), expected)
        }),
        bodies_bytes: usize::try_from(bodies).unwrap_or(usize::MAX),
        log_bytes: reader.value("limits.log_bytes", |text| {
            let expected = "a log that is cut earlier would show nothing: at least 1MiB";
            values::sensible(values::bytes(text)?, |bytes| *bytes >= LOG_BYTES_MIN, expected)
        }),
    }
}

fn tls_files(reader: &Reader<'_>) -> Option<TlsFiles> {
    let path = |text: &str| Ok(PathBuf::from(text));
    match (reader.optional("tls.cert", path), reader.optional("tls.key", path)) {
        (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
        (Some(_), None) => {
            reader.refuse("tls.cert", "a certificate needs its key: name it in tls.key");
            None
        }
        (None, Some(_)) => {
            reader.refuse("tls.key", "a key needs its certificate: name it in tls.cert");
            None
        }
        (None, None) => None,
    }
}

fn proxy_sign_in(reader: &Reader<'_>, proxies: &[IpNet]) -> ProxySignIn {
    let header = reader.optional("people.proxy_header", |text| {
        let header = values::header_name(text)?;
        let expected = "name the proxy in server.trusted_proxies: nobody else is believed";
        values::sensible(header, |_| !proxies.is_empty(), expected)
    });
    let role = reader.value("people.proxy_role", |text| match text {
        "none" => Ok(None),
        "viewer" | "editor" | "admin" => Ok(Some(text.to_owned())),
        _ => Err("it is viewer, editor, admin or none".to_owned()),
    });
    ProxySignIn { header, role }
}

/// What stands in the environment by the names of the guides.
struct GuideNames<'e> {
    keys: Vec<GuideKey>,
    project: Option<String>,
    port: Option<&'e str>,
    /// What follows from them, for people.
    said: Vec<Effective>,
}

impl<'e> GuideNames<'e> {
    fn read(environment: &'e [(String, String)]) -> Self {
        let variable = |name: &str| {
            let found = environment.iter().find(|(n, value)| n == name && !value.is_empty());
            found.map(|(_, value)| value.as_str())
        };
        let keys: Vec<_> = ["WEBHOOK_SECRET", "HOOK_SECRET"]
            .into_iter()
            .filter_map(|name| {
                Some(GuideKey { variable: name, secret: Secret::new(variable(name)?.to_owned()) })
            })
            .collect();
        let project =
            variable("AZURE_PROJECT_ID").filter(|_| !keys.is_empty()).map(ToOwned::to_owned);
        let said = |name: &str, value: &str, variable: &str| Effective {
            name: name.to_owned(),
            value: Some(value.to_owned()),
            origin: Origin::Environment(variable.to_owned()),
        };
        let mut all: Vec<_> =
            keys.iter().map(|key| said("an ingest key", "***", key.variable)).collect();
        all.extend(
            project
                .iter()
                .map(|id| said("the project that key is limited to", id, "AZURE_PROJECT_ID")),
        );
        Self { keys, project, port: variable("PORT"), said: all }
    }
}

fn effective(layers: &Layers, guides: &[Effective]) -> Vec<Effective> {
    let mut all = Vec::new();
    for setting in SETTINGS {
        let show = |value: &str| match setting.is_secret {
            true => "***".to_owned(),
            false => value.to_owned(),
        };
        let given: Vec<_> = layers.0.iter().filter(|(name, _)| setting.is_called(name)).collect();
        if given.is_empty() && !setting.is_family() {
            let value = Some(setting.default).filter(|value| !value.is_empty()).map(show);
            all.push(Effective { name: setting.name.to_owned(), value, origin: Origin::Default });
        }
        all.extend(given.into_iter().map(|(name, (value, origin))| Effective {
            name: name.clone(),
            value: Some(show(value)),
            origin: origin.clone(),
        }));
    }
    all.extend_from_slice(guides);
    all
}

#[cfg(test)]
mod tests;
