//! CRC-64/NVME, by which an upload by grant is announced.

/// The polynomial, reflected.
const POLYNOMIAL: u64 = 0x9a6c_9329_ac4b_c9b5;

const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (POLYNOMIAL & (value & 1).wrapping_neg());
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
};

pub(crate) fn crc64_nvme(data: &[u8]) -> u64 {
    !data.iter().fold(!0, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        TABLE[usize::from(low ^ byte)] ^ (crc >> 8)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_that_of_its_catalogue_entry() {
        assert_eq!(super::crc64_nvme(b"123456789"), 0xae8b_1486_0a79_9888);
        assert_eq!(super::crc64_nvme(b""), 0);
    }
}
