//! XML into what a dialect hears: elements open and close, and there is text between.
//!
//! More is taken than XML allows, since runners write it: characters that are forbidden, bare ampersands, references
//! to what is not declared, `<` within quotes. What does not close what it opened, or has two roots, is malformed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::BufRead;
use std::ops::ControlFlow;

use quick_xml::errors::Error;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::ctest::Ctest;
use super::decode::Decoded;
use super::gate::{Gate, Place};
use super::junit::Junit;
use super::nunit::Nunit;
use super::out::Out;
use super::testng::Testng;
use super::text::Text;
use super::trx::Trx;
use super::xunit_net::XunitNet;
use super::{Format, Malformed};

/// Elements within each other; the reader remembers the name of each that is open.
const DEPTH_MAX: usize = 256;

/// What makes cases of a format's elements. Depths count from 1, the root's.
pub(super) trait Dialect {
    fn format(&self) -> Format;

    fn open(&mut self, tag: &Tag<'_>, depth: usize, out: &mut Out<'_>) -> ControlFlow<()>;

    /// Words within the element of this depth; they may come in many pieces.
    fn words(&mut self, words: Words<'_>, depth: usize);

    fn close(&mut self, depth: usize, out: &mut Out<'_>) -> ControlFlow<()>;

    /// Reading is over, wherever it ended: pass on what was held back. What makes it no report is an error.
    fn end(&mut self, _out: &mut Out<'_>) -> Result<(), String> {
        Ok(())
    }
}

/// The dialect that a root element announces.
fn dialect_of(root: &Tag<'_>) -> Option<Box<dyn Dialect>> {
    Some(match root.name {
        "testsuites" | "testsuite" => Box::new(Junit::new()),
        "TestRun" => Box::new(Trx::default()),
        "test-results" => Box::new(Nunit::new(Format::Nunit2)),
        // A suite alone is what runners of version 3 hand to each other.
        "test-run" | "test-suite" => Box::new(Nunit::new(Format::Nunit3)),
        "assemblies" => Box::new(XunitNet::default()),
        // Maven has an element of that name, too.
        "assembly" if root.get("name").is_some() => Box::new(XunitNet::default()),
        "testng-results" => Box::new(Testng::default()),
        "Site" => Box::new(Ctest::default()),
        _ => return None,
    })
}

/// The start of an element.
pub(super) struct Tag<'a> {
    /// Without a namespace's prefix.
    pub name: &'a str,
    start: &'a BytesStart<'a>,
    /// What is wrong with the attributes, once somebody looked.
    fault: RefCell<Option<String>>,
}

impl<'a> Tag<'a> {
    fn new(start: &'a BytesStart<'a>) -> Self {
        let name = start.local_name().into_inner();
        Self { name, start, fault: RefCell::default() }
    }

    /// Names, without prefixes, and values as they are written, with references in them.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut attributes = self.start.attributes();
        // The first one counts where a name comes twice.
        attributes.with_checks(false);
        attributes.map_while(|attribute| match attribute {
            Ok(Attribute { key, value: Cow::Borrowed(value) }) => {
                Some((key.local_name().into_inner(), value))
            }
            // A value out of a slice is lent, never owned.
            Ok(_) => None,
            Err(error) => {
                let mut fault = self.fault.borrow_mut();
                fault.get_or_insert_with(|| format!("in <{}>: {error}", self.name));
                None
            }
        })
    }

    /// The value of an attribute, as it is written.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// A piece of text.
#[derive(Clone, Copy)]
pub(super) enum Words<'a> {
    Plain(&'a str),
    /// What `&name;` names.
    Reference(&'a str),
}

impl Words<'_> {
    pub(super) fn push_to(self, text: &mut Text, max: usize) {
        match self {
            Self::Plain(words) => text.push(words, max),
            Self::Reference(name) => text.push_reference(name, max),
        }
    }

    fn is_blank(self) -> bool {
        let is_nothing = |c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}' | '\u{1a}');
        matches!(self, Self::Plain(words) if words.chars().all(is_nothing))
    }
}

