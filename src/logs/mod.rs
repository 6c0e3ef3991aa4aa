//! A step's log, from the bytes a provider gives to the lines a page shows.
//!
//! [`Intake`] takes a log piece by piece and writes it into compressed frames, byte for byte as it came, in
//! bounded memory whatever comes. [`Reader`] finds any line of it in milliseconds and says what a terminal
//! would show there: colours, links, times, levels, groups. Escape sequences are resolved when a line is read;
//! only a log that moves its cursor to other lines (`docker pull`) has a second stream beside the first, of
//! lines as they stood in the end ([`screen`]).
//!
//! Pure over `Read` and `Write`. Who opens the files is `store`; what is a secret is for `http` to say.

mod escape;
mod file;
mod groups;
mod intake;
mod line;
mod pen;
mod reader;
mod row;
mod screen;
mod search;
pub mod signs;
mod style;
mod survey;

#[cfg(test)]
mod tests;

pub use escape::has_control;
pub use file::{DamagedLog, Outline, Span};
pub use groups::Group;
pub use intake::{Intake, LOG_BYTES_MAX, Summary, Taken};
pub use line::{Level, Line, Run, head, seen};
pub use reader::{LogReader as Reader, Pieces};
pub use search::{Found, Hit, Query, QueryError};
pub use signs::Sign;
pub use style::{Colour, Named, Style};

/// Milliseconds since 1970.
pub type Millis = i64;

/// How a provider marks times, groups and levels in its logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// An ISO time before each line, `##[error]` and its like.
    AzureDevOps,
    /// `ESC _ bk;t=...` in the text, `---`, `+++`, `~~~` headers.
    Buildkite,
}
