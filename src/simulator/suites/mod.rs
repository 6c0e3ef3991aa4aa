//! The tests of a pipeline: the same names in every build, and which of them fail in one.

use super::Tool;
use crate::simulator::dice::Dice;

const SALT_SUITE: u64 = 72;
const SALT_FAILING: u64 = 73;

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

/// How many tests a pipeline has.
#[must_use]
pub fn size(suite: u64) -> u32 {
    60 + Dice::seeded(&[SALT_SUITE, suite]).below(380)
}

/// The test of this number.
#[must_use]
pub fn case(tool: Tool, number: u32) -> Case {
    let behaviours = BEHAVIOURS.len();
    let place = number as usize;
    let subject = SUBJECTS[place / behaviours % SUBJECTS.len()];
    let behaviour = BEHAVIOURS[place % behaviours];
    let snake = behaviour.replace(' ', "_");
    let title = pascal(subject);
    let (storage, name) = match tool {
        Tool::Rust => (format!("src/{subject}.rs"), format!("{subject}::tests::{snake}")),
        Tool::Go => (format!("internal/{subject}"), format!("Test{title}/{snake}")),
        Tool::Python => {
            let file = format!("tests/test_{subject}.py");
            let name = format!("{file}::test_{snake}");
            (file, name)
        }
        Tool::Java => {
            let class = format!("com.contoso.{subject}.{title}Test");
            let name = format!("{class}.{}", camel(behaviour));
            (class, name)
        }
        Tool::Dotnet => {
            let name = format!("Contoso.Tests.{title}Tests.{}", pascal(behaviour));
            ("Contoso.Tests.dll".to_owned(), name)
        }
        Tool::Browser => (format!("e2e/{subject}.spec.ts"), format!("{subject} › {behaviour}")),
        Tool::Node | Tool::Terraform => {
            (format!("src/{subject}/{subject}.test.ts"), format!("{title} › {behaviour}"))
        }
    };
    Case { number, storage, name, title: behaviour.to_owned() }
}

/// Which tests fail where tests fail: one to four, in ascending order.
#[must_use]
pub fn failing(suite: u64, seed: u64) -> Vec<u32> {
    let size = size(suite);
    let mut dice = Dice::seeded(&[SALT_FAILING, seed]);
    let mut failing: Vec<u32> = (0..dice.between(1, 4)).map(|_| dice.below(size)).collect();
    failing.sort_unstable();
    failing.dedup();
    failing
}

/// What a failed assertion of this test says: expected and got.
#[must_use]
pub fn assertion(number: u32) -> (u32, u32) {
    let mut dice = Dice::seeded(&[SALT_FAILING, u64::from(number), 1]);
    let expected = dice.between(100, 9_999);
    (expected, expected - dice.between(1, 9))
}

pub(super) fn pascal(words: &str) -> String {
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
