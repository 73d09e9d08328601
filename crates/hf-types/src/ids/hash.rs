//! Hashes of contents.

use std::fmt;
use std::str::FromStr;

use crate::ValidationError;

pub(super) fn is_lower_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

macro_rules! hash_value {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Returns the hex digits, in lower case.
            pub fn as_str(&self) -> &str {
                str::from_utf8(&self.0).unwrap_or_default()
            }

            /// Returns the bytes that the hex digits stand for.
            pub fn to_bytes(self) -> [u8; $len / 2] {
                std::array::from_fn(|i| digit(self.0[2 * i]) << 4 | digit(self.0[2 * i + 1]))
            }
        }

        impl From<[u8; $len / 2]> for $name {
            fn from(bytes: [u8; $len / 2]) -> Self {
                Self(hex_digits(bytes))
            }
        }

        impl FromStr for $name {
            type Err = ValidationError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match <[u8; $len]>::try_from(text.as_bytes()) {
                    Ok(digits) if is_lower_hex(text, $len) => Ok(Self(digits)),
                    _ => Err(ValidationError::new(
                        $what,
                        text,
                        concat!("expected ", $len, " hex digits in lower case"),
                    )),
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = ValidationError;
            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = ValidationError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        super::string_serde!($name);
    };
}

/// The hex digits of `bytes`, in lower case.
pub(super) fn hex_digits<const N: usize, const DIGITS: usize>(bytes: [u8; N]) -> [u8; DIGITS] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    const { assert!(DIGITS == 2 * N) };
    std::array::from_fn(|i| {
        let byte = bytes[i / 2];
        HEX[usize::from(if i % 2 == 0 { byte >> 4 } else { byte & 15 })]
    })
}

fn digit(c: u8) -> u8 {
    match c {
        b'0'..=b'9' => c - b'0',
        _ => c - b'a' + 10,
    }
}

hash_value! {
    /// The SHA-256 of a file's bytes: 64 hex digits. Names the object of a Git LFS file.
    ///
    /// ```
    /// use hf_types::Sha256;
    /// assert_eq!(Sha256::from([0xab; 32]).as_str(), "ab".repeat(32));
    /// ```
    Sha256, 64, "SHA-256"
}

hash_value! {
    /// The id of a git blob (SHA-1 over its header and bytes): 40 hex digits.
    ///
    /// ```
    /// use hf_types::GitSha1;
    /// assert_eq!(GitSha1::from([1; 20]), *"01".repeat(20).as_str());
    /// ```
    GitSha1, 40, "git SHA-1"
}
