//! The operation on one path of a plan.

use hf_types::{BucketFile, SyncAction, SyncOperation};

use super::{Stat, iso};

/// The difference below which two times count as equal, in milliseconds.
const SAME_TIME: f64 = 1000.0;

/// The rules of a plan.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a parameter of the call"
)]
pub(super) struct Compare {
    pub(super) upload: bool,
    pub(super) ignore_times: bool,
    pub(super) ignore_sizes: bool,
    pub(super) ignore_existing: bool,
    pub(super) existing: bool,
    pub(super) delete: bool,
}

/// A path on both sides.
pub(super) struct Sides {
    pub(super) path: String,
    pub(super) local: Option<Stat>,
    pub(super) remote: Option<(Stat, BucketFile)>,
}

impl Compare {
    /// Returns the operation on a path; `None` for a path that is left out.
    pub(super) fn operation(&self, sides: Sides) -> Option<SyncOperation> {
        let Sides {
            path,
            local,
            remote,
        } = sides;
        let (remote, file) = remote.unzip();
        let (source, dest) = if self.upload {
            (local, remote)
        } else {
            (remote, local)
        };
        let (action, reason) = match (source, dest) {
            (Some(_), None) if self.existing => (SyncAction::Skip, "new file (--existing)"),
            (Some(_), None) => (self.transfer(), "new file"),
            (Some(source), Some(dest)) => self.both(source, dest),
            (None, Some(_)) if self.delete => (SyncAction::Delete, "not in source (--delete)"),
            _ => return None,
        };
        let file = file.filter(|_| action == SyncAction::Download);
        let mut operation = SyncOperation::new(action, path, reason);
        operation.size = source
            .or(dest)
            .map(|stat| stat.size)
            .filter(|size| *size != u64::MAX);
        operation.local_mtime = local.map(|stat| iso(stat.mtime));
        operation.remote_mtime = remote.map(|stat| iso(stat.mtime));
        operation.bucket_file = file.map(Box::new);
        Some(operation)
    }

    fn transfer(&self) -> SyncAction {
        if self.upload {
            SyncAction::Upload
        } else {
            SyncAction::Download
        }
    }

    fn both(&self, source: Stat, dest: Stat) -> (SyncAction, &'static str) {
        let (source_newer, dest_newer) = if self.upload {
            ("local newer", "remote newer")
        } else {
            ("remote newer", "local newer")
        };
        let is_newer = source.mtime - dest.mtime > SAME_TIME;
        let differs = source.size != dest.size;
        if self.ignore_existing {
            (SyncAction::Skip, "exists on receiver (--ignore-existing)")
        } else if self.ignore_sizes {
            match (is_newer, dest.mtime - source.mtime > SAME_TIME) {
                (true, _) => (self.transfer(), source_newer),
                (false, true) => (SyncAction::Skip, dest_newer),
                (false, false) => (SyncAction::Skip, "same mtime"),
            }
        } else if differs {
            (self.transfer(), "size differs")
        } else if self.ignore_times {
            (SyncAction::Skip, "same size")
        } else if is_newer {
            (self.transfer(), source_newer)
        } else {
            (SyncAction::Skip, "identical")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Compare = Compare {
        upload: true,
        ignore_times: false,
        ignore_sizes: false,
        ignore_existing: false,
        existing: false,
        delete: false,
    };

    const fn stat(size: u64, mtime: f64) -> Stat {
        Stat { size, mtime }
    }

    fn file() -> BucketFile {
        let json = r#"{"type": "file", "path": "a/b", "size": 1, "xetHash": "0"}"#;
        serde_json::from_str(json).unwrap()
    }

    fn decide(rules: &Compare, local: Option<Stat>, remote: Option<Stat>) -> Option<String> {
        let sides = Sides {
            path: "a/b".to_owned(),
            local,
            remote: remote.map(|stat| (stat, file())),
        };
        rules
            .operation(sides)
            .map(|op| format!("{}: {}", op.action.as_str(), op.reason))
    }

    #[test]
    fn every_rule_decides() {
        let a = Some(stat(1, 5000.0));
        let (later, bigger) = (Some(stat(1, 7000.0)), Some(stat(2, 5000.0)));
        let down = Compare {
            upload: false,
            ..RULES
        };
        for (rules, local, remote, expected) in [
            (&RULES, a, None, Some("upload: new file")),
            (
                &Compare {
                    existing: true,
                    ..RULES
                },
                a,
                None,
                Some("skip: new file (--existing)"),
            ),
            (&RULES, None, a, None),
            (
                &Compare {
                    delete: true,
                    ..RULES
                },
                None,
                a,
                Some("delete: not in source (--delete)"),
            ),
            (&RULES, a, a, Some("skip: identical")),
            (&RULES, a, Some(stat(1, 4000.0)), Some("skip: identical")),
            (&RULES, later, a, Some("upload: local newer")),
            (&RULES, a, later, Some("skip: identical")),
            (&RULES, bigger, a, Some("upload: size differs")),
            (
                &Compare {
                    ignore_times: true,
                    ..RULES
                },
                later,
                a,
                Some("skip: same size"),
            ),
            (
                &Compare {
                    ignore_sizes: true,
                    ..RULES
                },
                bigger,
                a,
                Some("skip: same mtime"),
            ),
            (
                &Compare {
                    ignore_sizes: true,
                    ..RULES
                },
                a,
                later,
                Some("skip: remote newer"),
            ),
            (
                &Compare {
                    ignore_existing: true,
                    ..RULES
                },
                bigger,
                a,
                Some("skip: exists on receiver (--ignore-existing)"),
            ),
            (&down, a, later, Some("download: remote newer")),
            (&down, None, a, Some("download: new file")),
        ] {
            assert_eq!(decide(rules, local, remote).as_deref(), expected);
        }
    }
}
