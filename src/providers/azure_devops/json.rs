//! The objects of service hooks: every member of a [`shape!`] is optional, and a value of an
//! unexpected type reads as absent. Of a member that is there twice the last counts, as everywhere
//! in JavaScript.

use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::Timestamp;
use crate::providers::lenient::{self, Scalar, reads_as};

/// Items kept of a list. A run with more stages, or a push with more refs, is told in part.
const ITEMS_MAX: usize = 2_000;

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

impl<T> From<Told<T>> for Option<T> {
    fn from(told: Told<T>) -> Self {
        told.0
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
        Ok(Scalar::deserialize(deserializer)?.number())
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
        Ok(Scalar::deserialize(deserializer)?.date())
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

impl<'de, T: Shape<'de>> Visitor<'de> for ShapeVisitor<T> {
    type Value = Option<T>;

    reads_as!(None; word, list);

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

    reads_as!(None; number, list);

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!text.trim().is_empty()).then(|| Either::Text(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(ShapeVisitor(PhantomData).visit_map(map)?.map(Either::Object))
    }
}

/// A list; items of another kind are left out.
impl<'de, T: Tolerant<'de>> Tolerant<'de> for Vec<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        lenient::list::<D, Told<T>, T, ITEMS_MAX>(deserializer)
    }
}

/// Items kept of a list that a provider was asked for: builds of a thousand jobs tell more steps than
/// any hook tells of anything.
pub const LONG_MAX: usize = 50_000;

/// A list that may be long; items of another kind are left out.
#[derive(Debug)]
pub struct Long<T>(pub Vec<T>);

impl<'de, T: Tolerant<'de>> Tolerant<'de> for Long<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(lenient::list::<D, Told<T>, T, LONG_MAX>(deserializer)?.map(Self))
    }
}

/// A number that need not be whole: durations.
impl<'de> Tolerant<'de> for f64 {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(FractionVisitor)
    }
}

struct FractionVisitor;

impl<'de> Visitor<'de> for FractionVisitor {
    type Value = Option<f64>;

    reads_as!(None; list, object);

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.trim().parse().ok().filter(|number: &f64| number.is_finite()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(number.is_finite().then_some(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "a duration that long is no duration")]
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a duration that long is no duration")]
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number as f64))
    }
}

#[cfg(test)]
mod tests;
