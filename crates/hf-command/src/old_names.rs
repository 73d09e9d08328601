//! `huggingface-cli`, the name of this command until 2025, by which scripts and images still call it.

use std::ffi::OsString;
use std::path::Path;

/// The old commands, and what they are called now.
const NAMES: [(&[&str], &[&str]); 10] = [
    (&["login"], &["auth", "login"]),
    (&["logout"], &["auth", "logout"]),
    (&["whoami"], &["auth", "whoami"]),
    (&["scan-cache"], &["cache", "ls"]),
    (&["delete-cache"], &["cache", "rm"]),
    (&["repo", "create"], &["repos", "create"]),
    (&["repo-files", "delete"], &["repos", "delete-files"]),
    (&["upload-large-folder"], &["upload"]),
    (&["tag"], &["repos", "tag", "create"]),
    (&["lfs-multipart-upload"], &["lfs-multipart-upload"]),
];

/// Returns whether this program was called by its old name.
pub(crate) fn is_old(program: &OsString) -> bool {
    let name = Path::new(program).file_stem();
    name.is_some_and(|name| name == "huggingface-cli")
}

/// Puts today's name in place of the old one, and returns what to tell.
pub(crate) fn translate(mut line: Vec<OsString>) -> (Vec<OsString>, Option<String>) {
    let is_at = |old: &[&str]| {
        let words = line.get(1..=old.len());
        words.is_some_and(|words| words.iter().zip(old).all(|(word, old)| word == old))
    };
    let Some((old, new)) = NAMES.into_iter().find(|(old, _)| is_at(old)) else {
        return (line, None);
    };
    let mut told = format!(
        "`huggingface-cli {}` is `hf {}` now",
        old.join(" "),
        new.join(" ")
    );
    let mut rest = line.split_off(1 + old.len());
    let mut words: Vec<_> = new.iter().map(OsString::from).collect();
    match old {
        ["scan-cache"] => rename(&mut rest, "--dir", "--cache-dir"),
        ["tag"] => {
            let mut list_or_delete = |options: [&str; 2], name: &str| {
                let before = rest.len();
                rest.retain(|word| !options.iter().any(|option| word == option));
                if rest.len() < before {
                    words = ["repos", "tag", name].map(OsString::from).to_vec();
                    told = format!(
                        "`huggingface-cli tag {}` is `hf repos tag {name}` now",
                        options[1]
                    );
                }
            };
            list_or_delete(["-l", "--list"], "list");
            list_or_delete(["-d", "--delete"], "delete");
        }
        _ => {}
    }
    line.truncate(1);
    line.append(&mut words);
    line.append(&mut rest);
    (line, Some(told))
}

fn rename(words: &mut [OsString], old: &str, new: &str) {
    for word in words {
        if word == old {
            *word = new.into();
        } else if let Some(value) = word
            .to_str()
            .and_then(|word| word.strip_prefix(&format!("{old}=")))
        {
            *word = format!("{new}={value}").into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(line: &str) -> String {
        let line = line.split(' ').map(OsString::from).collect();
        let (line, _) = translate(line);
        let words: Vec<_> = line.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    #[test]
    fn old_commands_have_new_names() {
        for (old, new) in [
            ("login --token x", "auth login --token x"),
            ("scan-cache --dir d -v", "cache ls --cache-dir d -v"),
            ("scan-cache --dir=d", "cache ls --cache-dir=d"),
            ("tag user/m v1", "repos tag create user/m v1"),
            ("tag -l user/m", "repos tag list user/m"),
            ("tag user/m v1 --delete -y", "repos tag delete user/m v1 -y"),
            ("repo create x", "repos create x"),
            ("download gpt2", "download gpt2"),
            ("repo", "repo"),
        ] {
            assert_eq!(translated(&format!("hf {old}")), format!("hf {new}"));
        }
        assert_eq!(translated("hf"), "hf");
        assert!(is_old(&"/usr/bin/huggingface-cli".into()) && !is_old(&"hf".into()));
    }
}
