//! Other people's HTML as a small tree of plain nodes.
//!
//! A build's own steps write HTML onto its page. None of it is shown as it is: what is shown is made
//! anew from this tree, which knows a few elements, texts, and links to web pages. Whatever else is
//! in there (scripts, styles, attributes, forms, pictures) ends here. The tokens are those that a
//! browser would see (`html5gum` follows the standard); nothing that could be read in two ways is
//! passed on, since no markup is.

use html5gum::{EndTag, HtmlString, StartTag, Token, Tokenizer};
use serde::Serialize;

/// Bytes that are read; a note is at most a megabyte.
const READ_MAX: usize = 1024 * 1024;
/// Bytes of all texts and links together.
const TEXT_MAX: usize = 256 * 1024;
const NODES_MAX: usize = 10_000;
/// Elements inside of each other; deeper ones lend their contents to the last.
const DEPTH_MAX: usize = 24;
const LINK_MAX: usize = 2_048;

/// Elements that are passed on, by name.
pub const ELEMENTS: [&str; 39] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Elements whose contents are no text of the page either.
const DROPPED: [&str; 13] = [
    "applet", "audio", "canvas", "frameset", "iframe", "math", "noscript", "object", "script",
    "style", "svg", "template", "video",
];

/// Elements that hold nothing.
const EMPTY: [&str; 2] = ["br", "hr"];

/// Elements that stand in a line of text. Blanks between others mean nothing.
const INLINE: [&str; 14] =
    ["a", "b", "br", "code", "del", "em", "i", "kbd", "s", "small", "span", "strong", "sub", "sup"];

/// Elements whose children are no text.
const WITHOUT_TEXT: [&str; 7] = ["dl", "ol", "table", "tbody", "thead", "tr", "ul"];

/// A piece of a page: a text, or an element of [`ELEMENTS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Node {
    Text {
        text: String,
    },
    Element {
        tag: &'static str,
        /// Of an `a`: an address of http or https.
        #[serde(skip_serializing_if = "Option::is_none")]
        href: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        children: Vec<Node>,
    },
}

/// What became of a piece of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Page {
    pub nodes: Vec<Node>,
    /// It was longer than what is passed on of it.
    pub is_cut: bool,
}

/// Read HTML. `resolve` knows addresses that are neither http nor https, `artifact://coverage.html`;
/// what it answers must be one of the two.
#[must_use]
pub fn read(html: &str, resolve: impl Fn(&str) -> Option<String>) -> Page {
    let kept = &html[..html.floor_char_boundary(READ_MAX)];
    let mut tree = Tree::new(resolve);
    tree.is_cut = kept.len() < html.len();
    for Ok(token) in Tokenizer::new(kept) {
        match token {
            Token::StartTag(tag) => tree.open(&tag),
            Token::EndTag(EndTag { name, .. }) => tree.close(&lossy(&name)),
            Token::String(text) => tree.text(&lossy(&text)),
            _ => {}
        }
        if tree.is_full() {
            tree.is_cut = true;
            break;
        }
    }
    tree.finish()
}

fn lossy(text: &HtmlString) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(text)
}

fn known(name: &str) -> Option<&'static str> {
    ELEMENTS.into_iter().find(|known| *known == name)
}

/// An element that is not closed yet. The bottom one stands for the page.
struct Open {
    tag: &'static str,
    href: Option<String>,
    children: Vec<Node>,
}

struct Tree<F> {
    open: Vec<Open>,
    resolve: F,
    /// The element that is being dropped, and how often it is inside of itself.
    dropping: Option<(&'static str, usize)>,
    nodes: usize,
    text: usize,
    is_cut: bool,
}

impl<F: Fn(&str) -> Option<String>> Tree<F> {
    fn new(resolve: F) -> Self {
        let page = Open { tag: "", href: None, children: Vec::new() };
        Self { open: vec![page], resolve, dropping: None, nodes: 0, text: 0, is_cut: false }
    }

    fn is_full(&self) -> bool {
        self.nodes >= NODES_MAX || self.text >= TEXT_MAX
    }

    fn open(&mut self, tag: &StartTag<()>) {
        let name = lossy(&tag.name);
        if let Some((dropped, depth)) = &mut self.dropping {
            *depth += usize::from(*dropped == name);
            return;
        }
        if let Some(dropped) = DROPPED.into_iter().find(|dropped| *dropped == name) {
            self.dropping = (!tag.self_closing).then_some((dropped, 0));
            return;
        }
        let attribute = |wanted: &str| {
            let found =
                tag.attributes.iter().find(|(name, _)| name.as_slice() == wanted.as_bytes());
            found.map(|(_, value)| lossy(&value.value).into_owned())
        };
        if name == "img" {
            self.picture(attribute("src").as_deref(), attribute("alt").as_deref());
            return;
        }
        let Some(tag) = known(&name) else { return };
        self.make_room_for(tag);
        let href = attribute("href").filter(|_| tag == "a");
        let href = href.and_then(|href| self.link(&href));
        let element = Open { tag, href, children: Vec::new() };
        if EMPTY.contains(&tag) {
            self.put(element.closed());
        } else if self.open.len() <= DEPTH_MAX {
            self.open.push(element);
        }
    }

