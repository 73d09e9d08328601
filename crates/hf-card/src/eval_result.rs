//! Evaluation results of models.

use crate::error::{CardErrorKind, Error, Result};
use crate::value::Value;

/// One value of a metric, with all that says what it was measured on: a flat form of an entry of the `model-index`.
///
/// ```
/// use hf_card::EvalResult;
/// let result = EvalResult::new("image-classification", "beans", "Beans", "accuracy", 0.9)
///     .dataset_split("test")
///     .metric_name("Accuracy");
/// assert_eq!(result.dataset_split.as_deref(), Some("test"));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EvalResult {
    /// The task, such as `automatic-speech-recognition`.
    pub task_type: String,
    /// The id of the dataset on the Hub.
    pub dataset_type: String,
    /// The name of the dataset for people.
    pub dataset_name: String,
    /// The id of the metric, such as `wer`.
    pub metric_type: String,
    /// The value: a number, or a text such as `20.0 ± 1.2`.
    pub metric_value: Value,
    /// The name of the task for people.
    pub task_name: Option<String>,
    /// The configuration of the dataset.
    pub dataset_config: Option<String>,
    /// The split of the dataset.
    pub dataset_split: Option<String>,
    /// The commit of the dataset.
    pub dataset_revision: Option<String>,
    /// The arguments that the dataset was loaded with.
    pub dataset_args: Option<Value>,
    /// The name of the metric for people.
    pub metric_name: Option<String>,
    /// The configuration of the metric.
    pub metric_config: Option<String>,
    /// The arguments that the metric was computed with.
    pub metric_args: Option<Value>,
    /// Whether the Hub's evaluation service measured it. The Hub sets it.
    pub verified: Option<bool>,
    /// The proof of that.
    pub verify_token: Option<String>,
    /// The name of the source of the result.
    pub source_name: Option<String>,
    /// The URL of the source; a name needs one.
    pub source_url: Option<String>,
}

macro_rules! setters {
    ($( $(#[$docs:meta])* $field:ident: $type:ty, )*) => {
        $(
            $(#[$docs])*
            #[must_use]
            pub fn $field(mut self, value: impl Into<$type>) -> Self {
                self.$field = Some(value.into());
                self
            }
        )*
    };
}

impl EvalResult {
    /// Returns a result with what each has to have.
    pub fn new(
        task_type: impl Into<String>,
        dataset_type: impl Into<String>,
        dataset_name: impl Into<String>,
        metric_type: impl Into<String>,
        metric_value: impl Into<Value>,
    ) -> Self {
        Self {
            task_type: task_type.into(),
            dataset_type: dataset_type.into(),
            dataset_name: dataset_name.into(),
            metric_type: metric_type.into(),
            metric_value: metric_value.into(),
            task_name: None,
            dataset_config: None,
            dataset_split: None,
            dataset_revision: None,
            dataset_args: None,
            metric_name: None,
            metric_config: None,
            metric_args: None,
            verified: None,
            verify_token: None,
            source_name: None,
            source_url: None,
        }
    }

    setters! {
        /// Sets the name of the task for people.
        task_name: String,
        /// Sets the configuration of the dataset.
        dataset_config: String,
        /// Sets the split of the dataset.
        dataset_split: String,
        /// Sets the commit of the dataset.
        dataset_revision: String,
        /// Sets the arguments that the dataset was loaded with.
        dataset_args: Value,
        /// Sets the name of the metric for people.
        metric_name: String,
        /// Sets the configuration of the metric.
        metric_config: String,
        /// Sets the arguments that the metric was computed with.
        metric_args: Value,
        /// Sets whether the Hub's evaluation service measured it.
        verified: bool,
        /// Sets the proof of that.
        verify_token: String,
        /// Sets the URL of the source.
        source_url: String,
        /// Sets the name of the source, which needs a URL.
        source_name: String,
    }

    /// Returns whether two results are of the same metric on the same data: whether they differ in nothing but the
    /// value and its proof.
    pub fn is_equal_except_value(&self, other: &Self) -> bool {
        let without_value = |result: &Self| Self {
            metric_value: Value::Null,
            verify_token: None,
            ..result.clone()
        };
        without_value(self) == without_value(other)
    }

    /// Returns whether two results stand in the same group of the `model-index`.
    pub(crate) fn is_of_same_group(&self, other: &Self) -> bool {
        self.task_type == other.task_type
            && self.dataset_type == other.dataset_type
            && self.dataset_config == other.dataset_config
            && self.dataset_split == other.dataset_split
            && self.dataset_revision == other.dataset_revision
    }

    /// Returns whether two results of the same group have the rest of what a group says in common, too.
    pub(crate) fn says_the_same_of_group(&self, other: &Self) -> bool {
        self.task_name == other.task_name
            && self.dataset_name == other.dataset_name
            && self.dataset_args == other.dataset_args
            && self.source_name == other.source_name
            && self.source_url == other.source_url
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.source_name.is_some() && self.source_url.is_none() {
            return Err(Error::new(
                CardErrorKind::ModelIndex,
                format!(
                    "the result of `{}` has a source with a name but without a URL",
                    self.metric_type
                ),
            )
            .with_hint("set `source_url`, too"));
        }
        Ok(())
    }
}
