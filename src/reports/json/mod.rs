//! JSON into cases: what runners write themselves, and what collectors send.
//!
//! Whose it is shows in the list that holds the tests: a list alone is of Cucumber's features or of collected
//! results, and within an object it is a member that says it. Collectors send either as the member `data`.
//!
//! Members of an object may come in any order: what a file tells of many tests may stand behind them, and they wait for
//! it ([`held`](super::held)). Nothing is kept of what is not a test.

mod cucumber;
mod gate;
mod halves;
mod jest;
mod members;
mod playwright;
mod rspec;
mod test_engine;

use std::fmt;
use std::io::BufRead;
use std::ops::ControlFlow;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::decode::Decoded;
use super::out::Out;
use super::{Format, Malformed};
use cucumber::{Cucumber, Elements};
use gate::Gate;
pub use halves::mended;
use jest::Jest;
use members::{Listener, Object, Objects, Texts, hear, pass_over, word};
use playwright::Playwright;
use rspec::Rspec;
use test_engine::Told;

pub(super) fn read(input: Decoded<impl BufRead>, out: &mut Out<'_>) -> Result<(), Malformed> {
    let mut input = Gate::new(input);
    let mut json = serde_json::Deserializer::from_reader(&mut input);
    let mut report = Report {
        out,
        jest: Jest::default(),
        rspec: Rspec::default(),
        playwright: Playwright::default(),
        cucumber: Cucumber::default(),
    };
    let read = Document(&mut report).deserialize(&mut json).and_then(|()| json.end());
    if !report.out.is_stopped() {
        let _ = report.end();
    }
    let reason = match read {
        _ if report.out.is_stopped() => return Ok(()),
        Ok(()) if report.out.format.is_some() => return Ok(()),
        Ok(()) => {
            "not a test report: an object without a list of tests (`testResults`, `examples`, \
                   `suites` or `data`)"
                .to_owned()
        }
        Err(error) => plain(&error),
    };
    let place = input.place();
    Err(Malformed { line: place.line, column: place.column, reason })
}

/// The parser's words without its place: it counts bytes, and not those that were left out.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) if error.line() > 0 => text[..at].to_owned(),
        _ => text,
    }
}

/// An entry of the list where the tests belong is something else.
fn strange(out: &Out<'_>, lacks: &str) -> String {
    match out.format {
        None => format!("not a test report: what is in the list has no {lacks}"),
        Some(_) => format!("an entry of the list has no {lacks}"),
    }
}

/// Go on, unless whoever takes the cases has enough of them.
fn further(flow: ControlFlow<()>) -> Result<(), String> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err("enough".to_owned()),
    }
}

/// A file, as far as it is not known whose it is.
struct Report<'o, 's> {
    out: &'o mut Out<'s>,
    jest: Jest,
    rspec: Rspec,
    playwright: Playwright,
    cucumber: Cucumber,
}

impl Report<'_, '_> {
    /// Reading is over, wherever it ended: pass on what waits.
    fn end(&mut self) -> ControlFlow<()> {
        self.jest.end(self.out)?;
        self.rspec.end(self.out)?;
        self.playwright.end(self.out)?;
        self.cucumber.end(self.out)
    }
}

impl Listener for Report<'_, '_> {
    const IS: &'static str = "a report of tests";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        let (is_list, format) = match key {
            "testResults" => {
                let mut files = self.jest.files(self.out);
                (object.next_value_seed(Objects(&mut files))?, Format::JestJson)
            }
            "examples" => {
                let mut examples = self.rspec.examples(self.out);
                (object.next_value_seed(Objects(&mut examples))?, Format::RspecJson)
            }
            "messages" => {
                return object.next_value_seed(Texts(&mut self.rspec.messages, rspec::OUTSIDE_MAX));
            }
            "summary" => return object.next_value_seed(Object(&mut self.rspec.summary)),
            "suites" => {
                let mut files = self.playwright.files(self.out);
                (object.next_value_seed(Objects(&mut files))?, Format::PlaywrightJson)
            }
            "errors" => {
                return object.next_value_seed(Objects(&mut self.playwright.errors)).map(drop);
            }
            "data" => return object.next_value_seed(Document(self)),
            _ => return pass_over(object),
        };
        if is_list {
            self.out.format = Some(format);
        }
        Ok(())
    }
}

/// A whole report, in whatever shape.
struct Document<'r, 'o, 's>(&'r mut Report<'o, 's>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object with results of tests")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let Report { out, cucumber, .. } = self.0;
        let mut listed = Listed {
            out,
            cucumber,
            told: Told::default(),
            uri: None,
            is_feature: false,
            has_results: false,
        };
        Objects(&mut listed).visit_seq(list)?;
        // Of nobody's tests, where there are none.
        listed.out.format.get_or_insert(Format::BuildkiteJson);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        hear(self.0, object)
    }
}

/// An entry of a list alone: a result of a collector, or a feature of Cucumber.
struct Listed<'r, 's> {
    out: &'r mut Out<'s>,
    cucumber: &'r mut Cucumber,
    told: Told,
    uri: Option<String>,
    is_feature: bool,
    /// Collected ones came before.
    has_results: bool,
}

impl Listener for Listed<'_, '_> {
    const IS: &'static str = Told::IS;

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "elements" => {
                let mut elements = Elements::new(self.cucumber, self.out);
                self.is_feature |= object.next_value_seed(Objects(&mut elements))?;
                self.out.format =
                    self.out.format.or(self.is_feature.then_some(Format::CucumberJson));
            }
            "uri" => {
                self.is_feature = true;
                self.uri = self.out.said(&word(object)?);
            }
            _ => self.told.member(key, object)?,
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<(), String> {
        let told = std::mem::take(&mut self.told);
        let uri = self.uri.take();
        if std::mem::take(&mut self.is_feature) {
            self.out.format = Some(Format::CucumberJson);
            let name = told.name.and_then(|name| self.out.said(&name));
            return further(self.cucumber.release(uri.as_deref(), name.as_deref(), self.out));
        }
        if !told.is_test() {
            return Err(strange(self.out, "`name` and no `result`"));
        }
        self.out.format = Some(Format::BuildkiteJson);
        self.out.suites += u64::from(!self.has_results);
        self.has_results = true;
        further(told.send(self.out))
    }
}
