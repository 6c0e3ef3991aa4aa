//! Tolerant reading of JSON, in one pass and without a tree in between.
//!
//! A hook says what it says: members are missing, null, or of another type than documented. None
//! of that may cost us the rest of the body, so every member of a [`shape!`] is optional and a
//! value of an unexpected type reads as absent. Of a member that is there twice the last counts,
//! as everywhere in JavaScript. What nobody asked for is skipped without recursion, so no depth
//! of nesting can hurt. Only broken JSON is an error.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::Timestamp;
use crate::providers::dates;

/// Items kept of a list. A run with more stages, or a push with more refs, is told in part.
const ITEMS_MAX: usize = 2_000;

/// Whole numbers above this lose digits in senders that count with doubles.
const DOUBLE_WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// A type that can be read from any JSON value: `None` when the value is not of its kind.
pub trait Tolerant<'de>: Sized {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

/// Lets a [`Tolerant`] type be read where serde wants a `Deserialize`.
pub struct Told<T>(pub Option<T>);

impl<'de, T: Tolerant<'de>> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// An object of which we know some members. Written by [`shape!`].
pub trait Shape<'de>: Default {
    /// Take the value of `key`, or skip it.
    fn member<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Declares an object: `field: Type = "nameOnTheWire"`, each read as `Option<Type>`.
macro_rules! shape {
    ($(#[$about:meta])* $name:ident $(<$life:lifetime>)? {
        $($(#[$note:meta])* $field:ident: $kind:ty = $key:literal,)*
    }) => {
        $(#[$about])*
        #[allow(
            clippy::struct_field_names,
            reason = "the names are the provider's, where they read well"
        )]
        #[derive(Debug, Default)]
        pub struct $name $(<$life>)? {
            $($(#[$note])* pub $field: Option<$kind>,)*
        }

        impl<'de $(: $life, $life)?> $crate::providers::azure_devops::json::Shape<'de>
            for $name $(<$life>)?
        {
            fn member<A: serde::de::MapAccess<'de>>(
                &mut self,
                key: &str,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match key {
                    $($key => {
                        let told: $crate::providers::azure_devops::json::Told<$kind> =
                            map.next_value()?;
                        self.$field = told.0;
                    })*
                    _ => {
                        map.next_value::<serde::de::IgnoredAny>()?;
                    }
                }
                Ok(())
            }
        }
    };
}
pub(super) use shape;

/// Any JSON value, as far as it is a single word.
enum Scalar<'de> {
    Text(Cow<'de, str>),
    Whole(i64),
    Flag(bool),
    /// Null, a fraction, a list or an object.
    Other,
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
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// A text that says something: an empty one is no text.
impl<'de> Tolerant<'de> for String {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Scalar::deserialize(deserializer)? {
            Scalar::Text(text) if !text.trim().is_empty() => Some(text.into_owned()),
            _ => None,
        })
    }
}

/// A text that some senders write as a number: `"buildNumber": 564668`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(pub String);

impl<'de> Tolerant<'de> for Label {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Scalar::deserialize(deserializer)? {
            Scalar::Text(text) if !text.trim().is_empty() => Some(Self(text.into_owned())),
            Scalar::Whole(number) => Some(Self(number.to_string())),
            _ => None,
        })
    }
}

/// A whole number, also one in quotes.
impl<'de> Tolerant<'de> for i64 {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Scalar::deserialize(deserializer)? {
            Scalar::Whole(number) => Some(number),
            Scalar::Text(text) => text.trim().parse().ok(),
            _ => None,
        })
    }
}

impl<'de> Tolerant<'de> for bool {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Scalar::deserialize(deserializer)? {
            Scalar::Flag(flag) => Some(flag),
            _ => None,
        })
    }
}

/// A date in any of the forms the service writes; its placeholders are no date.
impl<'de> Tolerant<'de> for Timestamp {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Scalar::deserialize(deserializer)? {
            Scalar::Text(text) => dates::parse(&text),
            _ => None,
        })
    }
}

/// A part that is looked at later, or not at all. Null is no part.
impl<'de: 'a, 'a> Tolerant<'de> for &'a RawValue {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?;
        Ok((raw.get() != "null").then_some(raw))
    }
}

impl<'de, T: Shape<'de>> Tolerant<'de> for T {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(ShapeVisitor(PhantomData))
    }
}

struct ShapeVisitor<T>(PhantomData<T>);

/// The visits that lists and objects have in common: a single word is neither.
macro_rules! nothing_of_a {
    (word) => {
        nothing_of_a!(number);

        fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
    (number) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
}

impl<'de, T: Shape<'de>> Visitor<'de> for ShapeVisitor<T> {
    type Value = Option<T>;

    nothing_of_a!(word);

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        ScalarVisitor.visit_seq(list).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut shape = T::default();
        while let Some(key) = map.next_key::<Scalar<'de>>()? {
            let Scalar::Text(key) = key else { continue };
            shape.member(&key, &mut map)?;
        }
        Ok(Some(shape))
    }
}

/// A value that is a text in one message and an object in the next.
pub enum Either<T> {
    Text(String),
    Object(T),
}

impl<'de, T: Shape<'de>> Tolerant<'de> for Either<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(EitherVisitor(PhantomData))
    }
}

struct EitherVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for EitherVisitor<T> {
    type Value = Option<Either<T>>;

    nothing_of_a!(number);

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!text.trim().is_empty()).then(|| Either::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        ScalarVisitor.visit_seq(list).map(|_| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(ShapeVisitor(PhantomData).visit_map(map)?.map(Either::Object))
    }
}

/// A list; items of another kind are left out.
impl<'de, T: Tolerant<'de>> Tolerant<'de> for Vec<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Tolerant<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Option<Vec<T>>;

    nothing_of_a!(word);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < ITEMS_MAX {
            match list.next_element::<Told<T>>()? {
                Some(Told(item)) => items.extend(item),
                None => return Ok(Some(items)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        ScalarVisitor.visit_map(map).map(|_| None)
    }
}

#[cfg(test)]
mod tests;
