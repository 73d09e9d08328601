//! Models.

use hf_macros::Dataclass;
use serde_core::de::value::SeqAccessDeserializer;
use serde_core::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::common::some_object;
use crate::wire::{FromWire, Read, Seed, visit_scalars};
use crate::{
    EvalResultEntry, Extra, Gated, ModelCardData, RepoId, RepoSibling, ResourceGroup, Timestamp,
    ValidationError,
};

/// A model on the Hub, as `model_info` and `list_models` return it.
///
/// Most fields are optional: which of them the Hub sends depends on the call and on `expand`.
///
/// ```
/// use hf_types::ModelInfo;
/// let info: ModelInfo = serde_json::from_str(r#"{
///     "id": "openai-community/gpt2", "downloads": 12, "gated": false,
///     "lastModified": "2024-02-19T10:57:45.000Z", "somethingNew": [1]
/// }"#)?;
/// assert_eq!(info.downloads, Some(12));
/// assert_eq!(info.extra["somethingNew"][0], 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[dataclass(after = name_the_mappings)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The id: `namespace/name`.
    pub id: String,
    /// The user or organization that owns it.
    pub author: Option<String>,
    /// The models that it derives from, as they were sent.
    pub base_models: Option<Box<Value>>,
    /// The metadata of its card.
    pub card_data: Option<Box<ModelCardData>>,
    /// Numbers of models that derive from it, by the way they do, as sent.
    pub children_model_count: Option<Box<Value>>,
    /// Its configuration, as sent.
    pub config: Option<Box<Value>>,
    /// When the repo was created; 2022-03-02 for all that are older.
    pub created_at: Option<Timestamp>,
    /// Whether the Hub disabled it.
    pub disabled: Option<bool>,
    /// Downloads in the last 30 days.
    pub downloads: Option<u64>,
    /// Downloads since its creation.
    pub downloads_all_time: Option<u64>,
    /// Results of evaluations. Files that the Hub found to be invalid are left out.
    #[dataclass(decode = eval_results)]
    pub eval_results: Option<Vec<EvalResultEntry>>,
    /// Whether users have to request access.
    pub gated: Option<Gated>,
    /// The metadata of its GGUF files, as it was sent.
    pub gguf: Option<Box<Value>>,
    /// `warm` if an inference provider serves it.
    pub inference: Option<String>,
    /// The providers that serve it, in the user's order.
    #[dataclass(via = Mappings)]
    pub inference_provider_mapping: Option<Vec<InferenceProviderMapping>>,
    /// The time of the last commit.
    pub last_modified: Option<Timestamp>,
    /// The library it is for.
    pub library_name: Option<String>,
    /// Number of likes.
    pub likes: Option<u64>,
    /// The mask token it uses.
    pub mask_token: Option<String>,
    /// Evaluations of its card's `model-index`, as sent.
    #[dataclass(wire = "model-index")]
    pub model_index: Option<Box<Value>>,
    /// The task it is for.
    pub pipeline_tag: Option<String>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// The resource group.
    pub resource_group: Option<Box<ResourceGroup>>,
    /// The numbers of its safetensors parameters.
    #[dataclass(decode = some_object)]
    pub safetensors: Option<Box<SafeTensorsInfo>>,
    /// The state of its security scan, as it was sent.
    pub security_repo_status: Option<Box<Value>>,
    /// The commit that the information belongs to.
    pub sha: Option<String>,
    /// The files.
    pub siblings: Option<Vec<RepoSibling>>,
    /// Spaces that use it.
    pub spaces: Option<Vec<String>>,
    /// The tags, including those that the Hub computes.
    pub tags: Option<Vec<String>>,
    /// How `transformers` loads it.
    #[dataclass(decode = some_object)]
    pub transformers_info: Option<Box<TransformersInfo>>,
    /// The trending score.
    pub trending_score: Option<Number>,
    /// The storage that it uses, in bytes.
    pub used_storage: Option<u64>,
    /// The examples of its widget, as they were sent.
    pub widget_data: Option<Box<Value>>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl ModelInfo {
    /// Returns the id as a validated [`RepoId`](crate::RepoId).
    pub fn repo_id(&self) -> Result<RepoId, ValidationError> {
        self.id.parse()
    }
}

/// The mapping of a model to an inference provider that serves it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct InferenceProviderMapping {
    /// The provider's name.
    #[dataclass(default)]
    pub provider: String,
    /// The model's id on the Hub.
    #[dataclass(default)]
    pub hf_model_id: String,
    /// The model's id at the provider.
    pub provider_id: String,
    /// `live`, `staging` or `error`.
    pub status: String,
    /// The task that it is served for.
    pub task: String,
    /// The kind of adapter, if it is one.
    pub adapter: Option<String>,
    /// Path of the adapter's weights.
    pub adapter_weights_path: Option<String>,
    /// `single-model` or `tag-filter`.
    pub r#type: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// How `transformers` loads a model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct TransformersInfo {
    /// The auto class, such as `AutoModelForMaskedLM`.
    #[dataclass(wire = "auto_model")]
    pub auto_model: String,
    /// A class of the repo's own code.
    #[dataclass(wire = "custom_class")]
    pub custom_class: Option<String>,
    /// The task.
    #[dataclass(wire = "pipeline_tag")]
    pub pipeline_tag: Option<String>,
    /// The auto class of its processor.
    pub processor: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// How many parameters the safetensors files of a model have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[non_exhaustive]