    /// Some elements end where the next of their kind begins.
    fn make_room_for(&mut self, tag: &str) {
        let (ends, within): (&[&str], &[&str]) = match tag {
            "li" => (&["li"], &["ol", "ul"]),
            "td" | "th" => (&["td", "th"], &["table", "tr"]),
            "tr" => (&["tr"], &["table", "tbody", "thead"]),
            "tbody" | "thead" => (&["tbody", "thead"], &["table"]),
            "dd" | "dt" => (&["dd", "dt"], &["dl"]),
            // A link inside of a link would be two places for one click.
            "a" => (&["a"], &["table"]),
            "p" | "ul" | "ol" | "table" | "pre" | "blockquote" | "hr" | "div" | "h1" | "h2"
            | "h3" | "h4" | "h5" | "h6" => (&["p"], &["blockquote", "li", "td", "th"]),
            _ => return,
        };
        let above = self.open.iter().rposition(|open| within.contains(&open.tag)).unwrap_or(0);
        let last = self.open.iter().rposition(|open| ends.contains(&open.tag));
        if let Some(at) = last.filter(|at| *at > above) {
            self.close_down_to(at);
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((dropped, depth)) = &mut self.dropping {
            if *dropped == name {
                match depth.checked_sub(1) {
                    Some(left) => *depth = left,
                    None => self.dropping = None,
                }
            }
            return;
        }
        // An end without a beginning ends nothing.
        let opened = self.open.iter().skip(1).rposition(|open| open.tag == name);
        if let Some(at) = opened {
            self.close_down_to(at + 1);
        }
    }

    fn close_down_to(&mut self, at: usize) {
        while self.open.len() > at.max(1) {
            if let Some(element) = self.open.pop() {
                self.put(element.closed());
            }
        }
    }

    fn put(&mut self, node: Node) {
        self.nodes += 1;
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(node);
        }
    }

    fn text(&mut self, text: &str) {
        let Some(parent) = self.open.last_mut().filter(|_| self.dropping.is_none()) else { return };
        let follows_words = parent.children.last().is_some_and(Node::is_inline);
        let is_between =
            WITHOUT_TEXT.contains(&parent.tag) || parent.tag.is_empty() && !follows_words;
        if text.is_empty() || is_between && text.trim().is_empty() {
            return;
        }
        let room = TEXT_MAX.saturating_sub(self.text);
        let kept = &text[..text.floor_char_boundary(room)];
        self.is_cut |= kept.len() < text.len();
        self.text += kept.len();
        if let Some(Node::Text { text }) = parent.children.last_mut() {
            text.push_str(kept);
        } else if !kept.is_empty() {
            self.put(Node::Text { text: kept.to_owned() });
        }
    }

    /// A picture is told of, by its words and as a link to it. Loading it would tell whoever keeps it
    /// who reads this.
    fn picture(&mut self, source: Option<&str>, words: Option<&str>) {
        let file = source.and_then(|source| source.rsplit('/').next());
        let words = words.map(str::trim).filter(|words| !words.is_empty()).or(file);
        let Some(words) = words.filter(|words| !words.is_empty()) else { return };
        let is_in_link = self.open.iter().any(|open| open.tag == "a");
        let href = source.filter(|_| !is_in_link).and_then(|source| self.link(source));
        if href.is_some() && self.open.len() <= DEPTH_MAX {
            self.open.push(Open { tag: "a", href, children: Vec::new() });
            self.text(words);
            self.close_down_to(self.open.len() - 1);
        } else {
            self.text(words);
        }
    }

    fn link(&mut self, address: &str) -> Option<String> {
        // Browsers read over blanks around an address, and over line ends and tabs inside of it.
        let address: String = address.trim().chars().filter(|c| !c.is_control()).collect();
        let address = if is_web(&address) { Some(address) } else { (self.resolve)(&address) };
        let address = address.filter(|address| is_web(address) && address.len() <= LINK_MAX)?;
        self.text += address.len();
        Some(address)
    }

    fn finish(mut self) -> Page {
        self.close_down_to(1);
        let nodes = self.open.pop().map(|page| page.children).unwrap_or_default();
        Page { nodes, is_cut: self.is_cut }
    }
}

impl Node {
    fn is_inline(&self) -> bool {
        match self {
            Self::Text { .. } => true,
            Self::Element { tag, .. } => INLINE.contains(tag),
        }
    }
}

impl Open {
    fn closed(self) -> Node {
        Node::Element { tag: self.tag, href: self.href, children: self.children }
    }
}

fn is_web(address: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        let start = address.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && address.len() > scheme.len()
    })
}

#[cfg(test)]
mod tests;
