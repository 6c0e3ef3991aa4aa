//! Bodies with holes: a provider's JSON, written out for people to read, filled in at speed.
//!
//! The bench needs millions of bodies that differ in everything that differs in life. So the JSON
//! next to this module is taken apart once into text and holes, and a body is one pass of copying.
//!
//! * `{{name}}` is a hole; what fills it is escaped already.
//! * `{{name|null}}` is a JSON string, or `null` when nothing fills it.
//! * `{{?name}} ... {{:}} ... {{/}}` is its first part when something fills the hole, else its
//!   second.
//! * `{{> part}}` is another file; after `{{> part by}}` its `{{.name}}` means `{{by.name}}`.
//!
//! White space between JSON tokens is for the reader and is not sent.

/// How deep parts may contain parts: deeper is a circle.
const DEPTH_MAX: usize = 8;

/// What braces become once white space no longer tells JSON's own braces from them.
const OPEN: &str = "\u{1}";
const CLOSE: &str = "\u{2}";

/// A template whose holes are of type `F`, whatever the caller fills holes with.
#[derive(Debug)]
pub struct Template<F> {
    pieces: Vec<Piece<F>>,
}

#[derive(Debug)]
enum Piece<F> {
    Text(String),
    Hole(F),
    HoleOrNull(F),
    /// Go on at piece `otherwise` when nothing fills the hole.
    When {
        hole: F,
        otherwise: usize,
    },
    Jump(usize),
}

impl<F: Copy> Template<F> {
    /// Take a template apart. `hole` knows the names; `parts` are the files it may include.
    ///
    /// Templates are part of the program: a mistake in one is a bug, and panics.
    #[must_use]
    pub fn compile(text: &str, parts: &[(&str, &str)], hole: impl Fn(&str) -> Option<F>) -> Self {
        let whole = without_white_space(&include(text, parts, 0));
        let known = |name: &str| {
            hole(name).unwrap_or_else(|| panic!("a simulator template has no hole called {name}"))
        };

        let mut pieces = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut rest = whole.as_str();
        while let Some((before, tag, after)) = next_tag(rest, OPEN, CLOSE) {
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            rest = after;
            if let Some(name) = tag.strip_prefix('?') {
                open.push(pieces.len());
                pieces.push(Piece::When { hole: known(name), otherwise: 0 });
            } else if tag == ":" {
                let when =
                    open.pop().expect("a simulator template has an else without a condition");
                open.push(pieces.len());
                pieces.push(Piece::Jump(0));
                land(&mut pieces, when);
            } else if tag == "/" {
                let when = open.pop().expect("a simulator template closes what is not open");
                land(&mut pieces, when);
            } else if let Some(name) = tag.strip_suffix("|null") {
                pieces.push(Piece::HoleOrNull(known(name)));
            } else {
                pieces.push(Piece::Hole(known(tag)));
            }
        }
        assert!(open.is_empty(), "a simulator template leaves a condition open");
        pieces.push(Piece::Text(rest.to_owned()));
        Self { pieces }
    }

    /// Write the body; `fill` writes what belongs into a hole, or nothing.
    pub fn write(&self, out: &mut Vec<u8>, fill: impl Fn(F, &mut Vec<u8>)) {
        let mut at = 0;
        while let Some(piece) = self.pieces.get(at) {
            at += 1;
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Hole(hole) => fill(*hole, out),
                Piece::HoleOrNull(hole) => {
                    let start = out.len();
                    out.push(b'"');
                    fill(*hole, out);
                    if out.len() > start + 1 {
                        out.push(b'"');
                    } else {
                        out.truncate(start);
                        out.extend_from_slice(b"null");
                    }
                }
                Piece::When { hole, otherwise } => {
                    let start = out.len();
                    fill(*hole, out);
                    if out.len() == start {
                        at = *otherwise;
                    }
                    out.truncate(start);
                }
                Piece::Jump(target) => at = *target,
            }
        }
    }
}

/// Let the condition or jump at `from` lead to the piece that comes next.
fn land<F>(pieces: &mut [Piece<F>], from: usize) {
    let next = pieces.len();
    match &mut pieces[from] {
        Piece::When { otherwise, .. } => *otherwise = next,
        Piece::Jump(target) => *target = next,
        Piece::Text(_) | Piece::Hole(_) | Piece::HoleOrNull(_) => {}
    }
}

fn next_tag<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, &'t str, &'t str)> {
    let (before, rest) = text.split_once(open)?;
    let (tag, after) = rest.split_once(close).expect("a simulator template leaves a hole open");
    Some((before, tag.trim(), after))
}

fn include(text: &str, parts: &[(&str, &str)], depth: usize) -> String {
    assert!(depth < DEPTH_MAX, "simulator templates include each other in a circle");
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag, after)) = next_tag(rest, "{{", "}}") {
        whole.push_str(before);
        rest = after;
        let Some(wanted) = tag.strip_prefix('>') else {
            whole.extend([OPEN, tag, CLOSE]);
            continue;
        };
        let mut words = wanted.split_whitespace();
        let name = words.next().expect("a simulator template includes nothing");
        let (_, part) = parts
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("a simulator template includes {name}, which is not there"));
        let part = match words.next() {
            Some(prefix) => part
                .replace("{{.", &format!("{{{{{prefix}."))
                .replace("{{?.", &format!("{{{{?{prefix}.")),
            None => (*part).to_owned(),
        };
        whole.push_str(include(part.trim(), parts, depth + 1).as_str());
    }
    whole.push_str(rest);
    whole
}

/// Drop white space outside JSON strings. A backslash protects what follows it.
fn without_white_space(text: &str) -> String {
    let mut dense = String::with_capacity(text.len());
    let mut in_string = false;
    let mut escaped = false;
    for c in text.chars() {
        if !in_string && c.is_whitespace() {
            continue;
        }
        if c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && c == '\\' && !escaped;
        dense.push(c);
    }
    dense
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str, parts: &[(&str, &str)]) -> String {
        let template = Template::compile(text, parts, |name| match name {
            "name" => Some("Ada"),
            "by.name" => Some("Bob"),
            "nothing" => Some(""),
            _ => None,
        });
        let mut out = Vec::new();
        template.write(&mut out, |value, out| out.extend_from_slice(value.as_bytes()));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn holes_are_filled_and_white_space_stays_in_strings_only() {
        assert_eq!(write("{ \"a b\" : \"{{name}} \\\" x\" }", &[]), r#"{"a b":"Ada \" x"}"#);
        assert_eq!(write("{ {{?name}}1{{/}} }", &[]), "{1}");
        assert_eq!(write("[{{name|null}}, {{nothing|null}}]", &[]), r#"["Ada",null]"#);
    }

    #[test]
    fn a_condition_takes_the_part_that_fits() {
        assert_eq!(
            write("{{?name}}1{{:}}2{{/}}{{?nothing}}3{{:}}4{{/}}{{?nothing}}5{{/}}", &[]),
            "14"
        );
        assert_eq!(write("{{?name}}a{{?nothing}}b{{:}}c{{/}}d{{/}}", &[]), "acd");
    }

    #[test]
    fn a_part_is_included_under_the_name_of_its_place() {
        let parts = [("person", "{{.name}}{{?.name}}!{{/}}"), ("both", "{{> person by}}{{name}}")];
        assert_eq!(write("[{{> both}}]", &parts), "[Bob!Ada]");
    }
}
