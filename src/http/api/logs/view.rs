//! Logs as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::api::steps::id_of;
use crate::http::mask;
use crate::http::view::{AspectState, Time};
use crate::logs;
use crate::model::Timestamp;
use crate::store::sqlite::books::read::logs::LogRow;

/// Characters of a line. Of a longer one the beginning is shown, and its length said.
const LINE_CHARS_MAX: usize = 8_192;

/// Characters that are looked at for secrets: one that is cut in two is not known for what it is.
pub(super) const LOOKED_AT_CHARS: usize = LINE_CHARS_MAX + 4_096;

/// A log: whose it is, and what is here of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogHead {
    #[schema(value_type = Uuid)]
    pub id: String,
    #[schema(value_type = Uuid)]
    pub build_id: String,
    pub step_id: String,
    pub state: AspectState,
    /// Why it is not here: a stable word, and a sentence.
    #[schema(required)]
    pub code: Option<String>,
    #[schema(required)]
    pub reason: Option<String>,
    /// Lines of the whole log.
    pub lines: i64,
    pub bytes: i64,
    /// What it takes on disk.
    pub stored_bytes: i64,
    /// Whether its step was over when it was read.
    pub is_complete: bool,
    /// What was left out, as a sentence.
    #[schema(required)]
    pub cut: Option<String>,
}

impl From<LogRow> for LogHead {
    fn from(row: LogRow) -> Self {
        Self {
            step_id: id_of(&row.step),
            id: row.public_id,
            build_id: row.build,
            state: row.state.into(),
            code: row.code,
            reason: row.reason.map(mask::text::shown),
            lines: row.lines,
            bytes: row.bytes,
            stored_bytes: row.stored_bytes,
            is_complete: row.is_complete,
            cut: row.cut.map(mask::text::shown),
        }
    }
}

/// Lines of a log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogLines {
    #[serde(flatten)]
    pub log: LogHead,
    /// Number of the first line that was asked for.
    pub from: u64,
    pub items: Vec<LogLine>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LogLine {
    /// From 1.
    pub n: u64,
    #[schema(required)]
    pub at: Option<Time>,
    #[schema(required)]
    pub level: Option<LogLevel>,
    /// Groups that it lies in.
    pub depth: u16,
    pub runs: Vec<LogRun>,
    /// Characters of the whole line, where only its beginning is here.
    #[schema(required)]
    pub cut: Option<usize>,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Error,
    Warning,
    Command,
    Section,
    Debug,
    Group,
}

impl From<logs::Level> for LogLevel {
    fn from(level: logs::Level) -> Self {
        match level {
            logs::Level::Error => Self::Error,
            logs::Level::Warning => Self::Warning,
            logs::Level::Command => Self::Command,
            logs::Level::Section => Self::Section,
            logs::Level::Debug => Self::Debug,
            logs::Level::Group => Self::Group,
        }
    }
}

/// A piece of a line in one style; members that are false or null are not there.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a terminal's manners go with each other freely")]
pub struct LogRun {
    pub text: String,
    /// `red`, `bright-red`, `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bg: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub bold: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub dim: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub italic: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub underline: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub strike: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub inverse: bool,
    /// Where it leads: http or https.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

impl From<logs::Run> for LogRun {
    fn from(run: logs::Run) -> Self {
        let style = run.style;
        Self {
            text: run.text,
            fg: style.foreground().map(|colour| colour.to_string()),
            bg: style.background().map(|colour| colour.to_string()),
            bold: style.is_bold(),
            dim: style.is_dim(),
            italic: style.is_italic(),
            underline: style.is_underlined(),
            strike: style.is_struck(),
            inverse: style.is_inverse(),
            href: run.href.map(|href| href.to_string()),
        }
    }
}

impl From<logs::Line> for LogLine {
    fn from(mut line: logs::Line) -> Self {
        mask::lines::line(&mut line);
        shorten(&mut line);
        Self {
            n: line.n,
            at: at(line.at),
            level: line.level.map(Into::into),
            depth: line.depth,
            runs: line.runs.into_iter().map(Into::into).collect(),
            cut: line.cut,
        }
    }
}

/// Leave of a line what is shown of it.
fn shorten(line: &mut logs::Line) {
    let mut length = 0;
    for run in &mut line.runs {
        let room = LINE_CHARS_MAX.saturating_sub(length);
        length += run.text.chars().count();
        if let Some((end, _)) = run.text.char_indices().nth(room) {
            run.text.truncate(end);
        }
    }
    line.runs.retain(|run| !run.text.is_empty());
    if length > LINE_CHARS_MAX {
        line.cut = line.cut.or(Some(length));
    }
}

pub(super) fn at(millis: Option<logs::Millis>) -> Option<Time> {
    millis.map(|millis| Timestamp(millis).into())
}

/// What a log holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogOutline {
    #[serde(flatten)]
    pub log: LogHead,
    /// The first and the last time that is marked in it.
    #[schema(required)]
    pub first_at: Option<Time>,
    #[schema(required)]
    pub last_at: Option<Time>,
    /// At most 10,000.
    pub groups: Vec<LogGroup>,
    /// There are more.
    pub groups_cut: bool,
    /// Lines that tell of errors, at most the first 10,000 of them.
    pub errors: Vec<u64>,
    pub warnings: Vec<u64>,
    /// All of them.
    pub error_count: u64,
    pub warning_count: u64,
}

impl LogOutline {
    pub fn of(row: LogRow, outline: logs::Outline) -> Self {
        Self {
            log: row.into(),
            first_at: at(outline.first_at),
            last_at: at(outline.last_at),
            groups: outline.groups.into_iter().map(Into::into).collect(),
            groups_cut: outline.groups_cut,
            errors: outline.errors.into_iter().map(|(n, _)| n).collect(),
            warnings: outline.warnings,
            error_count: outline.error_count,
            warning_count: outline.warning_count,
        }
    }
}

/// Lines that belong together.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogGroup {
    /// Its header.
    pub start: u64,
    /// Its last line.
    pub end: u64,
    pub title: String,
    /// Groups that it lies in.
    pub level: u16,
    /// Whether its lines are shown from the start.
    pub is_open: bool,
    #[schema(required)]
    pub started_at: Option<Time>,
    #[schema(required)]
    pub duration_ms: Option<i64>,
}

/// What was found in a log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogHits {
    pub state: AspectState,
    #[schema(required)]
    pub reason: Option<String>,
    /// Of a very long line its beginning, as far as it is shown.
    pub lines_searched: u64,
    /// Lines in which it was found, also those not listed.
    pub total: u64,
    /// There are more than are listed, or time was up before the end.
    pub is_cut: bool,
    pub items: Vec<LogHit>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LogHit {
    pub n: u64,
    /// From and to, in UTF-16 units of the line's text.
    pub spans: Vec<(usize, usize)>,
}

impl From<logs::Group> for LogGroup {
    fn from(group: logs::Group) -> Self {
        Self {
            start: group.start,
            end: group.end,
            title: mask::text::shown(group.title),
            level: group.level,
            is_open: group.is_open,
            started_at: at(group.started_at),
            duration_ms: group.duration_ms,
        }
    }
}
