//! `.gitattributes` and `.gitignore`, as far as the Hub evaluates them.

/// The `.gitattributes` of a new repository.
pub(crate) const DEFAULT_GITATTRIBUTES: &str = "\
*.7z filter=lfs diff=lfs merge=lfs -text
*.arrow filter=lfs diff=lfs merge=lfs -text
*.bin filter=lfs diff=lfs merge=lfs -text
*.bz2 filter=lfs diff=lfs merge=lfs -text
*.ckpt filter=lfs diff=lfs merge=lfs -text
*.ftz filter=lfs diff=lfs merge=lfs -text
*.gz filter=lfs diff=lfs merge=lfs -text
*.h5 filter=lfs diff=lfs merge=lfs -text
*.joblib filter=lfs diff=lfs merge=lfs -text
*.lfs.* filter=lfs diff=lfs merge=lfs -text
*.mlmodel filter=lfs diff=lfs merge=lfs -text
*.model filter=lfs diff=lfs merge=lfs -text
*.msgpack filter=lfs diff=lfs merge=lfs -text
*.npy filter=lfs diff=lfs merge=lfs -text
*.npz filter=lfs diff=lfs merge=lfs -text
*.onnx filter=lfs diff=lfs merge=lfs -text
*.ot filter=lfs diff=lfs merge=lfs -text
*.parquet filter=lfs diff=lfs merge=lfs -text
*.pb filter=lfs diff=lfs merge=lfs -text
*.pickle filter=lfs diff=lfs merge=lfs -text
*.pkl filter=lfs diff=lfs merge=lfs -text
*.pt filter=lfs diff=lfs merge=lfs -text
*.pth filter=lfs diff=lfs merge=lfs -text
*.rar filter=lfs diff=lfs merge=lfs -text
*.safetensors filter=lfs diff=lfs merge=lfs -text
saved_model/**/* filter=lfs diff=lfs merge=lfs -text
*.tar.* filter=lfs diff=lfs merge=lfs -text
*.tar filter=lfs diff=lfs merge=lfs -text
*.tflite filter=lfs diff=lfs merge=lfs -text
*.tgz filter=lfs diff=lfs merge=lfs -text
*.wasm filter=lfs diff=lfs merge=lfs -text
*.xz filter=lfs diff=lfs merge=lfs -text
*.zip filter=lfs diff=lfs merge=lfs -text
*.zst filter=lfs diff=lfs merge=lfs -text
*tfevents* filter=lfs diff=lfs merge=lfs -text
";

/// Decides which paths are stored in LFS.
pub(crate) struct Attributes(Vec<(String, bool)>);

impl Attributes {
    pub(crate) fn parse(text: &str) -> Self {
        let rules = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let pattern = words.next().filter(|word| !word.starts_with('#'))?;
            let lfs = words.find_map(|word| match word {
                "filter=lfs" => Some(true),
                "-filter" | "!filter" => Some(false),
                _ => None,
            })?;
            Some((pattern.to_owned(), lfs))
        });
        Self(rules.collect())
    }

    /// Returns whether a path is stored in LFS. The last matching rule wins.
    pub(crate) fn is_lfs(&self, path: &str) -> bool {
        self.0
            .iter()
            .rev()
            .find(|(pattern, _)| fits(pattern, path))
            .is_some_and(|(_, lfs)| *lfs)
    }
}

/// Decides which paths `.gitignore` excludes.
pub(crate) struct Ignore(Vec<(String, bool)>);

impl Ignore {
    pub(crate) fn parse(text: &str) -> Self {
        // git removes spaces at the end of a line, and no other white space.
        let lines = text.lines().map(|line| line.trim_end_matches(' '));
        let rules = lines.filter_map(|line| {
            if line.is_empty() || line.starts_with('#') {
                return None;
            }
            Some(match line.strip_prefix('!') {
                Some(pattern) => (pattern.to_owned(), false),
                None => (line.to_owned(), true),
            })
        });
        Self(rules.collect())
    }

    pub(crate) fn ignores(&self, path: &str) -> bool {
        self.0
            .iter()
            .rev()
            .find(|(pattern, _)| Self::covers(pattern, path))
            .is_some_and(|(_, ignored)| *ignored)
    }

