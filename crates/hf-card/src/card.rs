//! Cards: a README.md with metadata.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::str::FromStr;

use crate::data::{DatasetMetadata, Metadata, ModelMetadata, SpaceMetadata};
use crate::error::{CardErrorKind, Error, Result};
use crate::front_matter::{self, BYTE_ORDER_MARK, FrontMatter};
use crate::save;
use crate::value::{Map, Value};
use crate::yaml::{self, Document, Style};

/// The README.md of a repository: metadata in YAML between two lines of dashes, and a body in Markdown.
///
/// The text is kept as it was read. A change touches the lines of what differs, and nothing else: order, comments,
/// quotes, indentation and line breaks stay as people wrote them.
///
/// `D` is the form of the metadata: [`ModelMetadata`], [`DatasetMetadata`], [`SpaceMetadata`], or [`Map`] for any.
///
/// ```
/// use hf_card::ModelCard;
///
/// let mut card = ModelCard::parse("---\nlicense: \"mit\" # as agreed\ntags: [audio]\n---\n# Model\n")?;
/// assert_eq!(card.data()?.license.as_deref(), Some("mit"));
///
/// card.set("license", "apache-2.0")?;
/// card.set("tags", ["audio", "speech"])?;
/// assert_eq!(
///     card.content(),
///     "---\nlicense: \"apache-2.0\" # as agreed\ntags: [audio, speech]\n---\n# Model\n"
/// );
/// # Ok::<(), hf_card::Error>(())
/// ```
pub struct Card<D> {
    content: String,
    front_matter: Option<FrontMatter>,
    document: Document,
    data: PhantomData<fn() -> D>,
}

/// The card of any repository.
pub type RepoCard = Card<Map>;
/// The card of a model.
pub type ModelCard = Card<ModelMetadata>;
/// The card of a dataset.
pub type DatasetCard = Card<DatasetMetadata>;
/// The card of a Space.
pub type SpaceCard = Card<SpaceMetadata>;

impl<D: Metadata> Card<D> {
    /// Reads a card from its text. A text without a metadata block is a card without metadata.
    ///
    /// # Errors
    /// `Syntax`, `Unsupported` or `TooLarge` if its metadata cannot be read. What the metadata says is not checked: a
    /// malformed `model-index` is an error of [`Card::data`] only.
    pub fn parse(content: impl Into<String>) -> Result<Self> {
        let content = content.into();
        let front_matter = front_matter::find(&content);
        let document = match &front_matter {
            Some(found) => yaml::parse(&content[found.yaml.clone()])
                .map_err(|error| error.below_lines(count_lines(&content[..found.yaml.start])))?,
            None => Document::default(),
        };
        Ok(Self {
            content,
            front_matter,
            document,
            data: PhantomData,
        })
    }

