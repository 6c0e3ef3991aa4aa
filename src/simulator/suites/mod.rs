//! The tests of the make-believe organisations: the same names in every build, which of them fail in one,
//! and what is known of each in truth. Logs, the providers' test results and the reports of [`junit`] all
//! follow from here, and so tell the same.

mod junit;
mod ran;
pub mod reporters;
mod truth;

use super::dice::Dice;
use super::rest::logs::{Tool, tool_of};
use super::story::trouble::Trouble;

pub use ran::{Outcome, Ran};
pub use truth::{Known, Nature, truth};

const SALT_SUITE: u64 = 72;
const SALT_FAILING: u64 = 73;

/// Suites of jobs that drive browsers are told from those of their pipeline's unit tests.
const BROWSER: u64 = 100;
/// Tests of `acme`'s pipelines are told from those of `contoso`'s.
const ACME: u64 = 1_000;

/// Tests of a suite: few enough to be read, enough for most of them to fail at once.
const SIZE: (u32, u32) = (24, 40);

/// One test, as its toolchain names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which of its suite.
    pub number: u32,
    /// File, assembly or package.
    pub storage: String,
    /// The whole name.
    pub name: String,
    pub title: String,
    /// Class and name as they stand apart in a report.
    pub class: String,
    pub short: String,
}

#[rustfmt::skip]
const SUBJECTS: [&str; 20] = [
    "basket", "invoice", "voucher", "refund", "catalogue", "session", "address", "currency",
    "delivery", "inventory", "newsletter", "payment", "pricing", "profile", "report", "search",
    "shipment", "tax", "wishlist", "errors",
];
#[rustfmt::skip]
const BEHAVIOURS: [&str; 24] = [
    "rejects an empty list", "rounds to whole cents", "keeps the order of lines",
    "survives a restart", "handles errors of the gateway", "refuses an expired token",
    "is idempotent", "accepts umlauts", "splits large batches", "retries after a timeout",
    "honours the time zone", "applies the newest rule", "skips what is archived",
    "reports failed rows", "limits the page size", "merges duplicates", "logs no secrets",
    "works without a network", "closes its connections", "escapes what people write",
    "sorts by date", "counts each visit once", "falls back to the default", "parses old records",
];

/// The suite of a job of `contoso`: which pipeline's, and which of the jobs of its stage.
#[must_use]
pub fn of_contoso(pipeline: usize, job: usize) -> u64 {
    pipeline as u64 + if job == 0 { 0 } else { BROWSER }
}

/// The suite of a job of `acme`: which pipeline's, and whether it drives browsers.
#[must_use]
pub fn of_acme(pipeline: usize, drives_browsers: bool) -> u64 {
    ACME + pipeline as u64 + if drives_browsers { BROWSER } else { 0 }
}

fn drives_browsers(suite: u64) -> bool {
    suite % ACME >= BROWSER
}

/// What the tests of a suite are written with.
#[must_use]
pub fn tool(pipeline: &str, suite: u64) -> Tool {
    match tool_of(pipeline) {
        Tool::Terraform => Tool::Terraform,
        _ if drives_browsers(suite) => Tool::Browser,
        tool => tool,
    }
}

/// How many tests a suite has.
#[must_use]
pub fn size(suite: u64) -> u32 {
    Dice::seeded(&[SALT_SUITE, suite]).between(SIZE.0, SIZE.1)
}

/// The first subject of a suite. Two suites of one pipeline have none in common.
fn first_subject(suite: u64) -> u32 {
    let half = if drives_browsers(suite) { 10 } else { 0 };
    half + Dice::seeded(&[SALT_SUITE, suite, 1]).below(7)
}

