//! Fields that never fail: a value of the wrong type reads as a value that is not told.
//!
//! Buildkite documents its bodies by example and has changed them over the years. One field of a
//! new type must not cost the whole event, so every field is read through one of these. They work
//! on the text directly and borrow from it; nothing is buffered.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::Timestamp;
use crate::providers::dates;

/// What documentation samples put in place of a value.
const ELLIPSIS: &str = "...";

/// Text, as it is; a whole number as its digits. Blank text and `...` are not told.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(borrowed_text(deserializer)?.map(Cow::into_owned))
}

/// As [`text`], borrowed where the text holds no escapes.
pub fn borrowed_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Text(text) if is_told(&text) => Some(text),
        Scalar::Number(number) => Some(number.to_string().into()),
        Scalar::Text(_) | Scalar::Flag(_) | Scalar::Other => None,
    })
}

/// A whole number, also one that is written as text (`pull_request.id`).
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Number(number) => Some(number),
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Flag(_) | Scalar::Other => None,
    })
}

/// Yes or no, also as text.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Flag(flag) => Some(flag),
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Number(_) | Scalar::Other => None,
    })
}

/// A date in any form that [`dates::parse`] knows.
pub fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Text(text) => dates::parse(&text),
        Scalar::Number(_) | Scalar::Flag(_) | Scalar::Other => None,
    })
}

/// An object; anything else is none.
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

/// The objects of a list, at most `MAX` of them; what is no object is left out.
pub fn objects<'de, D, T, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ObjectsVisitor::<T, MAX>(PhantomData))
}

/// An object where one is expected. A derived reader alone would also take a list, field by field.
#[derive(Debug)]
pub struct Object<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}

fn is_told(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text != ELLIPSIS
}

/// A value without parts. What has parts, and what has no value, is `Other`.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Flag(bool),
    Other,
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// A visitor must answer for every type of JSON. These read the given ones as nothing, and to the
/// end, so that the rest of the body stays readable.
macro_rules! reads_as {
    ($nothing:expr; $($kind:ident),*) => { $(reads_as!(@$kind $nothing);)* };
    (@bool $nothing:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> { Ok($nothing) }
    };
    (@numbers $nothing:expr) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> { Ok($nothing) }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> { Ok($nothing) }
    };
    (@fraction $nothing:expr) => {
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> { Ok($nothing) }
    };
    (@text $nothing:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> { Ok($nothing) }
    };
    (@null $nothing:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> { Ok($nothing) }
        fn visit_none<E>(self) -> Result<Self::Value, E> { Ok($nothing) }
    };
    (@list $nothing:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
    (@object $nothing:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(flag))
    }

    reads_as!(Scalar::Other; fraction, null, list, object);
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    reads_as!(None; bool, numbers, fraction, text, null, list);
}

struct ObjectsVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ObjectsVisitor<T, MAX> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut objects = Vec::new();
        while objects.len() < MAX {
            match list.next_element::<Object<T>>()? {
                Some(Object(object)) => objects.extend(object),
                None => return Ok(objects),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(objects)
    }

    reads_as!(Vec::new(); bool, numbers, fraction, text, null, object);
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Fields {
        #[serde(deserialize_with = "text")]
        text: Option<String>,
        #[serde(deserialize_with = "number")]
        number: Option<i64>,
        #[serde(deserialize_with = "flag")]
        flag: Option<bool>,
        #[serde(deserialize_with = "date")]
        date: Option<Timestamp>,
        #[serde(deserialize_with = "object")]
        object: Option<Box<Fields>>,
        #[serde(deserialize_with = "objects::<_, _, 2>")]
        list: Vec<Fields>,
    }

    fn read(json: &str) -> Fields {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_value_of_the_wrong_type_is_a_value_not_told() {
        let values = ["null", "true", "7", "-7.5", "1e30", r#""""#, r#""...""#, "[[1]]", "{}"];
        for value in values {
            for field in ["text", "number", "flag", "date", "object", "list"] {
                let fields = read(&format!(r#"{{"{field}": {value}, "unknown": {value}}}"#));
                let expected = match (field, value) {
                    ("text", "7") => Fields { text: Some("7".to_owned()), ..Fields::default() },
                    ("number", "7") => Fields { number: Some(7), ..Fields::default() },
                    ("flag", "true") => Fields { flag: Some(true), ..Fields::default() },
                    ("object", "{}") => {
                        Fields { object: Some(Box::default()), ..Fields::default() }
                    }
                    _ => Fields::default(),
                };
                assert_eq!(fields, expected, "{field}: {value}");
            }
        }
    }

    #[test]
    fn numbers_and_flags_may_be_written_as_text() {
        let fields = read(r#"{"number": "123", "flag": "false"}"#);
        assert_eq!((fields.number, fields.flag), (Some(123), Some(false)));
    }

    #[test]
    fn a_list_keeps_its_objects_up_to_the_limit() {
        let fields = read(r#"{"list": [1, {"number": 1}, null, {"number": 2}, {"number": 3}]}"#);
        let numbers: Vec<_> = fields.list.iter().map(|element| element.number).collect();
        assert_eq!(numbers, [Some(1), Some(2)]);
    }
}
