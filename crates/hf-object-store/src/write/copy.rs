//! Copies and moves, on the server.

use std::sync::Arc;

use object_store::Result;
use object_store::path::Path;

use crate::change::{Change, Condition};
use crate::inner::Inner;
use crate::location::HubLocation;

impl Inner {
    /// Copies a file, only if there is none at `to` with `create`; with `remove`, moves it.
    pub(crate) async fn copy(
        self: &Arc<Self>,
        from: &Path,
        to: &Path,
        create: bool,
        remove: bool,
    ) -> Result<()> {
        let condition = Condition::create(create);
        self.location.check(from)?;
        self.location.check(to)?;
        match &self.location {
            HubLocation::Bucket(id) => self.copy_in_bucket(id, from, to, &condition, remove).await,
            HubLocation::Repo { .. } => {
                if from == to {
                    // There is nothing to copy, if there is the file.
                    let found = self.find(from).await;
                    return match (found, create) {
                        (Ok(_), true) => Err(crate::error::exists(
                            to.as_ref(),
                            &self.location.to_string(),
                        )),
                        (found, _) => found.map(drop),
                    };
                }
                let change = if remove {
                    Change::MoveOf(from.to_string())
                } else {
                    Change::CopyOf(from.to_string())
                };
                self.change(to, change, condition).await.map(drop)
            }
        }
    }
}
