//! All the `unsafe` of this crate: bytes seen as elements, and memory maps.
#![allow(unsafe_code)]

/// Types that every sequence of bytes of their size is a value of.
///
/// # Safety
///
/// An implementor has no padding, no niche, and no invalid bit pattern.
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

/// The bytes as elements in the order of this machine; `None` where they are
/// not aligned or do not fill whole elements.
pub(crate) fn cast<T: AnyBits>(bytes: &[u8]) -> Option<&[T]> {
    // SAFETY: `align_to` keeps to alignment and bounds by itself; what it asks
    // for is that any bytes make a valid `T`, which `AnyBits` says.
    let (before, elements, after) = unsafe { bytes.align_to::<T>() };
    (before.is_empty() && after.is_empty()).then_some(elements)
}

/// The elements as bytes in the order of this machine.
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
/// The file must not be changed or cut while it is mapped: the map is seen as
/// `&[u8]`, whose bytes must stay, and a page that is gone raises SIGBUS.
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
