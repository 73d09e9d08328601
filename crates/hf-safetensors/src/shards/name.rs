//! The names of shards, which come from outside.

use core::fmt;

use alloc::string::String;

use crate::error::{Error, Result};
use crate::rule::Rule;

/// The name of a shard: a relative path with `/` that stays in its folder on
/// every system.
///
/// Absolute paths are rejected, and so are `.`, `..` and empty parts, `\`, `:`
/// (drives and streams), control characters, parts that end with a dot or
/// space, and names of devices (`nul`, `com1`, ...). Links in the folder are
/// left to the owner of the folder.
///
/// ```
/// use hf_safetensors::shards::ShardName;
///
/// assert!(ShardName::new("model-00001-of-00002.safetensors").is_ok());
/// assert!(ShardName::new("../../.ssh/id_rsa").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardName(String);

impl ShardName {
    /// Checks a name.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::ShardName`].
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        if name.split('/').all(is_safe_part) {
            Ok(ShardName(name))
        } else {
            Err(Error::new(Rule::ShardName { name }))
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of the shard below a folder.
    #[cfg(feature = "std")]
    pub fn below(&self, folder: &std::path::Path) -> std::path::PathBuf {
        let mut path = folder.to_path_buf();
        path.extend(self.0.split('/'));
        path
    }
}

fn is_safe_part(part: &str) -> bool {
    const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
    if part.is_empty()
        || part == "."
        || part == ".."
        || part.ends_with(['.', ' '])
        || part.contains(['\\', ':'])
        || part.contains(char::is_control)
    {
        return false;
    }
    let stem = part.split('.').next().unwrap_or_default().trim_end();
    let numbered = |device: &str| {
        stem.get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case(device))
            && matches!(
                &stem[3..],
                "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
            )
    };
    !(DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
        || numbered("com")
        || numbered("lpt"))
}

impl fmt::Display for ShardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for ShardName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        for name in [
            "model.safetensors",
            "a/b/c.safetensors",
            "..a/b..c",
            ".hidden",
            "com10.safetensors",
            "mödel 1.safetensors",
            "communication.safetensors",
            "null",
        ] {
            assert!(ShardName::new(name).is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "/etc/passwd",
            "a//b",
            "a/",
            "./a",
            "..\\a",
            "a\\b",
            "C:\\a",
            "C:a",
            "c:/a",
            "\\\\host\\share",
            "a\0b",
            "a\nb",
            "a.",
            "a ",
            "x/. /y",
            "nul",
            "NUL.safetensors",
            "a/Con",
            "com1",
            "LPT9.txt",
            "com¹.x",
            "aux .safetensors",
            "file.safetensors:stream",
        ] {
            let error = ShardName::new(name).unwrap_err();
            assert_eq!(error.rule(), &Rule::ShardName { name: name.into() });
        }
    }
}