/// The test of this number.
#[must_use]
pub fn case(suite: u64, tool: Tool, number: u32) -> Case {
    let behaviours = BEHAVIOURS.len();
    let place = number as usize;
    let subject = place / behaviours + first_subject(suite) as usize;
    let subject = SUBJECTS[subject % SUBJECTS.len()];
    let behaviour = BEHAVIOURS[place % behaviours];
    let snake = behaviour.replace(' ', "_");
    let title = pascal(subject);
    let (storage, class, short, joint) = match tool {
        Tool::Rust => (
            format!("src/{subject}.rs"),
            "core".to_owned(),
            format!("{subject}::tests::{snake}"),
            None,
        ),
        Tool::Go => {
            let package = format!("internal/{subject}");
            (package.clone(), package, format!("Test{title}/{snake}"), None)
        }
        Tool::Python => (
            format!("tests/test_{subject}.py"),
            format!("tests.test_{subject}"),
            format!("test_{snake}"),
            Some((format!("tests/test_{subject}.py"), "::")),
        ),
        Tool::Java => {
            let class = format!("com.contoso.{subject}.{title}Test");
            (class.clone(), class.clone(), camel(behaviour), Some((class, ".")))
        }
        Tool::Dotnet => {
            let class = format!("Contoso.Tests.{title}Tests");
            let joint = Some((class.clone(), "."));
            ("Contoso.Tests.dll".to_owned(), class, pascal(behaviour), joint)
        }
        Tool::Browser => (
            format!("e2e/{subject}.spec.ts"),
            format!("{subject}.spec.ts"),
            format!("{subject} › {behaviour}"),
            None,
        ),
        Tool::Node | Tool::Terraform => (
            format!("src/{subject}/{subject}.test.ts"),
            title.clone(),
            format!("{title} › {behaviour}"),
            None,
        ),
    };
    let name = joint.map_or_else(|| short.clone(), |(class, joint)| class + joint + &short);
    Case { number, storage, name, title: behaviour.to_owned(), class, short }
}

/// Tests that are written down and never run.
#[must_use]
pub fn is_skipped(number: u32) -> bool {
    number % 37 == 5
}

/// The one that takes longer than all others.
#[must_use]
pub fn is_slow(suite: u64, number: u32) -> bool {
    number == size(suite) / 2
}

/// The test that chance chooses among those that are run and have no part of their own.
fn steady(suite: u64, dice: &mut Dice) -> u32 {
    let mut number = dice.below(size(suite));
    while is_skipped(number) || is_slow(suite, number) {
        number = (number + 1) % size(suite);
    }
    number
}

/// Tests that fail now and then, whatever was changed.
#[must_use]
pub fn flaky(suite: u64) -> Vec<u32> {
    let mut dice = Dice::seeded(&[SALT_SUITE, suite, 2]);
    let mut flaky: Vec<u32> = (0..dice.between(1, 2)).map(|_| steady(suite, &mut dice)).collect();
    flaky.sort_unstable();
    flaky.dedup();
    flaky
}

/// Tests that fail for a reason only, chosen by a key.
fn stable(suite: u64, key: u64, count: u32) -> Vec<u32> {
    let flaky = flaky(suite);
    let mut dice = Dice::seeded(&[SALT_FAILING, suite, key]);
    let mut chosen: Vec<u32> = (0..count).map(|_| steady(suite, &mut dice)).collect();
    for number in &mut chosen {
        while flaky.contains(number) || is_skipped(*number) || is_slow(suite, *number) {
            *number = (*number + 1) % size(suite);
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// Which tests fail where tests fail, in ascending order. `seed` is that of one try of the job.
#[must_use]
pub fn failing(suite: u64, trouble: Trouble, seed: u64) -> Vec<u32> {
    match trouble {
        Trouble::Chance => {
            let flaky = flaky(suite);
            vec![*Dice::seeded(&[SALT_FAILING, seed]).pick(&flaky)]
        }
        Trouble::Change(key) => {
            let count = 1 + u32::try_from(key % 3).unwrap_or(0);
            stable(suite, key, count)
        }
        Trouble::Broken(key) => stable(suite, key, 1),
        Trouble::Outage => {
            (0..size(suite)).filter(|number| number % 12 > 0 && !is_skipped(*number)).collect()
        }
    }
}

/// What a failed assertion of this test says: expected and got.
#[must_use]
pub fn assertion(number: u32) -> (u32, u32) {
    let mut dice = Dice::seeded(&[SALT_FAILING, u64::from(number), 1]);
    let expected = dice.between(100, 9_999);
    (expected, expected - dice.between(1, 9))
}

pub fn pascal(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for word in words.split(' ') {
        let mut letters = word.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text.push_str(letters.as_str());
    }
    text
}

fn camel(words: &str) -> String {
    let text = pascal(words);
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests;