pub(super) fn read(input: Decoded<impl BufRead>, out: &mut Out<'_>) -> Result<(), Malformed> {
    let mut reader = Reader::from_reader(Gate::new(input));
    reader.config_mut().allow_dangling_amp = true;
    let mut document = Document { dialect: None, root: String::new(), depth: 0, out };
    let result = hear_all(&mut reader, &mut document);
    let ending = document.end().map_err(|reason| malformed(reader.get_mut().place(), reason));
    result.and(ending)
}

fn hear_all<R: BufRead>(
    reader: &mut Reader<Gate<R>>,
    document: &mut Document<'_, '_>,
) -> Result<(), Malformed> {
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let heard = match reader.read_event_into(&mut piece) {
            Ok(Event::Eof) => {
                let whole = document.is_whole();
                return whole.map_err(|reason| malformed(reader.get_mut().place(), reason));
            }
            Ok(event) => document.hear(&event),
            Err(error @ Error::Io(_)) => {
                return Err(malformed(reader.get_mut().place(), error.to_string()));
            }
            Err(error) => Err(error.to_string()),
        };
        match heard {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => return Ok(()),
            Err(reason) => return Err(malformed(reader.get_mut().piece_place(), reason)),
        }
        reader.get_mut().next_piece();
    }
}

fn malformed(at: Place, reason: String) -> Malformed {
    Malformed { line: at.line, column: at.column, reason }
}

struct Document<'o, 's> {
    /// Known once the root is.
    dialect: Option<Box<dyn Dialect>>,
    root: String,
    /// Elements that are open.
    depth: usize,
    out: &'o mut Out<'s>,
}

type Heard = Result<ControlFlow<()>, String>;

impl Document<'_, '_> {
    fn hear(&mut self, event: &Event<'_>) -> Heard {
        match event {
            Event::Start(start) => self.open(start),
            Event::Empty(start) => match self.open(start)? {
                ControlFlow::Continue(()) => Ok(self.close()),
                stop @ ControlFlow::Break(()) => Ok(stop),
            },
            Event::End(_) => Ok(self.close()),
            Event::Text(text) => self.words(Words::Plain(text)),
            Event::CData(text) => self.words(Words::Plain(text)),
            Event::GeneralRef(name) => self.words(Words::Reference(name)),
            // A document type is not looked into: there are no entities for us.
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) | Event::Eof => {
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Heard {
        let tag = Tag::new(start);
        if self.depth == 0 {
            if self.dialect.is_some() {
                return Err(format!("<{}> is a second root, after </{}>", tag.name, self.root));
            }
            self.root = tag.name.chars().take(100).collect();
            self.dialect = dialect_of(&tag);
        }
        if self.depth == DEPTH_MAX {
            return Err(format!("elements are nested deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let Some(dialect) = &mut self.dialect else {
            return Err(format!("not a test report: the root element is <{}>", self.root));
        };
        let flow = dialect.open(&tag, self.depth, self.out);
        self.out.format = Some(dialect.format());
        tag.fault.into_inner().map_or(Ok(flow), Err)
    }

    fn close(&mut self) -> ControlFlow<()> {
        let Some(dialect) = &mut self.dialect else { return ControlFlow::Continue(()) };
        let flow = dialect.close(self.depth, self.out);
        self.depth -= 1;
        flow
    }

    fn words(&mut self, words: Words<'_>) -> Heard {
        match &mut self.dialect {
            Some(dialect) if self.depth > 0 => dialect.words(words, self.depth),
            _ if words.is_blank() => {}
            None => return Err("there is text before the first element".to_owned()),
            Some(_) => return Err(format!("there is text after </{}>", self.root)),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end(&mut self) -> Result<(), String> {
        match &mut self.dialect {
            Some(dialect) if !self.out.is_stopped() => dialect.end(self.out),
            _ => Ok(()),
        }
    }

    /// Whether the file may end here.
    fn is_whole(&self) -> Result<(), String> {
        match (&self.dialect, self.depth) {
            (None, _) => Err("there is no element in the file".to_owned()),
            (Some(_), 0) => Ok(()),
            (Some(_), _) => Err(format!("the file ends before </{}>", self.root)),
        }
    }
}
