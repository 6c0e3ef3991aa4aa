//! JSON as it is heard: the members of an object one after the other, and texts no longer than they are kept.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::reports::text::{NAME_MAX, TEXT_MAX, Text};

/// Hears an object, or one object after the other.
pub(super) trait Listener {
    /// What an object is, for who wrote something else: `a test result`.
    const IS: &'static str;

    /// Take the value of a member, or [`pass_over`] it.
    fn member<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A)
    -> Result<(), A::Error>;

    /// The object is whole. An error ends the reading.
    fn whole(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// A value that nobody asks for.
pub(super) fn pass_over<'de, A: MapAccess<'de>>(object: &mut A) -> Result<(), A::Error> {
    object.next_value::<IgnoredAny>().map(drop)
}

/// A value of the length of a name.
pub(super) fn word<'de, A: MapAccess<'de>>(object: &mut A) -> Result<Text, A::Error> {
    object.next_value_seed(Word(NAME_MAX))
}

/// A value of the length of a message.
pub(super) fn text<'de, A: MapAccess<'de>>(object: &mut A) -> Result<Text, A::Error> {
    object.next_value_seed(Word(TEXT_MAX))
}

/// All texts within a value, each on a line.
pub(super) fn lines<'de, A: MapAccess<'de>>(object: &mut A) -> Result<Text, A::Error> {
    let mut text = Text::default();
    object.next_value_seed(Words { text: &mut text, max: TEXT_MAX, is_deep: true })?;
    Ok(text)
}

/// A value that is a whole number, not below zero.
pub(super) fn number<'de, A: MapAccess<'de>>(object: &mut A) -> Result<Option<u32>, A::Error> {
    Ok(word(object)?.as_str().parse().ok())
}

pub(super) fn hear<'de, A: MapAccess<'de>>(
    listener: &mut impl Listener,
    mut object: A,
) -> Result<(), A::Error> {
    while let Some(key) = object.next_key_seed(Word(NAME_MAX))? {
        listener.member(key.as_str(), &mut object)?;
    }
    listener.whole().map_err(A::Error::custom)
}

/// The objects of a list. Tells whether there was a list: `null` is none.
pub(super) struct Objects<'l, L>(pub &'l mut L);

impl<'de, L: Listener> DeserializeSeed<'de> for Objects<'_, L> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, L: Listener> Visitor<'de> for Objects<'_, L> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list, each entry {}", L::IS)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while list.next_element_seed(Entry(&mut *self.0))?.is_some() {}
        Ok(true)
    }
}

/// An object of a list; nothing else may stand there.
struct Entry<'l, L>(&'l mut L);

impl<'de, L: Listener> DeserializeSeed<'de> for Entry<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, L: Listener> Visitor<'de> for Entry<'_, L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(L::IS)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        hear(self.0, object)
    }
}

/// What a visitor does with the values it has no use for: nothing.
macro_rules! nothing_of {
    ($($visit:ident($value:ty)),*) => {
        $(fn $visit<E>(self, _: $value) -> Result<(), E> {
            Ok(())
        })*

        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }
    };
}

/// The object that a member may have.
pub(super) struct Object<'l, L>(pub &'l mut L);

impl<'de, L: Listener> DeserializeSeed<'de> for Object<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, L: Listener> Visitor<'de> for Object<'_, L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(L::IS)
    }

    nothing_of!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
        hear(self.0, object)
    }
}

/// The texts of a list, each by itself; only the first so many are kept.
pub(super) struct Texts<'t>(pub &'t mut Vec<Text>, pub usize);

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    nothing_of!(visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(text) = list.next_element_seed(Word(TEXT_MAX))? {
            if self.0.len() < self.1 && !text.as_str().trim().is_empty() {
                self.0.push(text);
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// A text, or a number or a flag as text; anything else is none.
struct Word(usize);

impl<'de> DeserializeSeed<'de> for Word {
    type Value = Text;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Text, D::Error> {
        let mut text = Text::default();
        Words { text: &mut text, max: self.0, is_deep: false }.deserialize(from)?;
        Ok(text)
    }
}

/// Texts, each on a line; those within lists and objects only where it goes deep.
struct Words<'t> {
    text: &'t mut Text,
    max: usize,
    is_deep: bool,
}

impl<'de> DeserializeSeed<'de> for Words<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Words<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if !self.text.is_empty() {
            self.text.push("\n", self.max);
        }
        self.text.push(text, self.max);
        Ok(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.visit_str(&flag.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.visit_str(&number.to_string())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { text, max, is_deep } = self;
        if !is_deep {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        while list.next_element_seed(Words { text: &mut *text, max, is_deep })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { text, max, is_deep } = self;
        while object.next_key::<IgnoredAny>()?.is_some() {
            match is_deep {
                true => object.next_value_seed(Words { text: &mut *text, max, is_deep })?,
                false => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// What was thrown.
#[derive(Default)]
pub(super) struct Fault {
    pub class: Text,
    pub message: Text,
    pub stack: Text,
}

impl Fault {
    pub(super) fn is_told(&self) -> bool {
        [&self.class, &self.message, &self.stack].iter().any(|text| !text.is_empty())
    }
}

impl Listener for Fault {
    const IS: &'static str = "an error";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "class" => self.class = word(object)?,
            "message" => self.message = text(object)?,
            "stack" | "backtrace" => self.stack = lines(object)?,
            _ => pass_over(object)?,
        }
        Ok(())
    }
}

/// A place in a file.
#[derive(Default)]
pub(super) struct Location {
    pub file: Text,
    pub line: Option<u32>,
}

impl Listener for Location {
    const IS: &'static str = "a place in a file";

    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "file" => self.file = word(object)?,
            "line" => self.line = number(object)?,
            _ => pass_over(object)?,
        }
        Ok(())
    }
}
