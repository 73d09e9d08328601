//! Warnings about operations in one commit that undo each other.

use std::collections::HashMap;

use super::CommitOperation;
use crate::operation::self_and_parents;

/// Returns warnings about likely mistakes: a file written twice, or written and then deleted.
///
/// Deleting a file before writing it again is not a mistake.
pub(crate) fn overwriting_operations<'a>(
    operations: impl IntoIterator<Item = &'a CommitOperation>,
) -> Vec<String> {
    let mut additions: HashMap<&str, u32> = HashMap::new();
    let mut warnings = Vec::new();
    for operation in operations {
        match operation {
            CommitOperation::Add(_) | CommitOperation::Preuploaded(_) => {
                let path = operation.path_in_repo();
                if additions.contains_key(path) {
                    warnings.push(format!("`{path}` is written more than once in this commit"));
                }
                for path in self_and_parents(path) {
                    *additions.entry(path).or_default() += 1;
                }
            }
            CommitOperation::Delete(op) => {
                let path = op.path_in_repo();
                if additions.contains_key(path.trim_end_matches('/')) {
                    warnings.push(if op.deletes_folder() {
                        format!("the folder `{path}` is deleted after files in it were written in this commit")
                    } else {
                        format!("`{path}` is deleted after it was written in this commit")
                    });
                }
            }
            CommitOperation::Copy(_) => {}
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{CommitOperationAdd, CommitOperationDelete};

    fn add(path: &str) -> CommitOperation {
        CommitOperationAdd::from_bytes(path, "x").unwrap().into()
    }

    fn delete(path: &str) -> CommitOperation {
        CommitOperationDelete::new(path).unwrap().into()
    }

    #[test]
    fn only_what_overwrites_is_named() {
        let warn = |ops: &[CommitOperation]| overwriting_operations(ops).len();
        assert_eq!(warn(&[add("a/b"), add("a/c")]), 0);
        assert_eq!(warn(&[add("a/b"), add("a/b")]), 1);
        assert_eq!(warn(&[add("a/b"), delete("a/b")]), 1);
        assert_eq!(warn(&[add("a/b"), delete("a/")]), 1);
        assert_eq!(warn(&[delete("a/"), add("a/b")]), 0);
        assert_eq!(warn(&[delete("a/b"), add("a/b")]), 0);
    }
}
