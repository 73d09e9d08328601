//! All `unsafe` code of this crate: bytes viewed as elements, and memory maps.
#![allow(unsafe_code)]

/// Types for which every sequence of bytes of their size is a valid value.
///
/// # Safety
///
/// An implementor must have no padding, no niche, and no invalid bit pattern.
pub(crate) unsafe trait AnyBits: Copy + 'static {}

macro_rules! any_bits {
    ($($type:ty),*) => {
        // SAFETY: plain numbers, and arrays of them: no padding, every bit pattern valid.
        $(unsafe impl AnyBits for $type {})*
    };
}

any_bits!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, [f32; 2]);

// SAFETY: transparent over `u16`.
#[cfg(feature = "half")]
unsafe impl AnyBits for half::f16 {}
// SAFETY: transparent over `u16`.
#[cfg(feature = "half")]
unsafe impl AnyBits for half::bf16 {}

/// Views bytes as elements in native byte order. Returns `None` if they are not
/// aligned or do not fill whole elements.
pub(crate) fn cast<T: AnyBits>(bytes: &[u8]) -> Option<&[T]> {
    // SAFETY: `align_to` keeps to alignment and bounds by itself; what it asks
    // for is that any bytes make a valid `T`, which `AnyBits` says.
    let (before, elements, after) = unsafe { bytes.align_to::<T>() };
    (before.is_empty() && after.is_empty()).then_some(elements)
}

/// Views elements as bytes in native byte order.
#[cfg(feature = "write")]
pub(crate) fn bytes<T: AnyBits>(elements: &[T]) -> &[u8] {
    // SAFETY: the same memory, and `AnyBits` has no padding: every byte of it
    // is initialized.
    unsafe { core::slice::from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) }
}

/// Maps a whole file for reading.
///
/// # Safety
///
/// The file must not be modified or truncated while it is mapped: the map is
/// exposed as `&[u8]`, whose bytes must not change, and accessing a missing
/// page raises SIGBUS.
#[cfg(feature = "mmap")]
pub(crate) unsafe fn map(file: &std::fs::File) -> std::io::Result<memmap2::Mmap> {
    // SAFETY: the caller keeps the file as it is.
    unsafe { memmap2::Mmap::map(file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_cast_only_where_they_are_aligned_and_whole() {
        let words = [1u64, 2, 3];
        let bytes: alloc::vec::Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let start = bytes.as_ptr().align_offset(8);
        // Whatever the allocation, one offset in eight is aligned.
        for offset in 0..8 {
            let slice = &bytes[offset..offset + 16];
            let cast = cast::<u64>(slice);
            assert_eq!(cast.is_some(), offset % 8 == start % 8, "{offset}");
        }
        assert_eq!(cast::<u16>(&bytes[..3]), None);
        assert_eq!(cast::<u64>(&[]), Some(&[][..]));
    }
}
