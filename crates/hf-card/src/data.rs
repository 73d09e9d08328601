//! Metadata as typed values.

use crate::error::Result;
use crate::eval_result::EvalResult;
use crate::field::{Field, StringOrList};
use crate::model_index;
use crate::value::{Map, Value};

/// A form of metadata: what a kind of card has fields for.
///
/// Programs may implement it for types of their own, and use them in a [`Card`](crate::Card).
pub trait Metadata: Sized {
    /// The type of the repositories whose cards these are: `model`, `dataset` or `space`.
    const REPO_TYPE: &'static str;

    /// Reads metadata.
    fn from_metadata(metadata: &Map) -> Result<Self>;

    /// Returns `current` with the changes that make it say what `self` says.
    fn to_metadata(&self, current: &Map) -> Result<Map>;
}

/// Metadata as written.
impl Metadata for Map {
    const REPO_TYPE: &'static str = "model";

    fn from_metadata(metadata: &Map) -> Result<Self> {
        Ok(metadata.clone())
    }

    fn to_metadata(&self, _current: &Map) -> Result<Map> {
        Ok(self.clone())
    }
}

/// Takes the value of a key if it has the type of the field; else it stays among the other entries.
fn take<T: Field>(rest: &mut Map, key: &str) -> Option<T> {
    let value = T::read(rest.get(key)?)?;
    rest.shift_remove(key);
    Some(value)
}

