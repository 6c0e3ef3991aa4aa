//! What text is written with: a style and a link, both of which last until they are changed, also over line ends.

use std::sync::Arc;

use super::style::Style;

/// Longest address that becomes a link.
const LINK_CHARS_MAX: usize = 2048;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pen {
    pub style: Style,
    pub link: Option<Arc<str>>,
}

/// What an operating system command (`ESC ]`) means.
#[derive(Debug, PartialEq, Eq)]
pub enum Command<'o> {
    /// Text is a link from here on, or no longer.
    Link(Option<Arc<str>>),
    /// A piece of text that is a link of its own, where its address may be followed.
    Linked(Option<Arc<str>>, &'o str),
    /// What stands for an image.
    Image(String),
    Nothing,
}

/// An address that a page may offer: `http` and `https` only, nothing invisible in it.
pub fn followed(address: &str) -> Option<Arc<str>> {
    let scheme = address.split_once("://")?.0;
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let is_plain =
        address.len() <= LINK_CHARS_MAX && !address.contains(|c: char| c.is_control() || c == ' ');
    (is_web && is_plain).then(|| Arc::from(address))
}

impl<'o> Command<'o> {
    /// `8;;address` (any terminal), `1339;url=...;content=...` and `1338;url=...;alt=...` (Buildkite's links and
    /// images), `1337;File=...` (images in the text). A body that is not UTF-8 says nothing.
    pub fn of(body: &'o [u8]) -> Self {
        let Some((number, rest)) =
            std::str::from_utf8(body).ok().and_then(|body| body.split_once(';'))
        else {
            return Self::Nothing;
        };
        match number {
            "8" => {
                let address = rest.split_once(';').map_or("", |(_, address)| address);
                Self::Link(followed(address))
            }
            "1339" => {
                let url = member(rest, "url").unwrap_or_default();
                Self::Linked(followed(url), member(rest, "content").unwrap_or(url))
            }
            "1338" => Self::Image(member(rest, "alt").unwrap_or("image").to_owned()),
            "1337" => {
                // The image itself follows a colon; the members stand before it.
                let members = rest
                    .strip_prefix("File=")
                    .map(|file| file.split_once(':').map_or(file, |(members, _)| members));
                match members {
                    Some(members) => {
                        Self::Image(member(members, "alt").unwrap_or("image").to_owned())
                    }
                    None => Self::Nothing,
                }
            }
            _ => Self::Nothing,
        }
    }
}

/// A member of `name=value;name='value; with more'`.
fn member<'o>(members: &'o str, name: &str) -> Option<&'o str> {
    let mut rest = members;
    while !rest.is_empty() {
        let (found, after) = rest.split_once('=')?;
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote.and_then(|quote| after[1..].split_once(quote)) {
            Some((value, after)) => (value, after),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                after.split_at(end)
            }
        };
        if found.trim() == name && !value.is_empty() {
            return Some(value);
        }
        rest = after.find(';').map_or("", |at| &after[at + 1..]);
    }
    None
}
