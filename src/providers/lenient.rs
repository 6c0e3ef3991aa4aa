//! Reading JSON that may say anything, in one pass and without a tree in between.
//!
//! A hook says what it says: members are missing, null, or of another type than documented. None
//! of that may cost the rest of the body, so a value of an unexpected type reads as not told. What
//! nobody asked for is skipped without recursion, so no depth of nesting can hurt. Only broken JSON
//! is an error. How members become fields is each provider's own: `shape!` of Azure DevOps, derived
//! readers of Buildkite.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use super::dates;
use crate::model::Timestamp;

/// Whole numbers above this lose digits in senders that count with doubles.
const DOUBLE_WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// A visitor must answer for every type of JSON. These read the given ones as nothing, and to the
/// end, so that the rest of the body stays readable.
macro_rules! reads_as {
    ($nothing:expr; $($kind:ident),*) => {
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("any value")
        }

        $($crate::providers::lenient::reads_as!(@$kind $nothing);)*
    };
    (@word $nothing:expr) => {
        $crate::providers::lenient::reads_as!(@number $nothing);

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
    (@number $nothing:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($nothing)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
    (@list $nothing:expr) => {
        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut list: A,
        ) -> Result<Self::Value, A::Error> {
            while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
    (@object $nothing:expr) => {
        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
            Ok($nothing)
        }
    };
}
pub(super) use reads_as;

/// Any JSON value, as far as it is a single word.
#[derive(Debug)]
pub enum Scalar<'de> {
    Text(Cow<'de, str>),
    Whole(i64),
    Flag(bool),
    Null,
    /// A fraction, a number beyond all use, a list or an object.
    Other,
}

impl Scalar<'_> {
    /// A whole number, also one in quotes.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A date in any of the forms providers write; their placeholders are no date.
    pub fn date(&self) -> Option<Timestamp> {
        match self {
            Self::Text(text) => dates::parse(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    reads_as!(Scalar::Other; list, object);

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        if number.fract() != 0.0 || number.abs() > DOUBLE_WHOLE_MAX {
            return Ok(Scalar::Other);
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range, see above")]
        Ok(Scalar::Whole(number as i64))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }
}

/// The items of a list, at most `MAX` of them; those of another kind, which `I` reads as none, are
/// left out. `None` when it is no list.
pub fn list<'de, D, I, T, const MAX: usize>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    I: Deserialize<'de> + Into<Option<T>>,
{
    deserializer.deserialize_any(ListVisitor::<I, T, MAX>(PhantomData))
}

struct ListVisitor<I, T, const MAX: usize>(PhantomData<(I, T)>);

impl<'de, I, T, const MAX: usize> Visitor<'de> for ListVisitor<I, T, MAX>
where
    I: Deserialize<'de> + Into<Option<T>>,
{
    type Value = Option<Vec<T>>;

    reads_as!(None; word, object);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < MAX {
            match list.next_element::<I>()? {
                Some(item) => items.extend(item.into()),
                None => return Ok(Some(items)),
            }
        }
        while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Some(items))
    }
}
