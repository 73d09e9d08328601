//! CRC-64/NVME, by which a xorb is announced that is to be uploaded by grant.

/// The polynomial, reflected.
const POLYNOMIAL: u64 = 0x9a6c_9329_ac4b_c9b5;

/// Tables for 16 bytes at a time.
static TABLES: [[u64; 256]; 16] = tables();

#[expect(clippy::large_stack_arrays, reason = "only while compiling")]
const fn tables() -> [[u64; 256]; 16] {
    let mut tables = [[0; 256]; 16];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ POLYNOMIAL
            } else {
                crc >> 1
            };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 16 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// Returns the CRC-64/NVME of `data`: the checksum of a xorb in the request for a grant, and in the upload to the storage.
///
/// ```
/// assert_eq!(hf_cas::crc64_nvme(b"123456789"), 0xae8b_1486_0a79_9888);
/// ```
pub fn crc64_nvme(data: &[u8]) -> u64 {
    let mut crc = !0_u64;
    let mut blocks = data.chunks_exact(16);
    for block in &mut blocks {
        let start = crc.to_le_bytes();
        crc = 0;
        for (i, byte) in block.iter().enumerate() {
            let byte = if i < 8 { byte ^ start[i] } else { *byte };
            crc ^= TABLES[15 - i][usize::from(byte)];
        }
    }
    for byte in blocks.remainder() {
        crc = (crc >> 8) ^ TABLES[0][usize::from(crc.to_le_bytes()[0] ^ byte)];
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_published_catalogue() {
        assert_eq!(crc64_nvme(b"123456789"), 0xae8b_1486_0a79_9888);
        assert_eq!(crc64_nvme(b""), 0);
    }

    #[test]
    fn blocks_give_the_same_as_single_bytes() {
        let data: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        for end in [15, 16, 17, 31, 32, 33, 1_000] {
            let mut crc = !0_u64;
            for byte in &data[..end] {
                crc = (crc >> 8) ^ TABLES[0][usize::from(crc.to_le_bytes()[0] ^ byte)];
            }
            assert_eq!(crc64_nvme(&data[..end]), !crc, "{end}");
        }
    }
}
