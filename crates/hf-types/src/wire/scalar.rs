//! Reading fields with one plain value: text, numbers, booleans, times.

use std::fmt;
use std::marker::PhantomData;

use serde_core::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use super::{FromWire, Read, raw_array, raw_object};

/// A type with one plain value: what it makes of each JSON scalar. Other servers write counters as `10.0` and `"10"`.
trait Scalar: Sized {
    fn of_text(_: &str) -> Option<Self> {
        None
    }

    fn of_bool(_: bool) -> Option<Self> {
        None
    }

    fn of_number(_: &Number) -> Option<Self> {
        None
    }

    fn neutral() -> Option<Self> {
        None
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Scalar> ScalarVisitor<T> {
    fn number(number: Number) -> Read<T> {
        match T::of_number(&number) {
            Some(value) => Read::fits(value),
            None => Read::unfit(Value::Number(number)),
        }
    }
}

impl<'de, T: Scalar> Visitor<'de> for ScalarVisitor<T> {
    type Value = Read<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Read<T>, E> {
        Ok(Read::nothing())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Read<T>, E> {
        Ok(T::of_bool(value).map_or_else(|| Read::unfit(Value::Bool(value)), Read::fits))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Read<T>, E> {
        Ok(Self::number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Read<T>, E> {
        Ok(Self::number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Read<T>, E> {
        Ok(Number::from_f64(value).map_or_else(Read::nothing, Self::number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Read<T>, E> {
        Ok(T::of_text(text).map_or_else(|| Read::unfit(text.into()), Read::fits))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Read<T>, A::Error> {
        raw_array(list).map(Read::unfit)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Read<T>, A::Error> {
        raw_object(map).map(Read::unfit)
    }
}

macro_rules! scalar {
    ($($ty:ty),*) => {$(
        impl FromWire for $ty {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
                deserializer.deserialize_any(ScalarVisitor::<Self>(PhantomData))
            }

            fn fallback() -> Option<Self> {
                Self::neutral()
            }
        }
    )*};
}

scalar!(
    String,
    bool,
    u64,
    i64,
    u16,
    Number,
    crate::Timestamp,
    crate::Gated
);

impl Scalar for String {
    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value.to_string())
    }

    fn of_number(number: &Number) -> Option<Self> {
        Some(number.to_string())
    }

    fn neutral() -> Option<Self> {
        Some(Self::new())
    }
}

impl Scalar for bool {
    fn of_text(text: &str) -> Option<Self> {
        match text {
            "true" | "True" => Some(true),
            "false" | "False" => Some(false),
            _ => None,
        }
    }

    fn of_bool(value: bool) -> Option<Self> {
        Some(value)
    }

    fn of_number(number: &Number) -> Option<Self> {
        match number.as_u64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// A whole number that was written with a fraction or an exponent: `10.0`, `1.2E9`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole and within the bounds, as is checked"
)]
fn whole(number: f64) -> Option<i128> {
    // Beyond 2^64 no field has a use for it; the bound keeps the cast exact.
    (number.fract() == 0.0 && number.abs() <= 2f64.powi(64)).then_some(number as i128)
}

macro_rules! integer {
    ($($ty:ty),*) => {$(
        impl Scalar for $ty {
            fn of_text(text: &str) -> Option<Self> {
                let text = text.trim();
                text.parse().ok().or_else(|| whole(text.parse().ok()?)?.try_into().ok())
            }

            fn of_number(number: &Number) -> Option<Self> {
                if let Some(number) = number.as_u64() {
                    return number.try_into().ok();
                }
                if let Some(number) = number.as_i64() {
                    return number.try_into().ok();
                }
                whole(number.as_f64()?)?.try_into().ok()
            }
        }
    )*};
}

integer!(u64, i64, u16);

impl Scalar for Number {
    fn of_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn of_number(number: &Number) -> Option<Self> {
        Some(number.clone())
    }
}

impl Scalar for crate::Timestamp {
    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Scalar for crate::Gated {
    fn of_text(text: &str) -> Option<Self> {
        Some(text.into())
    }

    fn of_bool(gated: bool) -> Option<Self> {
        Some(if gated { "true" } else { "false" }.into())
    }
}
