//! Fields that never fail: a value of the wrong type reads as a value that is not told.
//!
//! Buildkite documents its bodies by example and has changed them over the years. One field of a
//! new type must not cost the whole event, so every field is read through one of these.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::model::Timestamp;
use crate::providers::lenient::{self, Scalar, reads_as};

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
        Scalar::Whole(number) => Some(number.to_string().into()),
        _ => None,
    })
}

/// A text that is written as one: a number is no word.
pub fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(borrowed_word(deserializer)?.map(Cow::into_owned))
}

/// As [`word`], borrowed where it holds no escapes.
pub fn borrowed_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Text(text) if is_told(&text) => Some(text),
        _ => None,
    })
}

/// A whole number, also one that is written as text (`pull_request.id`).
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Scalar::deserialize(deserializer)?.number())
}

/// Yes or no, also as text.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Scalar::deserialize(deserializer)? {
        Scalar::Flag(flag) => Some(flag),
        Scalar::Text(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// A date in any form that providers write.
pub fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Scalar::deserialize(deserializer)?.date())
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
    let Objects::<T, MAX>(list) = Objects::deserialize(deserializer)?;
    Ok(list.unwrap_or_default())
}

/// The texts of a list, at most `MAX` of them; `None` when it is no list.
pub fn texts<'de, D, const MAX: usize>(deserializer: D) -> Result<Option<Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    struct Text(Option<String>);

    impl<'de> Deserialize<'de> for Text {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            text(deserializer).map(Self)
        }
    }

    impl From<Text> for Option<String> {
        fn from(text: Text) -> Self {
            text.0
        }
    }

    lenient::list::<D, Text, String, MAX>(deserializer)
}

/// A list of objects where one is expected; anything else is none.
#[derive(Debug)]
pub struct Objects<T, const MAX: usize>(pub Option<Vec<T>>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Objects<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::list::<D, Object<T>, T, MAX>(deserializer).map(Self)
    }
}

/// An object where one is expected. A derived reader alone would also take a list, field by field.
#[derive(Debug)]
pub struct Object<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}

impl<T> From<Object<T>> for Option<T> {
    fn from(object: Object<T>) -> Self {
        object.0
    }
}

fn is_told(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text != ELLIPSIS
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    reads_as!(None; word, list);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
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
        #[serde(deserialize_with = "texts::<_, 2>")]
        texts: Option<Vec<String>>,
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
    fn a_list_of_texts_keeps_what_is_one() {
        let fields = read(r#"{"texts": ["a", null, {}, "...", 7, "c"]}"#);
        assert_eq!(fields.texts.as_deref(), Some(&["a".to_owned(), "7".to_owned()][..]));
    }

    #[test]
    fn a_list_keeps_its_objects_up_to_the_limit() {
        let fields = read(r#"{"list": [1, {"number": 1}, null, {"number": 2}, {"number": 3}]}"#);
        let numbers: Vec<_> = fields.list.iter().map(|element| element.number).collect();
        assert_eq!(numbers, [Some(1), Some(2)]);
    }
}
