//! The order of bytes that lets numbers of 4 or 2 bytes be compressed.
//!
//! All first bytes of the words of 4 bytes stand first, then all second ones, and so on. The exponents of floats, which
//! vary little, come together in this way.

/// Writes `data` in groups.
pub(super) fn group(data: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.resize(data.len(), 0);
    let [g0, g1, g2, g3] = split(out);
    let words = data.chunks_exact(4);
    let rest = words.remainder();
    for ((((word, a), b), c), d) in words
        .zip(&mut *g0)
        .zip(&mut *g1)
        .zip(&mut *g2)
        .zip(&mut *g3)
    {
        *a = word[0];
        *b = word[1];
        *c = word[2];
        *d = word[3];
    }
    for (byte, group) in rest.iter().zip([g0, g1, g2]) {
        if let Some(last) = group.last_mut() {
            *last = *byte;
        }
    }
}

/// Writes groups in the order of the data from which [`group`] made them.
pub(super) fn ungroup(groups: &mut [u8], out: &mut [u8]) {
    let [g0, g1, g2, g3] = split(groups);
    let mut words = out.chunks_exact_mut(4);
    for ((((word, a), b), c), d) in (&mut words).zip(&*g0).zip(&*g1).zip(&*g2).zip(&*g3) {
        word.copy_from_slice(&[*a, *b, *c, *d]);
    }
    for (byte, group) in words.into_remainder().iter_mut().zip([g0, g1, g2]) {
        if let Some(last) = group.last() {
            *byte = *last;
        }
    }
}

/// The four groups; the first ones are one byte longer where the length is no multiple of 4.
fn split(bytes: &mut [u8]) -> [&mut [u8]; 4] {
    let (words, rest) = (bytes.len() / 4, bytes.len() % 4);
    let length = |group: usize| words + usize::from(group < rest);
    let (g0, bytes) = bytes.split_at_mut(length(0));
    let (g1, bytes) = bytes.split_at_mut(length(1));
    let (g2, g3) = bytes.split_at_mut(length(2));
    [g0, g1, g2, g3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_grouped_by_their_place_in_a_word() {
        let mut groups = Vec::new();
        group(&[0, 1, 2, 3, 10, 11, 12, 13, 20, 21], &mut groups);
        assert_eq!(groups, [0, 10, 20, 1, 11, 21, 2, 12, 3, 13]);
    }

    #[test]
    fn grouping_of_any_length_can_be_undone() {
        for length in 0..70_u8 {
            let data: Vec<u8> = (0..length).collect();
            let (mut groups, mut back) = (Vec::new(), vec![0; data.len()]);
            group(&data, &mut groups);
            ungroup(&mut groups, &mut back);
            assert_eq!(back, data);
        }
    }
}
