//! The element types of the format.

use core::fmt;
use core::str::FromStr;

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::String;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! dtypes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $bits:literal;)*) => {
        /// The type of a tensor's elements, as named in a header.
        ///
        /// The order is that of `safetensors` 0.8.0, by which a writer sorts
        /// tensors (see the `write` module): ascending alignment.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[allow(non_camel_case_types)]
        pub enum Dtype {
            $($(#[$doc])* $name,)*
        }

        impl Dtype {
            /// All dtypes, in ascending order.
            pub const ALL: &[Dtype] = &[$(Dtype::$name,)*];

            /// Returns the name used in a header.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Dtype::$name => $text,)*
                }
            }

            /// Returns the size of one element in bits: 4 or 6 for the smallest
            /// types, otherwise a multiple of 8.
            pub const fn bits(self) -> u32 {
                match self {
                    $(Dtype::$name => $bits,)*
                }
            }

            /// Returns the dtype with this name. Names are case-sensitive.
            pub fn from_name(name: &str) -> Option<Dtype> {
                match name {
                    $($text => Some(Dtype::$name),)*
                    _ => None,
                }
            }
        }
    };
}

dtypes! {
    /// Boolean, one byte: 0 or 1.
    BOOL = "BOOL", 8;
    /// 4-bit float of OCP MX (E2M1).
    F4 = "F4", 4;
    /// 6-bit float of OCP MX.
    F6_E2M3 = "F6_E2M3", 6;
    /// 6-bit float of OCP MX.
    F6_E3M2 = "F6_E3M2", 6;
    /// Unsigned byte.
    U8 = "U8", 8;
    /// Signed byte.
    I8 = "I8", 8;
    /// 8-bit float with 5 bits of exponent.
    F8_E5M2 = "F8_E5M2", 8;
    /// 8-bit float with 4 bits of exponent.
    F8_E4M3 = "F8_E4M3", 8;
    /// 8-bit exponent of OCP MX, used as a scale.
    F8_E8M0 = "F8_E8M0", 8;
    /// 8-bit float with 4 bits of exponent, finite, without negative zero.
    F8_E4M3FNUZ = "F8_E4M3FNUZ", 8;
    /// 8-bit float with 5 bits of exponent, finite, without negative zero.
    F8_E5M2FNUZ = "F8_E5M2FNUZ", 8;
    /// Signed 16-bit integer.
    I16 = "I16", 16;
    /// Unsigned 16-bit integer.
    U16 = "U16", 16;
    /// IEEE half precision.
    F16 = "F16", 16;
    /// Brain float.
    BF16 = "BF16", 16;
    /// Signed 32-bit integer.
    I32 = "I32", 32;
    /// Unsigned 32-bit integer.
    U32 = "U32", 32;
    /// IEEE single precision.
    F32 = "F32", 32;
    /// Complex number made of two `F32`.
    C64 = "C64", 64;
    /// IEEE double precision.
    F64 = "F64", 64;
    /// Signed 64-bit integer.
    I64 = "I64", 64;
    /// Unsigned 64-bit integer.
    U64 = "U64", 64;
}

impl Dtype {
    /// The number of the dtype in a compact index.
    pub(crate) const fn code(self) -> u32 {
        self as u32
    }

    pub(crate) fn from_code(code: u32) -> Option<Dtype> {
        Dtype::ALL.get(usize::try_from(code).ok()?).copied()
    }

    /// Returns the size of `count` elements in bytes, or `None` if it overflows
    /// or is not a whole number of bytes.
    pub fn byte_len(self, count: u64) -> Option<u64> {
        let bits = count.checked_mul(u64::from(self.bits()))?;
        bits.is_multiple_of(8).then_some(bits / 8)
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The dtype in a header, whether or not this crate knows it.
///
/// Metadata can be read without knowing an element type; a tensor can only be
/// accessed with a known one. Serialized as the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DtypeName {
    /// One of the dtypes of `safetensors` 0.8.0.
    Known(Dtype),
    /// The name of another dtype.
    Other(Box<str>),
}

impl DtypeName {
    /// Returns the name used in a header.
    pub fn as_str(&self) -> &str {
        match self {
            DtypeName::Known(dtype) => dtype.as_str(),
            DtypeName::Other(name) => name,
        }
    }

    /// Returns the dtype, if this crate knows it.
    pub fn known(&self) -> Option<Dtype> {
        match self {
            DtypeName::Known(dtype) => Some(*dtype),
            DtypeName::Other(_) => None,
        }
    }
}

impl From<Dtype> for DtypeName {
    fn from(dtype: Dtype) -> Self {
        DtypeName::Known(dtype)
    }
}

impl From<&str> for DtypeName {
    fn from(name: &str) -> Self {
        match Dtype::from_name(name) {
            Some(dtype) => DtypeName::Known(dtype),
            None => DtypeName::Other(name.into()),
        }
    }
}

impl FromStr for DtypeName {
    type Err = core::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(name.into())
    }
}

impl PartialEq<Dtype> for DtypeName {
    fn eq(&self, other: &Dtype) -> bool {
        self.known() == Some(*other)
    }
}

impl PartialEq<str> for DtypeName {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for DtypeName {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for DtypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for DtypeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DtypeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(match Dtype::from_name(&name) {
            Some(dtype) => DtypeName::Known(dtype),
            None => DtypeName::Other(name.into_boxed_str()),
        })
    }
}

impl Serialize for Dtype {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Dtype {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Dtype::from_name(&name).ok_or_else(|| {
            serde::de::Error::invalid_value(
                serde::de::Unexpected::Str(&name),
                &"a safetensors dtype",
            )
        })
    }
}

impl AsRef<str> for DtypeName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&DtypeName> for String {
    fn from(name: &DtypeName) -> Self {
        name.as_str().to_owned()
    }
}
