//! Groups of lines: which lines begin and end one, and the table of them.

use serde::{Deserialize, Serialize};

use super::line::marked;
use super::{Dialect, Millis};

/// Groups that are remembered. A log with more says that its list is cut.
pub const GROUPS_MAX: usize = 10_000;

/// Characters of a title.
const TITLE_CHARS_MAX: usize = 200;

/// Groups within each other; those further in are lines like any other.
const DEPTH_MAX: usize = 32;

/// Some lines with a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its header.
    pub start: u64,
    /// Its last line.
    pub end: u64,
    pub title: String,
    /// Groups it lies in.
    pub level: u16,
    /// Whether a page shows its lines from the start.
    pub is_open: bool,
    pub started_at: Option<Millis>,
    pub duration_ms: Option<i64>,
}

/// A line that begins or ends a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header<'t> {
    /// `--- title`, `~~~ title`: shown closed.
    Closed { title: &'t str, is_quiet: bool },
    /// `+++ title`: shown open.
    Open(&'t str),
    /// `^^^ +++`: the group before it is shown open.
    OpenBefore,
    /// `##[section]Starting: title`.
    Starting(&'t str),
    /// `##[section]Finishing: title`.
    Finishing(&'t str),
    /// `##[group]title`.
    Group(&'t str),
    /// `##[endgroup]`.
    EndGroup,
}

/// Whether a text is a header, in the words of its dialect.
pub fn header(dialect: Dialect, text: &str) -> Option<Header<'_>> {
    match dialect {
        Dialect::AzureDevOps => {
            let (word, rest) = marked(text)?;
            match word {
                "group" => Some(Header::Group(rest)),
                "endgroup" => Some(Header::EndGroup),
                "section" => {
                    let starting = rest.strip_prefix("Starting: ").map(Header::Starting);
                    starting.or_else(|| rest.strip_prefix("Finishing: ").map(Header::Finishing))
                }
                _ => None,
            }
        }
        Dialect::Buildkite => {
            if text == "^^^ +++" {
                return Some(Header::OpenBefore);
            }
            let (mark, title) = text.split_at_checked(4)?;
            let title = Some(title.trim()).filter(|title| !title.is_empty())?;
            match mark {
                "--- " => Some(Header::Closed { title, is_quiet: false }),
                "~~~ " => Some(Header::Closed { title, is_quiet: true }),
                "+++ " => Some(Header::Open(title)),
                _ => None,
            }
        }
    }
}

/// A group that has not ended.
#[derive(Debug)]
struct Begun {
    /// Its place in the list; `None` where that is full.
    place: Option<usize>,
    /// `##[section]`: it ends at its own *Finishing*.
    section: Option<String>,
    at: Option<Millis>,
}

/// The table while a log is read from the front.
#[derive(Debug, Default)]
pub struct Groups {
    list: Vec<Group>,
    begun: Vec<Begun>,
    is_cut: bool,
    /// Buildkite: whether any group is open, and the last `---`, which is opened if none is.
    has_open: bool,
    last_closed: Option<usize>,
    /// Groups nested too deep to be remembered, which still have to be ended.
    too_deep: u64,
}

impl Groups {
    /// A header in line `n`, marked with the time `at`.
    pub fn hear(&mut self, header: Header<'_>, n: u64, at: Option<Millis>) {
        match header {
            Header::Closed { title, is_quiet } => {
                self.end_all(n - 1, at);
                let place = self.begin(title, n, at, false, None);
                if !is_quiet {
                    self.last_closed = place.or(self.last_closed);
                }
            }
            Header::Open(title) => {
                self.end_all(n - 1, at);
                self.begin(title, n, at, true, None);
                self.has_open = true;
            }
            Header::OpenBefore => {
                if let Some(place) = self.begun.last().and_then(|begun| begun.place) {
                    self.list[place].is_open = true;
                    self.has_open = true;
                }
            }
            Header::Starting(title) => {
                self.begin(title, n, at, true, Some(shortened(title)));
            }
            Header::Group(title) => {
                self.begin(title, n, at, false, None);
            }
            Header::EndGroup => {
                if self.too_deep > 0 {
                    self.too_deep -= 1;
                } else if self.begun.last().is_some_and(|begun| begun.section.is_none()) {
                    self.end_last(n, at);
                }
            }
            Header::Finishing(title) => {
                let title = shortened(title);
                let own =
                    self.begun.iter().rposition(|begun| begun.section.as_ref() == Some(&title));
                if let Some(own) = own {
                    self.too_deep = 0;
                    while self.begun.len() > own {
                        self.end_last(n, at);
                    }
                }
            }
        }
    }

    /// The table, when the log is over after `lines` lines, the last of them at `at`.
    pub fn finish(mut self, lines: u64, at: Option<Millis>) -> (Vec<Group>, bool) {
        self.end_all(lines, at);
        if !self.has_open
            && let Some(place) = self.last_closed
        {
            self.list[place].is_open = true;
        }
        (self.list, self.is_cut)
    }

    fn begin(
        &mut self,
        title: &str,
        n: u64,
        at: Option<Millis>,
        is_open: bool,
        section: Option<String>,
    ) -> Option<usize> {
        if self.begun.len() >= DEPTH_MAX {
            self.too_deep += 1;
            return None;
        }
        let level = u16::try_from(self.begun.len()).unwrap_or(u16::MAX);
        let place = (self.list.len() < GROUPS_MAX).then_some(self.list.len());
        self.is_cut |= place.is_none();
        if place.is_some() {
            self.list.push(Group {
                start: n,
                end: n,
                title: shortened(title),
                level,
                is_open,
                started_at: at,
                duration_ms: None,
            });
        }
        self.begun.push(Begun { place, section, at });
        place
    }

    fn end_last(&mut self, n: u64, at: Option<Millis>) {
        if let Some(begun) = self.begun.pop()
            && let Some(place) = begun.place
        {
            let group = &mut self.list[place];
            group.end = n.max(group.start);
            // Clocks of agents are set back at times.
            group.duration_ms =
                at.zip(begun.at).map(|(end, start)| end - start).filter(|ms| *ms >= 0);
        }
    }

    fn end_all(&mut self, n: u64, at: Option<Millis>) {
        self.too_deep = 0;
        while !self.begun.is_empty() {
            self.end_last(n, at);
        }
    }
}

/// Cut between two words where there are any: half a secret is not known for one.
fn shortened(title: &str) -> String {
    let title = title.trim();
    let Some((end, _)) = title.char_indices().nth(TITLE_CHARS_MAX) else {
        return title.to_owned();
    };
    let is_whole = title[end..].starts_with(char::is_whitespace);
    let cut = match title[..end].rfind(char::is_whitespace).filter(|_| !is_whole) {
        Some(blank) => &title[..blank],
        None => &title[..end],
    };
    cut.trim_end().to_owned()
}
