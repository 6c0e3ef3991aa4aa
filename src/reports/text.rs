//! Texts of a report: bounded, without the characters that XML forbids.

use memchr::memchr;

/// A suite, a class, a name, a file.
pub(super) const NAME_MAX: usize = 4 * 1024;
/// A message, a stack.
pub(super) const TEXT_MAX: usize = 64 * 1024;
/// Between the names of what lies within each other.
pub(super) const BETWEEN: &str = " > ";
/// `&#x10FFFF;` has ten characters; what is longer is no reference that we know.
const REFERENCE_MAX: usize = 12;

/// A text that grows up to a bound, and ends in `…` when it was longer.
#[derive(Debug, Default)]
pub(super) struct Text {
    text: String,
    is_cut: bool,
}

impl Text {
    pub(super) fn push(&mut self, text: &str, max: usize) {
        if self.is_cut {
            return;
        }
        if text.len() > max - self.text.len().min(max) {
            return self.push_some(text, max);
        }
        match is_clean(text) {
            true => self.text.push_str(text),
            false => self.text.extend(text.chars().filter(|c| !is_forbidden(*c))),
        }
    }

    fn push_some(&mut self, text: &str, max: usize) {
        for c in text.chars().filter(|c| !is_forbidden(*c)) {
            if self.text.len() + c.len_utf8() > max {
                self.text.push('…');
                self.is_cut = true;
                return;
            }
            self.text.push(c);
        }
    }

    /// Text with references in it.
    pub(super) fn push_escaped(&mut self, mut text: &str, max: usize) {
        while let Some(at) = memchr(b'&', text.as_bytes()) {
            self.push(&text[..at], max);
            let rest = &text[at + 1..];
            let window = &rest.as_bytes()[..rest.len().min(REFERENCE_MAX)];
            match memchr(b';', window) {
                Some(end) => {
                    self.push_reference(&rest[..end], max);
                    text = &rest[end + 1..];
                }
                None => {
                    self.push("&", max);
                    text = rest;
                }
            }
        }
        self.push(text, max);
    }

    /// What `&name;` stands for. There are no entities but those of XML: others stay as they are written.
    pub(super) fn push_reference(&mut self, name: &str, max: usize) {
        let known = match name {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "quot" => "\"",
            "apos" => "'",
            _ => {
                let digits = name.strip_prefix('#');
                let code = digits.and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => digits.parse().ok(),
                });
                match (digits, code.and_then(char::from_u32)) {
                    (_, Some(c)) => self.push(c.encode_utf8(&mut [0; 4]), max),
                    // A number, but of no character.
                    (Some(_), None) if code.is_some() => {}
                    _ => {
                        self.push("&", max);
                        self.push(name, max);
                        self.push(";", max);
                    }
                }
                return;
            }
        };
        self.push(known, max);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// One line or a few: no blanks around it.
    pub(super) fn trimmed(&self) -> Option<String> {
        some(newlines(self.text.trim()))
    }

    /// Many lines: no blank ones around them. The first one stays indented if the next one is as well; else it was
    /// the element that was indented.
    pub(super) fn lines(&self) -> Option<String> {
        let text = self.text.trim_end();
        let words = text.trim_start();
        let blank = &text[..text.len() - words.len()];
        let indent = &blank[blank.rfind('\n').map_or(0, |at| at + 1)..];
        let next = words.lines().skip(1).find(|line| !line.trim().is_empty());
        let is_kept = next.is_some_and(|line| line.starts_with(indent));
        some(newlines(if is_kept { &text[blank.len() - indent.len()..] } else { words }))
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn newlines(text: &str) -> String {
    match memchr(b'\r', text.as_bytes()) {
        Some(_) => text.replace("\r\n", "\n"),
        None => text.to_owned(),
    }
}

/// The value of an attribute as it is meant, and whether that was longer.
pub(super) fn unescaped(value: &str, max: usize) -> (String, bool) {
    if value.len() <= max && memchr(b'&', value.as_bytes()).is_none() && is_clean(value) {
        return (value.to_owned(), false);
    }
    let mut text = Text::default();
    text.push_escaped(value, max);
    (text.text, text.is_cut)
}

/// Whether no character of a text is forbidden, as far as bytes tell: often, and at once.
fn is_clean(text: &str) -> bool {
    let suspicious =
        |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xef;
    !text.bytes().fold(false, |any, byte| any | suspicious(byte))
}

/// The characters that XML 1.0 knows no way to write.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// The first line of a text that says something.
pub(super) fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// Names from the outside in; those that are blank say nothing.
pub(super) fn path<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut path = Text::default();
    for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
        path.push(if path.is_empty() { "" } else { BETWEEN }, NAME_MAX);
        path.push(name, NAME_MAX);
    }
    some(path.text)
}

