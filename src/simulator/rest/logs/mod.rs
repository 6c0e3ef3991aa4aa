//! What steps write while they work: several toolchains, each in its own words.
//!
//! [`Work`] says what is done, with what and how it ends; [`page`] writes what was said meanwhile,
//! the same for the same work. [`noise`] has what goes well, with its harmless errors, [`failures`]
//! what goes wrong. How lines look at a provider is the work of [`azure`] and [`buildkite`].

pub mod azure;
pub mod buildkite;
mod failures;
mod noise;

use crate::simulator::clock::Tick;
use crate::simulator::dice::Dice;
use crate::simulator::story::cause::Cause;
use crate::simulator::story::trouble::Trouble;

const SALT_PAGE: u64 = 71;

/// What a pipeline is built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    Rust,
    Node,
    /// Node again, driving browsers.
    Browser,
    Java,
    Go,
    Python,
    Dotnet,
    Terraform,
}

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Restore,
    Lint,
    Build,
    Test,
    Deploy,
}

/// One piece of work that has a log.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    pub seed: u64,
    pub tool: Tool,
    pub part: Part,
    /// Name of what is built: `shop`, `checkout-api`.
    pub product: &'a str,
    /// Tells the tests of one pipeline from those of another.
    pub suite: u64,
    /// Why it ends badly, if it does.
    pub cause: Option<Cause>,
    /// What is behind failing tests.
    pub trouble: Trouble,
    /// It ends well, with something to complain about.
    pub complains: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// What is run.
    Command,
    Group,
    EndGroup,
    /// Told to the provider as an error, not only printed.
    Error,
    Warning,
    /// Shown in colour on a terminal.
    Red,
    Green,
    Faint,
    /// Overwritten by the next on a terminal.
    Progress,
    /// Written over the line before on a terminal: how layers of images are told.
    Over,
    /// The beginning or the end of a step, where the provider marks them.
    Section,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub kind: Kind,
    pub text: String,
}

/// What was said, and which line tells why it failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub said: Vec<Said>,
    pub decisive: Option<usize>,
}

/// A line with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at: Tick,
    pub kind: Kind,
    pub text: String,
}

impl Page {
    pub fn say(&mut self, kind: Kind, text: impl Into<String>) {
        self.said.push(Said { kind, text: text.into() });
    }

    pub fn plain(&mut self, text: impl Into<String>) {
        self.say(Kind::Plain, text);
    }

    /// Several lines, as they stand.
    pub fn plainly(&mut self, text: &str) {
        for line in text.lines() {
            self.plain(line);
        }
    }

    /// The line that tells why.
    pub fn decide(&mut self, kind: Kind, text: impl Into<String>) {
        self.decisive = Some(self.said.len());
        self.say(kind, text);
    }

    /// The text of the line that tells why.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.decisive.map(|place| self.said[place].text.as_str())
    }

    pub fn append(&mut self, other: Self) {
        let before = self.said.len();
        self.decisive = self.decisive.or(other.decisive.map(|place| before + place));
        self.said.extend(other.said);
    }

    /// The lines with their times, spread from `from` to `to`.
    pub fn timed(self, from: Tick, to: Tick) -> impl Iterator<Item = Line> + Send + 'static {
        let count = i64::try_from(self.said.len()).unwrap_or(1).max(1);
        let span = (to.0 - from.0).max(0);
        (0_i64..).zip(self.said).map(move |(nth, Said { kind, text })| {
            // In two steps, so that long spans do not overflow.
            let at = Tick(from.0 + span / count * nth + span % count * nth / count);
            Line { at, kind, text }
        })
    }
}

/// What the work writes.
#[must_use]
pub fn page(work: &Work<'_>) -> Page {
    let mut dice = Dice::seeded(&[SALT_PAGE, work.seed, work.part as u64]);
    let mut page = Page::default();
    page.say(Kind::Command, noise::command(work));
    noise::write(work, &mut dice, &mut page);
    if let Some(cause) = work.cause {
        failures::write(work, cause, &mut dice, &mut page);
    } else {
        noise::finish(work, &mut dice, &mut page);
    }
    page
}

/// What a pipeline of either organisation is built with.
#[must_use]
pub fn tool_of(pipeline: &str) -> Tool {
    match pipeline {
        "checkout-api" => Tool::Rust,
        "shop-e2e" | "nightly-e2e" => Tool::Browser,
        "payments-api" => Tool::Dotnet,
        "ledger-service" | "mobile-app" | "mobile-release" => Tool::Java,
        "platform-infra" | "infra-terraform" => Tool::Terraform,
        "warehouse-sync" | "search-index" => Tool::Go,
        "data-nightly" => Tool::Python,
        _ => Tool::Node,
    }
}

#[cfg(test)]
mod tests;
