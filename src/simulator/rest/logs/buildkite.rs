//! Lines as Buildkite's agent sends them: what a terminal would have got, with times in between.

use super::{Kind, Line};

/// A line with its end.
pub fn write(line: &Line, out: &mut Vec<u8>) {
    let ms = line.at.timestamp().0;
    out.extend_from_slice(format!("\u{1b}_bk;t={ms}\u{7}").as_bytes());
    let text = line.text.as_str();
    let parts: [&str; 4] = match line.kind {
        Kind::Plain | Kind::EndGroup => [text, "", "", "\r\n"],
        Kind::Command => ["\u{1b}[90m$\u{1b}[0m ", text, "", "\r\n"],
        Kind::Group => ["--- ", text, "", "\r\n"],
        // What the agent does itself.
        Kind::Section => ["~~~ ", text, "", "\r\n"],
        Kind::Over => ["\u{1b}[1A\u{1b}[2K", text, "", "\r\n"],
        Kind::Error | Kind::Red => ["\u{1b}[31m", text, "\u{1b}[0m", "\r\n"],
        Kind::Warning => ["\u{1b}[33m", text, "\u{1b}[0m", "\r\n"],
        Kind::Green => ["\u{1b}[32m", text, "\u{1b}[0m", "\r\n"],
        Kind::Faint => ["\u{1b}[90m", text, "\u{1b}[0m", "\r\n"],
        // Stays on its line: what comes next is written over it.
        Kind::Progress => [text, "\u{1b}[K", "", "\r"],
    };
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}
