//! Files whose names differ only in case, on a disk that does not tell them apart.

use std::collections::HashMap;
use std::path::Path;

use hf_transport::Result;

use crate::store::fs;
use crate::store::link::differ_only_in_case;
use crate::store::spec::FileSpec;

/// Refuses a snapshot with two files of which the disk of `folder` can keep only one, before any is downloaded: both
/// may be written at the same time, so that none would find the other.
///
/// # Errors
/// Returns `Validation` with both names.
pub(super) fn refuse_collisions(specs: &[FileSpec], folder: &Path) -> Result<()> {
    if !specs.iter().any(|spec| spec.may_collide) || !fs::may_ignore_case(folder) {
        return Ok(());
    }
    let mut seen = HashMap::new();
    for spec in specs.iter().filter(|spec| spec.may_collide) {
        let path = spec.path.as_str();
        if let Some(other) = seen.insert(path.to_lowercase(), path) {
            return Err(differ_only_in_case(path, other, folder));
        }
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::store::fs::faults::Faults;
    use crate::store::tree::TreeFile;

    #[test]
    fn only_a_disk_that_ignores_case_refuses_them() {
        let spec = |path: &str| {
            let file: TreeFile = serde_json::from_value(serde_json::json!({
                "size": 1, "blob_id": "b".repeat(40),
            }))
            .unwrap();
            let mut spec = FileSpec::listed(path.parse().unwrap(), &file).unwrap();
            spec.may_collide = true;
            spec
        };
        let (upper, lower, other) = (spec("a/README.md"), spec("a/readme.md"), spec("a/x"));
        let dir = tempfile::tempdir().unwrap();
        let both = [upper.clone(), other.clone(), lower];
        assert!(refuse_collisions(&both, dir.path()).is_ok());
        let _faults = Faults::below(dir.path()).ignoring_case();
        let error = refuse_collisions(&both, dir.path()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("`a/readme.md` and `a/README.md`"), "{error}");
        assert!(refuse_collisions(&[upper, other], dir.path()).is_ok());
    }
}
