//! Functions on files, as Python's client has them.

use std::path::Path;

use crate::card::RepoCard;
use crate::error::{Error, Result};
use crate::eval_result::EvalResult;
use crate::model_index::{KEY, eval_results_to_model_index};
use crate::value::Map;

/// Reads the metadata of a file; `None` if it has no metadata block, or nothing in it.
///
/// # Errors
/// Those of [`Card::load`](crate::Card::load).
pub fn metadata_load(path: impl AsRef<Path>) -> Result<Option<Map>> {
    let card = RepoCard::load(path)?;
    let metadata = card.metadata();
    Ok((!metadata.is_empty()).then(|| metadata.clone()))
}

/// Sets the metadata of a file. The body stays, as does the text of entries that stay the same. The file is created if
/// there is none, and replaced in one step.
///
/// # Errors
/// Those of [`Card::load`](crate::Card::load), [`Card::set_metadata`](crate::Card::set_metadata) and
/// [`Card::save`](crate::Card::save).
pub fn metadata_save(path: impl AsRef<Path>, metadata: &Map) -> Result<()> {
    let path = path.as_ref();
    let content = match std::fs::read_to_string(path) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let mut card = RepoCard::parse(content)?;
    card.set_metadata(metadata)?;
    card.save(path)
}

/// Returns metadata with one evaluation result, for [`Card::merge`](crate::Card::merge) or `hub::metadata_update`.
///
/// # Errors
/// Those of [`eval_results_to_model_index`].
pub fn metadata_eval_result(model_name: &str, result: &EvalResult) -> Result<Map> {
    let index = eval_results_to_model_index(model_name, std::slice::from_ref(result))?;
    Ok(Map::from_iter([(KEY.to_owned(), index)]))
}
