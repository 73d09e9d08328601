//! Reading of metadata: the events of a YAML parser become values and their positions.

use granit_parser::{
    ErrorKind as ScanKind, Event, Parser, ScalarStyle, Span, StrInput, StructureStyle, options,
};

use crate::error::{CardErrorKind, Error, Result};
use crate::value::{Map, Value};
use crate::yaml::aliases::{Aliases, merge};
use crate::yaml::span::{MAX_DEPTH, at, end_of, start_of};
use crate::yaml::tags;
use crate::yaml::tree::{
    Document, Entry, Item, Kind, Node, before_comment, line_start, skip_blanks,
};

/// Reads metadata.
///
/// Lines of errors are counted from the start of `text`.
pub(crate) fn parse(text: &str) -> Result<Document> {
    let options = options! {
        emit_anchor_events: true,
        emit_comments: false,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    let mut reader = Reader {
        text,
        parser: Parser::new_from_str_with_options(text, options),
        ahead: None,
        aliases: Aliases::default(),
    };
    reader.document()
}

/// A node, and what it means.
struct Read {
    node: Node,
    value: Value,
}

struct Reader<'a> {
    text: &'a str,
    parser: Parser<'a, StrInput<'a>>,
    ahead: Option<(Event<'a>, Span)>,
    aliases: Aliases,
}

/// What may stand before the content of a node.
struct Properties {
    anchor: usize,
    /// Where the last of anchor and tag ends.
    end: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Document> {
        let mut document = Document::default();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(document),
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(explicit, version) => {
                    if explicit || version.is_some() || document.root.is_some() {
                        let message = "metadata has to be one YAML document, without directives";
                        return Err(at(&span, CardErrorKind::Unsupported, message));
                    }
                    let (event, span) = self.next()?;
                    let read = self.node(event, &span, 0)?;
                    document.root = Some(read.node);
                    document.map = match read.value {
                        Value::Map(map) => map,
                        // Text may hold nothing but an empty document.
                        Value::Null => Map::new(),
                        other => {
                            let message =
                                format!("metadata has to be a mapping, but it is {}", other.kind());
                            return Err(at(&span, CardErrorKind::Unsupported, message));
                        }
                    };
                }
                _ => return Err(at(&span, CardErrorKind::Syntax, "unexpected content")),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span)> {
        if let Some(next) = self.ahead.take() {
            return Ok(next);
        }
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let kind = match error.kind() {
                    ScanKind::RecursionLimitExceeded => CardErrorKind::TooLarge,
                    _ => CardErrorKind::Syntax,
                };
                Err(Error::new(kind, error.info()).at_line(error.marker().line()))
            }
            None => Err(Error::new(CardErrorKind::Syntax, "unexpected end")),
        }
    }

    /// Takes the anchor that the parser reports behind a node, if it has one.
    fn properties(&mut self, span: &Span) -> Result<Properties> {
        let mut properties = Properties {
            anchor: 0,
            end: span.tag_span().map_or(0, |tag| end_of(&tag)),
        };
        match self.next()? {
            (Event::Anchor(id, _), span) => {
                properties.anchor = id;
                properties.end = properties.end.max(end_of(&span));
            }
            other => self.ahead = Some(other),
        }
        Ok(properties)
    }

    /// Reads a node whose text stands somewhere from `from` on.
    fn node(&mut self, event: Event<'a>, span: &Span, from: usize) -> Result<Read> {
        let start = skip_blanks(self.text, from);
        match event {
            Event::Alias(id) => {
                let value = self.aliases.resolve(id, span)?;
                Ok(Read {
                    node: Node {
                        start,
                        content: start,
                        end: end_of(span),
                        kind: Kind::Alias,
                    },
                    value,
                })
            }
            Event::Scalar(text, style, _, tag) => {
                let properties = self.properties(span)?;
                let (content, end) = (start_of(span), end_of(span));
                let blank = content == end && style == ScalarStyle::Plain;
                let text = if blank { "" } else { &*text };
                let value = tags::scalar(text, style, tag.as_deref(), span)?;
                let (start, content, end) = match (blank, properties.end) {
                    (true, 0) => (from, from, from),
                    (true, end) => (start, end, end),
                    (false, _) => match self.written(span) {
                        // A block scalar without lines is its header.
                        0 => {
                            let end = before_comment(self.text, start);
                            (start, end, end)
                        }
                        written => (start, content, content + written),
                    },
                };
                let node = Node {
                    start,
                    content,
                    end,
                    kind: Kind::Scalar(style),
                };
                self.anchored(node, value, &properties)
            }
            Event::SequenceStart(style, _, tag) => {
                tags::check_collection(tag.as_deref(), "seq", span)?;
                let properties = self.properties(span)?;
                let flow = style == StructureStyle::Flow;
                let content = self.content(flow, span, from.max(properties.end));
                let (node, value) = self.list(flow, span, start, content)?;
                self.anchored(node, value, &properties)
            }
            Event::MappingStart(style, _, tag) => {
                tags::check_collection(tag.as_deref(), "map", span)?;
                let properties = self.properties(span)?;
                let flow = style == StructureStyle::Flow;
                let content = self.content(flow, span, from.max(properties.end));
                let (node, value) = self.mapping(flow, span, start, content)?;
                self.anchored(node, value, &properties)
            }
            _ => Err(at(span, CardErrorKind::Syntax, "unexpected end")),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it ends the arms of `node`")]
    fn anchored(&mut self, node: Node, value: Value, properties: &Properties) -> Result<Read> {
        if properties.anchor != 0 {
            self.aliases.define(properties.anchor, value.clone());
        }
        Ok(Read { node, value })
    }

    /// Returns where a collection starts, without its anchor and tag. The parser reports the first item of a list that
    /// is not indented in place of its dash.
    fn content(&self, flow: bool, span: &Span, from: usize) -> usize {
        if flow {
            start_of(span)
        } else {
            skip_blanks(self.text, from)
        }
    }

    fn list(
        &mut self,
        flow: bool,
        span: &Span,
        start: usize,
        content: usize,
    ) -> Result<(Node, Value)> {
        let mut end = if flow { end_of(span) } else { content };
        let (mut items, mut values) = (Vec::new(), Vec::new());
        loop {
            let (event, item_span) = self.next()?;
            if event == Event::SequenceEnd {
                end = if flow { end_of(&item_span) } else { end };
                break;
            }
            let (dash, from) = if flow {
                let from = self.after_comma(end);
                (from, from)
            } else {
                let dash = skip_blanks(self.text, end);
                if self.byte(dash) != Some(b'-') {
                    return Err(at(
                        &item_span,
                        CardErrorKind::Syntax,
                        "a list item without a dash",
                    ));
                }
                self.check_indent(dash, &item_span)?;
                (dash, dash + 1)
            };
            let read = self.node(event, &item_span, from)?;
            let item = Item {
                dash,
                node: read.node,
            };
            end = if flow { item.node.end } else { item.end() };
            items.push(item);
            values.push(read.value);
        }
        let node = Node {
            start,
            content,
            end,
            kind: Kind::List { flow, items },
        };
        Ok((node, Value::List(values)))
    }

    fn mapping(
        &mut self,
        flow: bool,
        span: &Span,
        start: usize,
        content: usize,
    ) -> Result<(Node, Value)> {
        let mut end = if flow { end_of(span) } else { content };
        let (mut entries, mut map, mut merged) = (Vec::new(), Map::new(), Vec::new());
        loop {
            let (event, key_span) = self.next()?;
            if event == Event::MappingEnd {
                end = if flow {
                    end.max(end_of(&key_span))
                } else {
                    end
                };
                break;
            }
            let from = if flow { self.after_comma(end) } else { end };
            let start = skip_blanks(self.text, from);
            if !flow {
                self.check_indent(start, &key_span)?;
            }
            let (key, key_end, merges) = self.key(event, &key_span)?;
            let colon = self.colon(key_end);
            let (event, span) = self.next()?;
            let read = self.node(event, &span, colon.map_or(key_end, |colon| colon + 1))?;
            if merges {
                merged.push((read.value, key_span.start.line()));
            } else {
                map.insert(key.clone(), read.value);
            }
            let entry = Entry {
                key,
                start,
                key_end,
                colon,
                merges,
                node: read.node,
            };
            end = entry.end();
            entries.push(entry);
        }
        for (value, line) in merged {
            merge(&mut map, value).map_err(|error| error.at_line(line))?;
        }
        let node = Node {
            start,
            content,
            end,
            kind: Kind::Map { flow, entries },
        };
        Ok((node, Value::Map(map)))
    }

    /// Reads a key; returns its text, where it ends, and whether it is `<<`.
    fn key(&mut self, event: Event<'a>, span: &Span) -> Result<(String, usize, bool)> {
        let unsupported = |what| {
            at(
                span,
                CardErrorKind::Unsupported,
                format!("{what} cannot be a key of metadata"),
            )
        };
        match event {
            Event::Scalar(text, style, _, tag) => {
                let properties = self.properties(span)?;
                let blank = start_of(span) == end_of(span) && style == ScalarStyle::Plain;
                if blank {
                    return Err(unsupported("nothing"));
                }
                let text = text.into_owned();
                if properties.anchor != 0 {
                    self.aliases
                        .define(properties.anchor, Value::from(text.as_str()));
                }
                let merges = text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                let end = start_of(span) + self.written(span);
                Ok((text, end, merges))
            }
            Event::Alias(id) => {
                let text = self.aliases.resolve(id, span)?.scalar_text();
                Ok((
                    text.ok_or_else(|| unsupported("a list or mapping"))?,
                    end_of(span),
                    false,
                ))
            }
            _ => Err(unsupported("a list or mapping")),
        }
    }

    /// Returns where the colon behind a key stands; `None` if there is none.
    fn colon(&self, key_end: usize) -> Option<usize> {
        let mut at = skip_blanks(self.text, key_end);
        if self.byte(at) == Some(b'?') {
            at = skip_blanks(self.text, at + 1);
        }
        (self.byte(at) == Some(b':')).then_some(at)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Returns the length of what is written in a span, without the blanks behind it.
    fn written(&self, span: &Span) -> usize {
        span.slice(self.text).unwrap_or_default().trim_end().len()
    }

    /// Returns where to look for the next node between brackets or braces.
    fn after_comma(&self, end: usize) -> usize {
        let at = skip_blanks(self.text, end);
        at + usize::from(self.byte(at) == Some(b','))
    }

    /// Tabs indent nothing: readers differ in how wide they are.
    fn check_indent(&self, at: usize, span: &Span) -> Result<()> {
        let indent = &self.text.as_bytes()[line_start(self.text, at)..at];
        if indent.contains(&b'\t') {
            let message = "a tab is used for indentation";
            return Err(
                self::at(span, CardErrorKind::Syntax, message).with_hint("indent by spaces")
            );
        }
        Ok(())
    }
}
