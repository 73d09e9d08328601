//! The Rust types of elements.

use alloc::vec::Vec;

use crate::Dtype;
use crate::raw::AnyBits;

mod sealed {
    pub trait Sealed {}
}

/// A Rust type in which the elements of a dtype can be read.
///
/// | type | dtype |
/// |---|---|
/// | `bool` | `BOOL` (copied only) |
/// | `u8` ... `u64`, `i8` ... `i64` | `U8` ... `U64`, `I8` ... `I64` |
/// | `f32`, `f64` | `F32`, `F64` |
/// | `[f32; 2]` | `C64`: real and imaginary part |
/// | `half::f16`, `half::bf16` (feature `half`) | `F16`, `BF16` |
///
/// Smaller floats have no Rust type; `Tensor::data` returns their bytes.
pub trait Element: Copy + sealed::Sealed + 'static {
    /// The dtype of the elements.
    const DTYPE: Dtype;
    /// The name of the type, used in errors.
    #[doc(hidden)]
    const NAME: &'static str;
    /// Appends elements from little-endian bytes of any alignment.
    #[doc(hidden)]
    fn extend(elements: &mut Vec<Self>, bytes: &[u8]);
}

/// An [`Element`] that can be borrowed from a buffer without copying.
#[allow(private_bounds)]
pub trait Plain: Element + AnyBits {}

macro_rules! elements {
    ($($type:ty = $dtype:ident;)*) => {
        $(
            impl sealed::Sealed for $type {}

            impl Element for $type {
                const DTYPE: Dtype = Dtype::$dtype;
                const NAME: &'static str = stringify!($type);

                fn extend(elements: &mut Vec<Self>, bytes: &[u8]) {
                    let (chunks, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
                    elements.extend(chunks.iter().map(|chunk| <$type>::from_le_bytes(*chunk)));
                }
            }

            impl Plain for $type {}
        )*
    };
}

elements! {
    u8 = U8;
    i8 = I8;
    u16 = U16;
    i16 = I16;
    u32 = U32;
    i32 = I32;
    u64 = U64;
    i64 = I64;
    f32 = F32;
    f64 = F64;
}

#[cfg(feature = "half")]
elements! {
    half::f16 = F16;
    half::bf16 = BF16;
}

impl sealed::Sealed for [f32; 2] {}

impl Element for [f32; 2] {
    const DTYPE: Dtype = Dtype::C64;
    const NAME: &'static str = "[f32; 2]";

    fn extend(elements: &mut Vec<Self>, bytes: &[u8]) {
        let (chunks, _) = bytes.as_chunks::<8>();
        elements.extend(chunks.iter().map(|[a, b, c, d, e, f, g, h]| {
            [
                f32::from_le_bytes([*a, *b, *c, *d]),
                f32::from_le_bytes([*e, *f, *g, *h]),
            ]
        }));
    }
}

impl Plain for [f32; 2] {}

impl sealed::Sealed for bool {}

impl Element for bool {
    const DTYPE: Dtype = Dtype::BOOL;
    const NAME: &'static str = "bool";

    fn extend(elements: &mut Vec<Self>, bytes: &[u8]) {
        elements.extend(bytes.iter().map(|byte| *byte != 0));
    }
}
