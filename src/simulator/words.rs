//! What people write: titles, comments, names of branches. Made of lists and chance.
//!
//! The lists are laid out by hand: one word per line would make a long room of a short one.

use std::sync::Arc;

use super::dice::Dice;

/// What a build is about: the branch and what was said of it.
#[derive(Debug, Clone)]
pub enum Change {
    /// Made up from this seed.
    Thrown(u64),
    Told(Arc<Told>),
}

/// Both as they stand inside a JSON string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub branch: String,
    pub title: String,
}

impl Change {
    #[must_use]
    pub fn told(branch: impl Into<String>, title: impl Into<String>) -> Self {
        Self::Told(Arc::new(Told { branch: branch.into(), title: title.into() }))
    }

    pub fn write_branch(&self, out: &mut Vec<u8>) {
        match self {
            Self::Thrown(seed) => branch(&mut Dice::seeded(&[*seed]), out),
            Self::Told(told) => out.extend_from_slice(told.branch.as_bytes()),
        }
    }

    /// The first line of the message.
    pub fn write_title(&self, out: &mut Vec<u8>) {
        match self {
            Self::Thrown(seed) => title(&mut Dice::seeded(&[*seed, 1]), out),
            Self::Told(told) => out.extend_from_slice(told.title.as_bytes()),
        }
    }

    /// The title and now and then what follows it.
    pub fn write_message(&self, out: &mut Vec<u8>) {
        match self {
            Self::Thrown(seed) => {
                let mut dice = Dice::seeded(&[*seed, 1]);
                title(&mut dice, out);
                if dice.percent(40) {
                    out.extend_from_slice(b"\\n\\n");
                    story(&mut dice, 2, "\\n", out);
                }
            }
            Self::Told(told) => out.extend_from_slice(told.title.as_bytes()),
        }
    }
}

#[rustfmt::skip]
const FIRST: [&str; 32] = [
    "Ada", "Bao", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Kemi",
    "Luca", "Mira", "Noor", "Otto", "Priya", "Quentin", "Rosa", "Sven", "Tara", "Umar", "Vera",
    "Wanda", "Xenia", "Yusuf", "Zofia", "Anton", "Beatriz", "Cheng", "Daria", "Emil", "Freya",
];
#[rustfmt::skip]
const LAST: [&str; 32] = [
    "Adler", "Bianchi", "Castro", "Dvorak", "Eriksen", "Fontaine", "Grau", "Haddad", "Ivanova",
    "Jansen", "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quist", "Rossi",
    "Santos", "Tanaka", "Ueda", "Varga", "Weber", "Xu", "Yilmaz", "Zeman", "Brandt", "Conti",
    "Duarte", "Engel", "Ferrari", "Gruber",
];
#[rustfmt::skip]
const VERBS: [&str; 24] = [
    "Add", "Fix", "Remove", "Rename", "Speed up", "Simplify", "Document", "Test", "Harden",
    "Revert", "Update", "Move", "Split", "Log", "Retry", "Cache", "Validate", "Translate",
    "Upgrade", "Drop", "Introduce", "Guard", "Bound", "Clean up",
];
#[rustfmt::skip]
const THINGS: [&str; 48] = [
    "basket", "checkout", "invoice", "login", "search", "catalogue", "price list", "stock level",
    "shipping label", "refund", "newsletter", "voucher", "address form", "payment callback",
    "session store", "image upload", "report export", "tax rule", "order history", "wish list",
    "return slip", "currency table", "mail template", "audit trail", "rate limit", "health check",
    "feature flag", "retry queue", "schema migration", "import job", "barcode reader",
    "price rounding", "date picker", "dark theme", "menu bar", "access token", "webhook receiver",
    "cookie banner", "thumbnail cache", "route planner", "warehouse map", "customer card",
    "gift wrap", "loyalty points", "packing list", "delivery window", "unit conversion", "sitemap",
];
#[rustfmt::skip]
const WHYS: [&str; 24] = [
    "for guests", "in the mobile app", "when the network is slow", "on Windows agents",
    "after the upgrade", "for large orders", "with an empty cart", "behind the proxy",
    "in the nightly run", "for old browsers", "on the first visit", "at month end",
    "when the token expires", "with umlauts", "in read-only mode", "on the staging slot",
    "for partial deliveries", "without a region", "under load", "when two tabs are open",
    "for archived items", "in the sandbox", "with rounding errors", "on leap days",
];

/// A person of the simulated world: given and family name.
pub fn person(dice: &mut Dice) -> (&'static str, &'static str) {
    let first: &&str = dice.pick(&FIRST);
    let last: &&str = dice.pick(&LAST);
    (first, last)
}

/// Two words that can stand in a name: `basket-checkout`.
pub fn slug(dice: &mut Dice, out: &mut Vec<u8>) {
    for n in 0..2 {
        if n > 0 {
            out.push(b'-');
        }
        out.extend(dice.pick(&THINGS).bytes().map(|b| if b == b' ' { b'-' } else { b }));
    }
}

/// The title of a change: `Fix basket when the network is slow`.
pub fn title(dice: &mut Dice, out: &mut Vec<u8>) {
    out.extend_from_slice(dice.pick(&VERBS).as_bytes());
    out.push(b' ');
    out.extend_from_slice(dice.pick(&THINGS).as_bytes());
    out.push(b' ');
    out.extend_from_slice(dice.pick(&WHYS).as_bytes());
}

/// Some sentences about a change, with the given (JSON-escaped) line end between them.
pub fn story(dice: &mut Dice, sentences: u32, line_end: &str, out: &mut Vec<u8>) {
    for n in 0..sentences {
        if n > 0 {
            out.extend_from_slice(line_end.as_bytes());
        }
        title(dice, out);
        out.extend_from_slice(b", and ");
        let second = dice.pick(&VERBS);
        out.extend(second.bytes().map(|b| b.to_ascii_lowercase()));
        out.push(b' ');
        out.extend_from_slice(dice.pick(&THINGS).as_bytes());
        out.push(b'.');
    }
}

/// A branch as people name them: mostly `main`, else after a topic, a person or a release.
pub fn branch(dice: &mut Dice, out: &mut Vec<u8>) {
    match dice.below(10) {
        0..5 => out.extend_from_slice(b"main"),
        5..8 => {
            out.extend_from_slice(b"feature/");
            slug(dice, out);
        }
        8 => {
            out.extend_from_slice(b"users/");
            let (first, _) = person(dice);
            out.extend(first.bytes().map(|b| b.to_ascii_lowercase()));
            out.push(b'/');
            slug(dice, out);
        }
        _ => out.extend_from_slice(
            format!("release/{}.{}", dice.between(1, 9), dice.below(20)).as_bytes(),
        ),
    }
}