pub struct SafeTensorsInfo {
    /// By data type, as `F32`.
    pub parameters: std::collections::BTreeMap<String, u64>,
    /// In all.
    pub total: u64,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// One model gives an object by provider, a list of models gives lists; the order is the Hub's.
struct Mappings(Vec<InferenceProviderMapping>);

impl From<Mappings> for Vec<InferenceProviderMapping> {
    fn from(mappings: Mappings) -> Self {
        mappings.0
    }
}

impl FromWire for Mappings {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Read<Self>, D::Error> {
        deserializer.deserialize_any(MappingsVisitor)
    }
}

struct MappingsVisitor;

impl<'de> Visitor<'de> for MappingsVisitor {
    type Value = Read<Mappings>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    visit_scalars!(|_, value: Value| if value.is_null() {
        Read::nothing()
    } else {
        Read::unfit(value)
    });

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let list = Vec::read(SeqAccessDeserializer::new(list))?;
        Ok(list.map(Mappings))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut by_provider: A) -> Result<Self::Value, A::Error> {
        let mut mappings = Vec::new();
        let mut unfit = Map::new();
        while let Some(provider) = by_provider.next_key::<String>()? {
            let Read { value, raw } =
                by_provider.next_value_seed(Seed::<InferenceProviderMapping>::new())?;
            if let Some(raw) = raw {
                unfit.insert(provider.clone(), raw);
            }
            mappings.extend(value.map(|mapping| InferenceProviderMapping {
                provider,
                ..mapping
            }));
        }
        Ok(Read {
            value: Some(Mappings(mappings)),
            raw: (!unfit.is_empty()).then_some(Value::Object(unfit)),
        })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the derive calls")]
fn name_the_mappings(info: &mut ModelInfo) -> Result<(), String> {
    for mapping in info.inference_provider_mapping.iter_mut().flatten() {
        if mapping.hf_model_id.is_empty() {
            info.id.clone_into(&mut mapping.hf_model_id);
        }
    }
    Ok(())
}

fn eval_results(sent: Value) -> Read<Vec<EvalResultEntry>> {
    let Value::Array(mut files) = sent else {
        return Vec::read_value(sent);
    };
    if files.is_empty() {
        return Read::nothing();
    }
    files.retain(|file| file.get("error").is_none());
    Vec::read_value(Value::Array(files))
}

open_enum! {
    /// A property that `expand` of `model_info` and `list_models` selects.
    pub enum ExpandModelProperty {
        /// `author`
        Author = "author",
        /// `base_models`
        BaseModels = "baseModels",
        /// `card_data`
        CardData = "cardData",
        /// `children_model_count`
        ChildrenModelCount = "childrenModelCount",
        /// `config`
        Config = "config",
        /// `created_at`
        CreatedAt = "createdAt",
        /// `disabled`
        Disabled = "disabled",
        /// `downloads`
        Downloads = "downloads",
        /// `downloads_all_time`
        DownloadsAllTime = "downloadsAllTime",
        /// `eval_results`
        EvalResults = "evalResults",
        /// `gated`
        Gated = "gated",
        /// `gguf`
        Gguf = "gguf",
        /// `inference`
        Inference = "inference",
        /// `inference_provider_mapping`
        InferenceProviderMapping = "inferenceProviderMapping",
        /// `last_modified`
        LastModified = "lastModified",
        /// `library_name`
        LibraryName = "library_name",
        /// `likes`
        Likes = "likes",
        /// `mask_token`
        MaskToken = "mask_token",
        /// `model_index`
        ModelIndex = "model-index",
        /// `pipeline_tag`
        PipelineTag = "pipeline_tag",
        /// `private`
        Private = "private",
        /// `resource_group`
        ResourceGroup = "resourceGroup",
        /// `safetensors`
        Safetensors = "safetensors",
        /// `sha`
        Sha = "sha",
        /// `siblings`
        Siblings = "siblings",
        /// `spaces`
        Spaces = "spaces",
        /// `tags`
        Tags = "tags",
        /// `transformers_info`
        TransformersInfo = "transformersInfo",
        /// `trending_score`
        TrendingScore = "trendingScore",
        /// `used_storage`
        UsedStorage = "usedStorage",
        /// `widget_data`
        WidgetData = "widgetData",
    }
}
