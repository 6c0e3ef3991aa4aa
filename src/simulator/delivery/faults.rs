//! A script of what is to go wrong: how often, and when for sure.

use serde::Deserialize;

use crate::simulator::nearest;
use crate::simulator::rest::faults::{self as rest, RestFault};

/// The most that any wait of a script may be, in seconds: a day.
const WAIT_S_MAX: u32 = 86_400;

/// What is to go wrong. Written in TOML; `docs/simulator.md` explains each word.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Faults {
    /// How far the providers' clocks are ahead of the receiver's, in seconds; behind if negative.
    pub clock_skew_s: i64,
    pub rates: Rates,
    pub waits: Waits,
    pub moments: Vec<Moment>,
    /// What goes wrong with those who ask.
    pub rest: Vec<RestFault>,
}

/// How often each fault befalls a hook, from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Rates {
    pub duplicate: f64,
    pub echo: f64,
    pub reorder: f64,
    pub delay: f64,
    pub lose: f64,
    pub cut: f64,
}

/// How long hooks are held back, from and to in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the words of the script, with their unit")]
pub struct Waits {
    pub duplicate_s: (u32, u32),
    pub reorder_s: (u32, u32),
    pub delay_s: (u32, u32),
}

impl Default for Waits {
    fn default() -> Self {
        Self { duplicate_s: (1, 30), reorder_s: (1, 20), delay_s: (30, 600) }
    }
}

/// Something that goes wrong without fail for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Moment {
    pub fault: Fault,
    /// Seconds after the beginning.
    pub after_s: u32,
    pub for_s: u32,
    /// Whose hooks; both providers' when it is not said.
    #[serde(default)]
    pub provider: Option<Whose>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Azure,
    Buildkite,
}

/// What can go wrong with a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The same delivery comes again.
    Duplicate,
    /// An overlapping subscription tells it too.
    Echo,
    /// Others overtake it.
    Reorder,
    Delay,
    Lose,
    /// The connection breaks after the request.
    Cut,
    WrongKey,
    /// What happens in the span is held back, and comes at its end all at once.
    Burst,
}

const ROOT: [&str; 5] = ["clock_skew_s", "rates", "waits", "moments", "rest"];
const RATES: [&str; 6] = ["duplicate", "echo", "reorder", "delay", "lose", "cut"];
const WAITS: [&str; 3] = ["duplicate_s", "reorder_s", "delay_s"];
const MOMENT: [&str; 4] = ["fault", "after_s", "for_s", "provider"];
const FAULTS: [&str; 8] =
    ["duplicate", "echo", "reorder", "delay", "lose", "cut", "wrong_key", "burst"];
const WHOSE: [&str; 2] = ["azure", "buildkite"];

/// Why a script cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum FaultsError {
    #[error("not TOML: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("{place} has no `{name}`; the nearest is `{nearest}`")]
    Unknown { place: String, name: String, nearest: String },
    #[error("{0}")]
    Senseless(String),
}

impl Faults {
    /// Read a script. An unknown word is an error: a fault that never comes looks like success.
    pub fn parse(text: &str) -> Result<Self, FaultsError> {
        let table: toml::Table = text.parse()?;
        known("the script", &table, &ROOT)?;
        for (name, words) in [("rates", &RATES[..]), ("waits", &WAITS[..])] {
            if let Some(toml::Value::Table(inner)) = table.get(name) {
                known(&format!("[{name}]"), inner, words)?;
            }
        }
        let moments = table.get("moments").and_then(toml::Value::as_array);
        for moment in moments.into_iter().flatten().filter_map(toml::Value::as_table) {
            known("[[moments]]", moment, &MOMENT)?;
            for (name, words) in [("fault", &FAULTS[..]), ("provider", &WHOSE[..])] {
                if let Some(toml::Value::String(word)) = moment.get(name) {
                    known_word(&format!("`{name}`"), word, words)?;
                }
            }
        }
        let asked = table.get("rest").and_then(toml::Value::as_array);
        for fault in asked.into_iter().flatten().filter_map(toml::Value::as_table) {
            known("[[rest]]", fault, &rest::WORDS)?;
            for (name, words) in [("fault", &rest::MISHAPS[..]), ("provider", &WHOSE[..])] {
                if let Some(toml::Value::String(word)) = fault.get(name) {
                    known_word(&format!("`{name}`"), word, words)?;
                }
            }
        }
        let faults: Self = toml::from_str(text)?;
        faults.check()?;
        Ok(faults)
    }

    fn check(&self) -> Result<(), FaultsError> {
        if let Some(what) = self.rest.iter().find_map(RestFault::trouble) {
            return Err(FaultsError::Senseless(what));
        }
        let Rates { duplicate, echo, reorder, delay, lose, cut } = self.rates;
        let rates = RATES.into_iter().zip([duplicate, echo, reorder, delay, lose, cut]);
        for (name, rate) in rates {
            if !(0.0..=1.0).contains(&rate) {
                let what = format!("the rate `{name}` is {rate}; it must be from 0 to 1");
                return Err(FaultsError::Senseless(what));
            }
        }
        let Waits { duplicate_s, reorder_s, delay_s } = self.waits;
        for (name, (from, to)) in WAITS.into_iter().zip([duplicate_s, reorder_s, delay_s]) {
            if from > to || to > WAIT_S_MAX {
                let what = format!(
                    "`{name}` is [{from}, {to}]; it must be a lesser and a greater number of \
                     seconds, {WAIT_S_MAX} at most"
                );
                return Err(FaultsError::Senseless(what));
            }
        }
        Ok(())
    }
}

fn known(place: &str, table: &toml::Table, words: &[&str]) -> Result<(), FaultsError> {
    table.keys().try_for_each(|name| known_word(place, name, words))
}

fn known_word(place: &str, name: &str, words: &[&str]) -> Result<(), FaultsError> {
    if words.contains(&name) {
        return Ok(());
    }
    let (place, name) = (place.to_owned(), name.to_owned());
    let nearest = nearest(&name, words.iter().copied()).to_owned();
    Err(FaultsError::Unknown { place, name, nearest })
}
