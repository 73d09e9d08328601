//! Where what is learned of a store is kept, and how much of it.

use std::path::{Path, PathBuf};

use hf_transport::{Error, Result};

/// The folder of this version of the layout, beside those of the official client.
const FOLDER: &str = "hf-cas-1";

/// Returns the folder of a store below `root`, which is that of `HF_XET_CACHE`. `origin` names the store.
pub(crate) fn of_store(root: &Path, origin: &str) -> PathBuf {
    let readable: String = origin
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(60)
        .collect();
    let hash = blake3::hash(origin.as_bytes()).to_hex();
    root.join(FOLDER)
        .join(format!("{readable}-{}", &hash[..16]))
}

/// Reads the value of a variable: a number of bytes with an optional unit, decimal (`kb`) or binary (`kib`). An empty
/// value is none.
///
/// # Errors
/// `Validation` that names the variable and its value.
pub(crate) fn byte_count(variable: &str, value: &str) -> Result<Option<u64>> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let bytes = parse_bytes(value).ok_or_else(|| {
        Error::validation(format!(
            "{variable} is `{}`, and must be a number of bytes, such as 100000000, 64mb or 1gib",
            value.escape_debug()
        ))
    })?;
    Ok(Some(bytes))
}

fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_of_bytes_with_or_without_a_unit() {
        let count = |text| byte_count("HF_LIMIT", text);
        for (text, bytes) in [
            ("0", 0),
            ("123", 123),
            ("16gb", 16_000_000_000),
            (" 2 MiB ", 2 << 20),
        ] {
            assert_eq!(count(text).unwrap(), Some(bytes));
        }
        assert_eq!(count(" ").unwrap(), None);
        for text in ["-1", "many", "1.5gb", "99999999999tb", "1 parsec"] {
            let error = count(text).unwrap_err().to_string();
            assert!(
                error.contains("HF_LIMIT") && error.contains(text),
                "{error}"
            );
        }
    }

    #[test]
    fn stores_whose_names_look_alike_have_folders_of_their_own() {
        let folder = |origin| of_store(Path::new("x"), origin);
        assert_ne!(folder("https://a.example"), folder("https-//a-example"));
    }
}