    /// Reads a card from a file.
    ///
    /// # Errors
    /// `Io` if the file cannot be read or is not UTF-8, else those of [`Card::parse`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let content =
            std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
        Self::parse(content)
    }

    /// Makes a card of metadata and a body.
    ///
    /// # Errors
    /// Those of [`Card::update`].
    pub fn new(data: &D, text: &str) -> Result<Self> {
        let metadata = data.to_metadata(&Map::new())?;
        let mut card = Self::parse("---\n---\n")?;
        card.set_metadata(&metadata)?;
        card.set_text(text)?;
        Ok(card)
    }

    /// Writes the card to a file in one step: it has the old or the new text, whatever happens. Creates its folder.
    ///
    /// # Errors
    /// `Io` if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save::replace(path.as_ref(), &self.content)
    }

    /// Returns the whole text of the card.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// Returns the whole text of the card.
    pub fn into_content(self) -> String {
        self.content
    }

    /// Returns the body, below the metadata.
    pub fn text(&self) -> &str {
        match &self.front_matter {
            Some(found) => &self.content[found.body..],
            None => self
                .content
                .strip_prefix(BYTE_ORDER_MARK)
                .unwrap_or(&self.content),
        }
    }

    /// Returns the metadata as written, in its order. It is empty if the card has none.
    pub fn metadata(&self) -> &Map {
        &self.document.map
    }

    /// Returns an entry of the metadata as written.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.document.map.get(key)
    }

    /// Returns the metadata in the form of this kind of card.
    ///
    /// # Errors
    /// `ModelIndex` if the evaluation results of a model cannot be read.
    pub fn data(&self) -> Result<D> {
        D::from_metadata(self.metadata())
    }

    /// Sets an entry of the metadata: replaces it where it stands, or adds it at the end.
    ///
    /// # Errors
    /// Those of [`Card::set_metadata`].
    pub fn set(&mut self, key: &str, value: impl Into<Value>) -> Result<()> {
        let mut metadata = self.metadata().clone();
        metadata.insert(key.to_owned(), value.into());
        self.set_metadata(&metadata)
    }

    /// Removes an entry of the metadata, with its lines. Nothing happens if there is none.
    ///
    /// # Errors
    /// Those of [`Card::set_metadata`].
    pub fn remove(&mut self, key: &str) -> Result<()> {
        let mut metadata = self.metadata().clone();
        metadata.shift_remove(key);
        self.set_metadata(&metadata)
    }

    /// Changes the typed metadata; entries that `change` leaves alone keep their text.
    ///
    /// ```
    /// use hf_card::{EvalResult, ModelCard};
    ///
    /// let mut card = ModelCard::parse("---\nlicense: mit\n---\n")?;
    /// card.update(|data| {
    ///     data.model_name = Some("tiny".into());
    ///     data.eval_results = vec![EvalResult::new("asr", "common_voice", "Common Voice", "wer", 20.5)];
    /// })?;
    /// assert!(card.content().starts_with("---\nlicense: mit\nmodel-index:\n- name: tiny\n  results:\n"));
    /// # Ok::<(), hf_card::Error>(())
    /// ```
    ///
    /// # Errors
    /// `ModelIndex` if the evaluation results cannot be read, or not be written without a `model_name`; else those of
    /// [`Card::set_metadata`].
    pub fn update(&mut self, change: impl FnOnce(&mut D)) -> Result<()> {
        let mut data = self.data()?;
        change(&mut data);
        let metadata = data.to_metadata(self.metadata())?;
        self.set_metadata(&metadata)
    }

    /// Sets all metadata. Entries that stay the same, and their order, keep their text.
    ///
    /// # Errors
    /// `Unterminated` if the card starts with metadata that no line of dashes ends; `Entangled` if another entry refers
    /// to what would change by an alias; `TooLarge` if a value is nested too deeply. The card stays as it was.
    pub fn set_metadata(&mut self, metadata: &Map) -> Result<()> {
        if *self.metadata() == *metadata {
            return Ok(());
        }
        let (content, block, document) = match &self.front_matter {
            Some(found) => {
                let (before, after) = (
                    &self.content[..found.yaml.start],
                    &self.content[found.yaml.end..],
                );
                let text = &self.content[found.yaml.clone()];
                let style = Style::new(found.line_break);
                let (mut block, document) =
                    yaml::edit::apply(text, &self.document, metadata, style)?;
                if block.is_empty() {
                    // Without a line between its dashes, the Hub does not see the block.
                    block.push_str(found.line_break);
                }
                ([before, &block, after].concat(), block, document)
            }
            None if front_matter::is_unterminated(&self.content) => {
                let message = "the metadata that starts in the first line has no end";
                return Err(Error::new(CardErrorKind::Unterminated, message)
                    .at_line(1)
                    .with_hint("end it by a line `---`"));
            }
            None => {
                let line_break = front_matter::usual_line_break(&self.content);
                let style = Style::new(line_break);
                let (block, document) =
                    yaml::edit::apply("", &Document::default(), metadata, style)?;
                let text = self.text();
                let mark = &self.content[..self.content.len() - text.len()];
                let content = [mark, "---", line_break, &block, "---", line_break, text].concat();
                (content, block, document)
            }
        };
        let front_matter = front_matter::find(&content);
        if front_matter
            .as_ref()
            .map(|found| &content[found.yaml.clone()])
            != Some(&*block)
        {
            let message = "the metadata cannot be written so that it is found again";
            return Err(Error::new(CardErrorKind::Entangled, message));
        }
        *self = Self {
            content,
            front_matter,
            document,
            data: PhantomData,
        };
        Ok(())
    }

    /// Sets the body.
    ///
    /// # Errors
    /// Those of [`Card::parse`], if the card has no metadata and `text` starts with some.
    pub fn set_text(&mut self, text: &str) -> Result<()> {
        let head = &self.content[..self.content.len() - self.text().len()];
        let line_break = match &self.front_matter {
            // The second line of dashes may be the end of the file.
            Some(found) if !head.ends_with(['\n', '\r']) && !text.is_empty() => found.line_break,
            _ => "",
        };
        *self = Self::parse([head, line_break, text].concat())?;
        Ok(())
    }
}

fn count_lines(text: &str) -> usize {
    let crlf = text.matches("\r\n").count();
    text.matches(['\n', '\r']).count() - crlf
}

impl<D> Clone for Card<D> {
    fn clone(&self) -> Self {
        Self {
            content: self.content.clone(),
            front_matter: self.front_matter.clone(),
            document: self.document.clone(),
            data: PhantomData,
        }
    }
}

impl<D> fmt::Debug for Card<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("metadata", &self.document.map)
            .finish_non_exhaustive()
    }
}

/// The whole text of the card.
impl<D> fmt::Display for Card<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.content)
    }
}

impl<D: Metadata> FromStr for Card<D> {
    type Err = Error;

    fn from_str(content: &str) -> Result<Self> {
        Self::parse(content)
    }
}
