//! How much a delivery told of its resource: the setting "resource details to send" of its
//! subscription, seen from the receiving end.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::Details;

/// How much the delivery told: nothing, ids and addresses, or more.
pub(super) fn details(resource: Option<&RawValue>) -> Details {
    let Some(raw) = resource else { return Details::None };
    let mut json = serde_json::Deserializer::from_str(raw.get());
    match (Substance { key: "" }).deserialize(&mut json) {
        Ok(false) => Details::Minimal,
        // What is nested too deeply to be looked through is more than ids.
        Ok(true) | Err(_) => Details::All,
    }
}

/// Whether a value, standing under a key, says more than ids and addresses.
struct Substance<'a> {
    key: &'a str,
}

impl<'de> DeserializeSeed<'de> for Substance<'_> {
    type Value = bool;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl Substance<'_> {
    fn is_told(&self) -> bool {
        let key = self.key.to_ascii_lowercase();
        let names_only = ["id", "ids", "url", "uri", "href", "rev"].contains(&key.as_str())
            || ["Id", "Ids", "Url", "Uri"].iter().any(|end| self.key.ends_with(end));
        !names_only
    }
}

impl<'de> Visitor<'de> for Substance<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        Ok(self.is_told())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        Ok(self.is_told())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        Ok(self.is_told())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        Ok(self.is_told())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Ok(!text.is_empty() && self.is_told())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let mut found = false;
        while !found {
            match list.next_element_seed(Substance { key: self.key })? {
                Some(told) => found = told,
                None => return Ok(false),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while !found {
            match map.next_key::<Cow<'de, str>>()? {
                Some(key) => found = map.next_value_seed(Substance { key: &key })?,
                None => return Ok(false),
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(true)
    }
}
