//! Metadata merged into that of a card.

use crate::card::Card;
use crate::data::{Metadata, ModelMetadata};
use crate::error::{CardErrorKind, Error, Result};
use crate::eval_result::EvalResult;
use crate::model_index::{self, model_index_to_eval_results};
use crate::value::{Map, Value};

impl<D: Metadata> Card<D> {
    /// Merges metadata into that of the card, by the rules of Python's `metadata_update`.
    ///
    /// An entry that the card does not have is added, and one that is null is removed. The results of a `model-index`
    /// are merged one by one: a result of the same metric on the same data gets the new value, another one is added.
    /// An index without a name gets that of the card's, or `model_name`.
    ///
    /// ```
    /// use hf_card::{CardErrorKind, Map, ModelCard};
    /// let mut card = ModelCard::parse("---\nlicense: mit\n---\n")?;
    /// let metadata = Map::from_iter([("license".to_owned(), "apache-2.0".into())]);
    /// assert_eq!(card.merge(&metadata, false, "me/model").unwrap_err().kind(), CardErrorKind::Conflict);
    /// card.merge(&metadata, true, "me/model")?;
    /// assert_eq!(card.content(), "---\nlicense: apache-2.0\n---\n");
    /// # Ok::<(), hf_card::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Conflict` if a value would change and `overwrite` is false; `ModelIndex` if the evaluation results of the card,
    /// or those to be merged, cannot be read; else those of [`Card::set_metadata`]. The card stays as it was.
    pub fn merge(&mut self, metadata: &Map, overwrite: bool, model_name: &str) -> Result<()> {
        let mut merged = self.metadata().clone();
        for (key, value) in metadata {
            if key == model_index::KEY && D::REPO_TYPE == ModelMetadata::REPO_TYPE {
                merged = merge_results(&merged, value, overwrite, model_name)?;
                continue;
            }
            let current = merged.get(key).filter(|current| !current.is_null());
            if current.is_some_and(|current| current != value) && !overwrite {
                return Err(Error::new(
                    CardErrorKind::Conflict,
                    format!("the metadata has another value for `{key}` already"),
                )
                .with_hint("allow to overwrite it"));
            }
            match value {
                Value::Null => merged.shift_remove(key),
                value if current == Some(value) => None,
                value => merged.insert(key.clone(), value.clone()),
            };
        }
        self.set_metadata(&merged)
    }
}

/// Returns metadata with the results of an index merged in.
fn merge_results(metadata: &Map, index: &Value, overwrite: bool, model_name: &str) -> Result<Map> {
    let mut data = ModelMetadata::from_metadata(metadata)?;
    let name = data
        .model_name
        .clone()
        .unwrap_or_else(|| model_name.to_owned());
    let (name, new) = model_index_to_eval_results(&with_name(index, &name))?;
    if data.eval_results.is_empty() {
        data.model_name = Some(name);
        data.eval_results = new;
    } else {
        for result in new {
            merge_result(&mut data.eval_results, result, overwrite)?;
        }
    }
    data.to_metadata(metadata)
}

fn merge_result(results: &mut Vec<EvalResult>, new: EvalResult, overwrite: bool) -> Result<()> {
    let mut found = false;
    for current in results
        .iter_mut()
        .filter(|current| current.is_equal_except_value(&new))
    {
        if *current != new && !overwrite {
            let name = new.metric_name.as_deref().unwrap_or(&new.metric_type);
            return Err(Error::new(
                CardErrorKind::Conflict,
                format!(
                    "the metadata has another value for the metric `{name}` of type `{}` on `{}` already",
                    new.metric_type, new.dataset_type
                ),
            )
            .with_hint("allow to overwrite it"));
        }
        found = true;
        current.metric_value = new.metric_value.clone();
        if current.verified == Some(true) {
            current.verify_token.clone_from(&new.verify_token);
        }
    }
    if !found {
        results.push(new);
    }
    Ok(())
}

/// Returns the index with a name in its first model.
fn with_name(index: &Value, name: &str) -> Value {
    let mut index = index.clone();
    if let Value::List(models) = &mut index
        && let Some(Value::Map(model)) = models.first_mut()
        && !model.contains_key("name")
    {
        model.insert("name".to_owned(), Value::from(name));
    }
    index
}
