//! The layers that settings are read from, each value with the place that gives it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use super::ConfigError;
use super::settings::{SETTINGS, setting};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File {
        path: PathBuf,
        line: usize,
    },
    Environment(String),
    /// The file that an environment variable ending in `_FILE` names.
    NamedFile {
        path: PathBuf,
        variable: String,
    },
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::NamedFile { path, variable } => {
                write!(f, "{}, named by environment variable {variable}", path.display())
            }
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// Values by full name; a later layer replaces an earlier one.
#[derive(Debug, Default)]
pub(super) struct Layers(pub BTreeMap<String, (String, Origin)>);

impl Layers {
    pub fn put(&mut self, name: &str, value: String, origin: Origin) {
        self.0.insert(name.to_owned(), (value, origin));
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Read a settings file.
    pub fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let content = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let table: toml::Table =
            content.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
                path: path.to_owned(),
                // Without the line itself, which the whole message shows: it may hold a secret.
                line: error
                    .span()
                    .map_or(0, |span| content[..span.start].matches('\n').count() + 1),
                message: error.message().to_owned(),
            })?;
        self.read_table(path, &content, "", &table);
        Ok(())
    }

    fn read_table(&mut self, path: &Path, content: &str, section: &str, table: &toml::Table) {
        for (key, value) in table {
            let name = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
            let text = match value {
                // Also one that holds nothing yet may be misspelt.
                toml::Value::Table(inner) if inner.is_empty() && !is_section(&name) => {
                    String::new()
                }
                toml::Value::Table(inner) => {
                    self.read_table(path, content, &name, inner);
                    continue;
                }
                toml::Value::String(text) => text.clone(),
                toml::Value::Array(items) => items
                    .iter()
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join(","),
                other => other.to_string(),
            };
            let line = line_of(content, section, key);
            self.put(&name, text, Origin::File { path: path.to_owned(), line });
        }
    }

    /// Read the environment: `CREEL_SECTION__KEY`, and `CREEL_SECTION__KEY_FILE` for the name of a
    /// file that holds the value, as containers and service managers hand secrets over.
    pub fn read_environment(
        &mut self,
        environment: &[(String, String)],
    ) -> Result<(), ConfigError> {
        for (variable, value) in environment {
            let Some(name) = variable.strip_prefix("CREEL_") else { continue };
            // Only names with `__` are settings: `CREEL_URL` and `CREEL_API_KEY` are reporters'.
            if !name.contains("__") {
                continue;
            }
            let name = name.replace("__", ".").to_lowercase();
            match name.strip_suffix("_file").filter(|stem| setting(stem).is_some()) {
                Some(stem) => {
                    let path = PathBuf::from(value);
                    let text = std::fs::read_to_string(&path)
                        .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
                    let origin = Origin::NamedFile { path, variable: variable.clone() };
                    self.put(stem, text.trim_end_matches(['\r', '\n']).to_owned(), origin);
                }
                None => self.put(&name, value.clone(), Origin::Environment(variable.clone())),
            }
        }
        Ok(())
    }

    /// The port of `PORT`: of the environment, so it goes before a file; the setting by its own name goes
    /// before it.
    pub fn set_port(&mut self, port: NonZeroU16) {
        let name = "server.listen";
        let address = match self.0.get(name) {
            None => setting(name).and_then(|setting| setting.default.parse::<SocketAddr>().ok()),
            Some((text, Origin::File { .. })) => text.parse().ok(),
            Some(_) => None,
        };
        if let Some(mut address) = address {
            address.set_port(port.get());
            self.put(name, address.to_string(), Origin::Environment("PORT".to_owned()));
        }
    }

    /// Names that are no setting's.
    pub fn unknown(&self) -> impl Iterator<Item = ConfigError> {
        self.0.iter().filter(|(name, _)| setting(name).is_none()).map(|(name, (_, origin))| {
            ConfigError::Unknown {
                origin: origin.clone(),
                name: name.clone(),
                nearest: nearest(name),
            }
        })
    }
}

/// Whether settings lie below a name.
fn is_section(name: &str) -> bool {
    let below = format!("{name}.");
    SETTINGS.iter().any(|setting| setting.name.starts_with(&below))
        || setting(&format!("{below}url")).is_some()
}

/// The line a key stands on; 0 when it is written in a way this does not find.
fn line_of(content: &str, section: &str, key: &str) -> usize {
    let mut inside = section.is_empty();
    for (index, line) in content.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or_default().trim();
            inside = header == section;
            if section.is_empty() && header == key {
                return index + 1;
            }
        } else if inside && line.split('=').next().is_some_and(|name| name.trim() == key) {
            return index + 1;
        }
    }
    0
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
    SETTINGS
        .iter()
        .filter(|setting| !setting.is_family())
        .map(|setting| (likeness(setting.name), setting.name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.to_owned())
}