/// Returns `current` with the fields and other entries that changed.
fn with_changes(
    current: &Map,
    fields: [Vec<(&'static str, Option<Value>)>; 2],
    extra: [&Map; 2],
) -> Map {
    let mut metadata = current.clone();
    let [extra_before, extra_after] = extra;
    for key in extra_before
        .keys()
        .filter(|key| !extra_after.contains_key(*key))
    {
        metadata.shift_remove(key);
    }
    let [before, after] = fields;
    for ((key, before), (_, after)) in before.into_iter().zip(after) {
        if before != after {
            match after {
                Some(value) => metadata.insert(key.to_owned(), value),
                None => metadata.shift_remove(key),
            };
        }
    }
    for (key, value) in extra_after {
        if extra_before.get(key) != Some(value) {
            metadata.insert(key.clone(), value.clone());
        }
    }
    metadata
}

/// Defines a struct of metadata with its fields, setters, and how each is read and written.
macro_rules! card_data {
    (
        $(#[$docs:meta])*
        $name:ident
        { $( $(#[$field_docs:meta])* $field:ident: $type:ty = $key:literal, )* }
        { $( $(#[$more_docs:meta])* $more:ident: $more_type:ty, )* }
    ) => {
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq, Default)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_docs])* pub $field: Option<$type>, )*
            $( $(#[$more_docs])* pub $more: $more_type, )*
            /// The other entries, and those of a type that their field does not have.
            pub extra: Map,
        }

        impl $name {
            /// Returns metadata without entries.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                $(#[$field_docs])*
                #[must_use]
                pub fn $field(mut self, value: impl Into<$type>) -> Self {
                    self.$field = Some(value.into());
                    self
                }
            )*

            /// Sets an entry that there is no field for.
            #[must_use]
            pub fn extra(mut self, key: &str, value: impl Into<Value>) -> Self {
                self.extra.insert(key.to_owned(), value.into());
                self
            }

            fn read(metadata: &Map) -> Self {
                let mut extra = metadata.clone();
                Self {
                    $( $field: take(&mut extra, $key), )*
                    $( $more: Default::default(), )*
                    extra,
                }
            }

            fn fields(&self) -> Vec<(&'static str, Option<Value>)> {
                vec![$( ($key, self.$field.as_ref().map(Field::write)), )*]
            }

            fn write(&self, before: &Self, current: &Map) -> Map {
                with_changes(current, [before.fields(), self.fields()], [&before.extra, &self.extra])
            }
        }
    };
}

card_data! {
    /// The metadata of a model's card.
    ///
    /// ```
    /// use hf_card::{ModelCard, ModelMetadata};
    /// let data = ModelMetadata::new().language("en").license("mit").tags(["resnet"]);
    /// let card = ModelCard::new(&data, "# ResNet\n")?;
    /// assert_eq!(card.content(), "---\nlanguage: en\nlicense: mit\ntags:\n- resnet\n---\n# ResNet\n");
    /// # Ok::<(), hf_card::Error>(())
    /// ```
    ModelMetadata
    {
        /// The models that this one derives from.
        base_model: StringOrList = "base_model",
        /// The datasets that it was trained on.
        datasets: StringOrList = "datasets",
        /// The languages of its data, as ISO 639 codes.
        language: StringOrList = "language",
        /// The library that loads it.
        library_name: String = "library_name",
        /// Its licence, such as `apache-2.0`, or `other`.
        license: String = "license",
        /// The name of a licence that the Hub does not know.
        license_name: String = "license_name",
        /// The link to such a licence.
        license_link: String = "license_link",
        /// The metrics that it was evaluated by.
        metrics: StringOrList = "metrics",
        /// Its task, such as `text-classification`.
        pipeline_tag: String = "pipeline_tag",
        /// Tags to find it by.
        tags: StringOrList = "tags",
    }
    {
        /// Its name in the `model-index`, which evaluation results need.
        model_name: Option<String>,
        /// Its evaluation results: the `model-index`.
        eval_results: Vec<EvalResult>,
    }
}

card_data! {
    /// The metadata of a dataset's card.
    DatasetMetadata
    {
        /// How the annotations were made, such as `crowdsourced`.
        annotations_creators: StringOrList = "annotations_creators",
        /// How the texts were made.
        language_creators: StringOrList = "language_creators",
        /// The languages of its data, as ISO 639 codes.
        language: StringOrList = "language",
        /// Its licences.
        license: StringOrList = "license",
        /// Whether it is `monolingual`, `multilingual`, or a `translation`.
        multilinguality: StringOrList = "multilinguality",
        /// The number of its examples, such as `1K<n<10K`.
        size_categories: StringOrList = "size_categories",
        /// Whether it is `original`, or which datasets it extends.
        source_datasets: StringOrList = "source_datasets",
        /// The kinds of tasks that it serves.
        task_categories: StringOrList = "task_categories",
        /// The tasks that it serves.
        task_ids: StringOrList = "task_ids",
        /// Its id on Papers with Code.
        paperswithcode_id: String = "paperswithcode_id",
        /// Its name for people.
        pretty_name: String = "pretty_name",
        /// The names of its configurations.
        config_names: StringOrList = "config_names",
        /// How the Hub evaluates models on it.
        train_eval_index: Value = "train-eval-index",
    }
    {}
}

card_data! {
    /// The metadata of a Space's card, which configures the Space.
    SpaceMetadata
    {
        /// Its title.
        title: String = "title",
        /// What it runs on: `gradio`, `docker` or `static`.
        sdk: String = "sdk",
        /// The version of that.
        sdk_version: String = "sdk_version",
        /// The version of Python.
        python_version: String = "python_version",
        /// The file that is run, or shown.
        app_file: String = "app_file",
        /// The port that a Docker Space listens on.
        app_port: i64 = "app_port",
        /// Its licence.
        license: String = "license",
        /// The Space that it is a copy of.
        duplicated_from: String = "duplicated_from",
        /// The models that it uses.
        models: StringOrList = "models",
        /// The datasets that it uses.
        datasets: StringOrList = "datasets",
        /// Tags to find it by.
        tags: StringOrList = "tags",
    }
    {}
}

impl ModelMetadata {
    /// Sets its name in the `model-index`, and its evaluation results.
    #[must_use]
    pub fn eval_results(mut self, model_name: impl Into<String>, results: Vec<EvalResult>) -> Self {
        self.model_name = Some(model_name.into());
        self.eval_results = results;
        self
    }
}

impl Metadata for ModelMetadata {
    const REPO_TYPE: &'static str = "model";

    fn from_metadata(metadata: &Map) -> Result<Self> {
        let mut data = Self::read(metadata);
        if let Some(index) = model_index::of(metadata) {
            let (name, results) = model_index::model_index_to_eval_results(index)?;
            data.extra.shift_remove(model_index::KEY);
            data.model_name = Some(name);
            data.eval_results = results;
        }
        Ok(data)
    }

    fn to_metadata(&self, current: &Map) -> Result<Map> {
        let before = Self::from_metadata(current)?;
        let mut metadata = self.write(&before, current);
        let index = model_index::of(current);
        if self.eval_results == before.eval_results && self.model_name == before.model_name {
            return Ok(metadata);
        }
        if self.eval_results.is_empty() {
            if !before.eval_results.is_empty() {
                metadata.shift_remove(model_index::KEY);
            }
            return Ok(metadata);
        }
        let name = model_index::required_name(self.model_name.as_deref())?;
        let index = model_index::updated(index, name, &before.eval_results, &self.eval_results)?;
        metadata.insert(model_index::KEY.to_owned(), index);
        Ok(metadata)
    }
}

impl Metadata for DatasetMetadata {
    const REPO_TYPE: &'static str = "dataset";

    fn from_metadata(metadata: &Map) -> Result<Self> {
        Ok(Self::read(metadata))
    }

    fn to_metadata(&self, current: &Map) -> Result<Map> {
        Ok(self.write(&Self::read(current), current))
    }
}

impl Metadata for SpaceMetadata {
    const REPO_TYPE: &'static str = "space";

    fn from_metadata(metadata: &Map) -> Result<Self> {
        Ok(Self::read(metadata))
    }

    fn to_metadata(&self, current: &Map) -> Result<Map> {
        Ok(self.write(&Self::read(current), current))
    }
}