    /// Returns whether a pattern matches a file or one of the folders that contain it.
    fn covers(pattern: &str, path: &str) -> bool {
        let folder_only = pattern.ends_with('/');
        let pattern = pattern.trim_end_matches('/');
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        let own = (!folder_only).then_some(path);
        above.chain(own).any(|candidate| fits(pattern, candidate))
    }
}

/// Returns whether a pattern matches. As in git, a pattern without a slash is compared with the
/// name, one with a slash with the whole path.
fn fits(pattern: &str, path: &str) -> bool {
    let anchored = pattern.trim_start_matches('/');
    if anchored.contains('/') || pattern.starts_with('/') {
        wild(anchored.as_bytes(), path.as_bytes())
    } else {
        let name = path.rsplit('/').next().unwrap_or(path);
        wild(anchored.as_bytes(), name.as_bytes())
    }
}

/// Compares by the set of places in `text` that the pattern so far can end at: many stars cost no more than one.
fn wild(mut pattern: &[u8], text: &[u8]) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    while let [first, after @ ..] = pattern {
        match pattern {
            // Any number of folders.
            [b'*', b'*', b'/', rest @ ..] => {
                let mut begun = false;
                for i in 0..text.len() {
                    begun |= ends[i];
                    ends[i + 1] |= begun && text[i] == b'/';
                }
                pattern = rest;
            }
            [b'*', b'*', rest @ ..] => {
                for i in 0..text.len() {
                    ends[i + 1] |= ends[i];
                }
                pattern = rest;
            }
            [b'*', rest @ ..] => {
                for i in 0..text.len() {
                    ends[i + 1] |= ends[i] && text[i] != b'/';
                }
                pattern = rest;
            }
            _ => {
                for i in (0..text.len()).rev() {
                    let fits = match first {
                        b'?' => text[i] != b'/',
                        byte => text[i] == *byte,
                    };
                    ends[i + 1] = ends[i] && fits;
                }
                ends[0] = false;
                pattern = after;
            }
        }
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_attributes_choose_lfs_by_name() {
        let rules = Attributes::parse(DEFAULT_GITATTRIBUTES);
        for (path, lfs) in [
            ("model.safetensors", true),
            ("deep/er/model.bin", true),
            ("a.tar.gz", true),
            ("events.out.tfevents.1", true),
            ("saved_model/x/y.txt", true),
            ("config.json", false),
            ("README.md", false),
        ] {
            assert_eq!(rules.is_lfs(path), lfs, "{path}");
        }
        assert!(!Attributes::parse("*.bin filter=lfs\nsmall.bin -filter").is_lfs("small.bin"));
    }

    #[test]
    fn a_pattern_of_many_stars_is_compared_at_once() {
        let rules = Ignore::parse(&format!("{}b\n{}/b", "*a".repeat(40), "**/a".repeat(40)));
        let name = "a".repeat(200);
        assert!(!rules.ignores(&name));
        assert!(rules.ignores(&format!("{name}b")));
        assert!(rules.ignores(&format!("{}b", "a/".repeat(40))));
    }

    #[test]
    fn ignore_rules_cover_names_folders_and_exceptions() {
        let rules = Ignore::parse("*.log\n# note\nbuild/\n/top.txt\n!keep.log\n");
        for (path, ignored) in [
            ("a.log", true),
            ("x/a.log", true),
            ("keep.log", false),
            ("build/x/y", true),
            ("build", false),
            ("top.txt", true),
            ("x/top.txt", false),
        ] {
            assert_eq!(rules.ignores(path), ignored, "{path}");
        }
    }

    #[test]
    fn only_spaces_at_the_end_of_an_ignore_rule_are_removed() {
        let rules = Ignore::parse("a  \r\n*\u{b}\n b\n");
        for (path, ignored) in [
            ("a", true),
            ("x\u{b}", true),
            ("x", false),
            (" b", true),
            ("b", false),
        ] {
            assert_eq!(rules.ignores(path), ignored, "{path:?}");
        }
    }
}