/// What a text says before the frames of a stack, where both are one: `Error: torn\n    at pull (rope.js:3:9)`.
pub(super) fn before_frames(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if is_frame(line.trim()) {
            return &text[..end];
        }
        end += line.len();
    }
    text
}

/// Whether a line is a frame as JavaScript and Java write it, or as Ruby does.
fn is_frame(line: &str) -> bool {
    let is_place = line.ends_with(|last: char| last == ')' || last.is_ascii_digit());
    (line.starts_with("at ") && is_place) || line.contains(":in `") || line.contains(":in '")
}

/// What one result, or one try, says of a test.
pub(super) struct Said {
    message: Option<String>,
    body: Option<String>,
}

impl Said {
    /// Without a message of its own it is the first line of the body, or else another word; a body of that line alone
    /// is none.
    pub(super) fn new(
        message: Option<String>,
        body: Option<String>,
        otherwise: Option<String>,
    ) -> Self {
        let first = || body.as_deref().and_then(first_line).map(str::to_owned);
        let message = message.or_else(first).or(otherwise);
        let is_same = match (&message, &body) {
            (Some(message), Some(body)) => message.trim() == body.trim(),
            _ => false,
        };
        Self { message, body: body.filter(|_| !is_same) }
    }

    /// Of a text that is a message and the frames of a stack after it.
    pub(super) fn with_frames(text: &Text) -> Self {
        let message = some(newlines(before_frames(text.as_str()).trim()));
        Self::new(message, text.lines(), None)
    }
}

/// What a test says of itself: the message of the first, and the bodies of all, each after the first under its own
/// message.
pub(super) fn together(said: impl IntoIterator<Item = Said>) -> (Option<String>, Option<String>) {
    let mut said = said.into_iter();
    let Some(Said { message, body }) = said.next() else { return (None, None) };
    let mut stack = Text::default();
    stack.push(body.as_deref().unwrap_or_default(), TEXT_MAX);
    for Said { message, body } in said {
        let is_within = |message: &String| body.as_ref().is_some_and(|body| body.contains(message));
        for text in [message.filter(|message| !is_within(message)), body.clone()].iter().flatten() {
            stack.push(if stack.is_empty() { "" } else { "\n" }, TEXT_MAX);
            stack.push(text, TEXT_MAX);
        }
    }
    (message, stack.lines())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(value: &str) -> String {
        unescaped(value, 100).0
    }

    #[test]
    fn references_are_what_xml_knows_and_nothing_else() {
        assert_eq!(meant("a &lt;b&gt; &amp;&quot;&apos;"), "a <b> &\"'");
        assert_eq!(meant("&#65;&#x42;&#X43;&#x1F6a8;"), "ABC🚨");
        assert_eq!(meant("R&D; &nbsp; &lol9; & &;"), "R&D; &nbsp; &lol9; & &;");
        assert_eq!(meant("&amp;lt;"), "&lt;", "once");
    }

    #[test]
    fn what_xml_forbids_is_left_out() {
        assert_eq!(meant("\u{1b}[31mred\u{0}\u{b}\u{ffff}\t\n"), "[31mred\t\n");
        assert_eq!(meant("&#27;[31m&#0;&#x1b;[0m &#xd800;&#x110000;&#xfffe;."), "[31m[0m .");
        assert_eq!(meant("\u{fffd}\u{feff}ｆｕｌｌ"), "\u{fffd}\u{feff}ｆｕｌｌ");
    }

    #[test]
    fn a_long_text_ends_where_its_bound_is() {
        let long = "ä".repeat(200);
        assert_eq!(unescaped(&long, 101), ("ä".repeat(50) + "…", true));
        assert_eq!(unescaped(&long, 400), (long.clone(), false));
        let mut text = Text::default();
        for _ in 0..100 {
            text.push_escaped("ab&amp;", 64);
        }
        assert!(text.is_cut() && text.as_str().len() <= 64 + '…'.len_utf8(), "{text:?}");
    }

    #[test]
    fn lines_keep_their_indentation() {
        let mut text = Text::default();
        text.push("\r\n \n   at one\r\n\r\n   at two\r\n ", 100);
        assert_eq!(text.lines().unwrap(), "   at one\n\n   at two");
        assert_eq!(text.trimmed().unwrap(), "at one\n\n   at two");
        assert_eq!(first_line(text.as_str()), Some("at one"));
        text = Text::default();
        text.push("\n      Error\n\tat one", 100);
        assert_eq!(text.lines().unwrap(), "Error\n\tat one");
    }
}
