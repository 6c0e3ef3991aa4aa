//! Lines as Azure Pipelines keeps them: each with its time, marks for what is more than text.

use super::{Kind, Line};
use crate::simulator::clock::Tick;

/// What a log begins with.
pub const BOM: &str = "\u{feff}";

/// `2026-02-13T14:30:00.1234567Z ##[error]text`, without a line end.
pub fn write(line: &Line, out: &mut Vec<u8>) {
    write_stamp(line.at, out);
    let mark = match line.kind {
        Kind::Plain | Kind::Faint | Kind::Progress | Kind::Over | Kind::Red | Kind::Green => "",
        Kind::Section => "##[section]",
        Kind::Command => "##[command]",
        Kind::Group => "##[group]",
        Kind::EndGroup => "##[endgroup]",
        Kind::Error => "##[error]",
        Kind::Warning => "##[warning]",
    };
    // Colours are kept as the tools wrote them.
    let colour = match line.kind {
        Kind::Red => "\u{1b}[31m",
        Kind::Green => "\u{1b}[32m",
        _ => "",
    };
    for text in [mark, colour, &line.text, if colour.is_empty() { "" } else { "\u{1b}[0m" }] {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Seven decimals, always.
fn write_stamp(at: Tick, out: &mut Vec<u8>) {
    let whole = Tick(at.0 - at.0.rem_euclid(Tick::PER_SECOND));
    whole.write_azure(out);
    out.pop();
    out.extend_from_slice(format!(".{:07}Z ", at.0.rem_euclid(Tick::PER_SECOND)).as_bytes());
}
