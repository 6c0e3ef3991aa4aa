//! The tests of one try of a job, as they went.

use super::{failing, flaky, is_skipped, is_slow, size};
use crate::simulator::clock::Tick;
use crate::simulator::dice::Dice;
use crate::simulator::rest::logs::Tool;
use crate::simulator::story::cause::Cause;
use crate::simulator::story::trouble::Trouble;

const SALT_RESULT: u64 = 89;

/// In so many of a hundred jobs a test passes only when its runner tries it again.
const AGAIN: u32 = 8;

/// In this many days the tests that grow slower take twice as long.
const DRIFT_DAYS: i64 = 28;

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// Failed at first, and passed when it was run again.
    PassedAgain,
    Failed,
    NotExecuted,
}

/// What a job's tests came to.
#[derive(Debug, Clone)]
pub struct Ran {
    pub suite: u64,
    pub tool: Tool,
    pub from: Tick,
    pub to: Tick,
    /// What is behind those that failed.
    pub trouble: Trouble,
    pub failing: Vec<u32>,
    /// Only passed when it was run again.
    again: Option<u32>,
    seed: u64,
}

impl Ran {
    /// Of a job that ran its tests to the end; `cause` is why it failed, if it did.
    #[must_use]
    pub fn new(
        (suite, tool): (u64, Tool),
        (from, to): (Tick, Tick),
        cause: Option<Cause>,
        trouble: Trouble,
        seed: u64,
    ) -> Self {
        let failing = match cause {
            Some(Cause::TestFailure) => failing(suite, trouble, seed),
            _ => Vec::new(),
        };
        let mut dice = Dice::seeded(&[SALT_RESULT, seed, 1]);
        let again = (tries_again(tool) && dice.percent(AGAIN)).then(|| *dice.pick(&flaky(suite)));
        Self { suite, tool, from, to, trouble, failing, again, seed }
    }

    #[must_use]
    pub fn size(&self) -> u32 {
        size(self.suite)
    }

    #[must_use]
    pub fn outcome(&self, number: u32) -> Outcome {
        if self.failing.contains(&number) {
            Outcome::Failed
        } else if is_skipped(number) {
            Outcome::NotExecuted
        } else if self.again == Some(number) {
            Outcome::PassedAgain
        } else {
            Outcome::Passed
        }
    }

    #[must_use]
    pub fn duration_ms(&self, number: u32) -> u32 {
        if self.outcome(number) == Outcome::NotExecuted {
            return 0;
        }
        let mut base = Dice::seeded(&[SALT_RESULT, self.suite, u64::from(number)]).between(1, 400);
        if is_slow(self.suite, number) {
            base = base * 40 + 9_000;
        }
        if number % 11 == 3 {
            // What was quick once grows with the data.
            let days = (self.from.0 / (86_400 * Tick::PER_SECOND)).rem_euclid(DRIFT_DAYS);
            base += base * u32::try_from(days).unwrap_or(0) / 28;
        }
        base + Dice::seeded(&[SALT_RESULT, self.seed, u64::from(number), 2]).below(base / 4 + 2)
    }
}

/// Runners that run a failed test once more by themselves.
fn tries_again(tool: Tool) -> bool {
    matches!(tool, Tool::Rust | Tool::Java | Tool::Browser)
}
