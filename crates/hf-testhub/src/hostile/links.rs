//! The forms of `Link` headers.

use http::HeaderValue;
use http::header::LINK;

use crate::response::{HubResponse, header_value};

/// The form of the `Link` header that refers to the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkForm {
    /// As the Hub sends it: an absolute URL, `rel="next"`.
    Unchanged,
    /// A path instead of an absolute URL.
    Path,
    /// Only a query.
    Query,
    /// `rel=next` without quotes.
    Unquoted,
    /// `REL="NEXT"`, with white space around everything.
    Shouted,
    /// Other parameters before `rel`.
    Parameters,
    /// One of several relations of one link: `rel="last next"`.
    SeveralRelations,
    /// After a link to the previous page, in one header.
    SecondOfOne,
    /// After a link to the previous page, in a header of its own.
    SecondHeader,
    /// With the other scheme than that of the request (`https` for `http`).
    OtherScheme,
    /// At `https://huggingface.co`, like a mirror that passes the Hub's own link on.
    Canonical,
    /// At a host that is neither the Hub's nor this one's.
    OtherHost,
    /// To the page itself.
    Itself,
    /// Without angle brackets.
    Bare,
    /// Empty angle brackets.
    Empty,
    /// With a relation that is not `next`.
    OtherRelation,
    /// No header, so that the list ends early.
    Missing,
}

impl LinkForm {
    /// All forms.
    pub const ALL: &[Self] = &[
        Self::Unchanged,
        Self::Path,
        Self::Query,
        Self::Unquoted,
        Self::Shouted,
        Self::Parameters,
        Self::SeveralRelations,
        Self::SecondOfOne,
        Self::SecondHeader,
        Self::OtherScheme,
        Self::Canonical,
        Self::OtherHost,
        Self::Itself,
        Self::Bare,
        Self::Empty,
        Self::OtherRelation,
        Self::Missing,
    ];

    /// Returns whether a client can follow the link to the rest of the list without leaving the
    /// endpoint's host.
    ///
    /// [`Canonical`](Self::Canonical) counts, because its path and query are those of the next
    /// page.
    pub fn leads_on(self) -> bool {
        !matches!(
            self,
            Self::OtherHost
                | Self::Itself
                | Self::Bare
                | Self::Empty
                | Self::OtherRelation
                | Self::Missing
        )
    }

    /// Rewrites the `Link` of a response to a request for `target` (path and query) of `endpoint`.
    pub(super) fn apply(self, response: &mut HubResponse, endpoint: &str, target: &str) {
        let Some(url) = response
            .headers
            .get(LINK)
            .and_then(|link| link.to_str().ok())
            .and_then(|link| link.strip_prefix('<')?.strip_suffix(">; rel=\"next\""))
            .map(ToOwned::to_owned)
        else {
            return;
        };
        let path = url.strip_prefix(endpoint).unwrap_or(&url);
        let query = path.find('?').map_or("", |at| &path[at..]);
        let link = match self {
            Self::Unchanged => return,
            Self::Missing => {
                response.headers.remove(LINK);
                return;
            }
            Self::SecondHeader => {
                let next = header_value(&format!("<{url}>; rel=\"next\""));
                let previous = header_value(&format!("<{endpoint}{target}>; rel=\"prev\""));
                response.headers.insert(LINK, previous);
                response.headers.append(LINK, next);
                return;
            }
            Self::Path => format!("<{path}>; rel=\"next\""),
            Self::Query => format!("<{query}>; rel=\"next\""),
            Self::Unquoted => format!("<{url}>; rel=next"),
            Self::Shouted => format!(" < {url} > ;  REL = \"NEXT\" ")
                .replace("< ", "<")
                .replace(" >", ">"),
            Self::Parameters => format!("<{url}>; title=\"a; b, c\"; type=text; rel=\"next\""),
            Self::SeveralRelations => format!("<{url}>; rel=\"last next\""),
            Self::SecondOfOne => {
                format!("<{endpoint}{target}>; rel=\"prev\", <{url}>; rel=\"next\"")
            }
            Self::OtherScheme => format!("<{}>; rel=\"next\"", url.replacen("http:", "https:", 1)),
            Self::Canonical => format!("<https://huggingface.co{path}>; rel=\"next\""),
            Self::OtherHost => format!("<http://other.example{path}>; rel=\"next\""),
            Self::Itself => format!("<{endpoint}{target}>; rel=\"next\""),
            Self::Bare => format!("{url}; rel=\"next\""),
            Self::Empty => "<>; rel=\"next\"".to_owned(),
            Self::OtherRelation => format!("<{url}>; rel=\"nextish\""),
        };
        let value = HeaderValue::from_str(&link).unwrap_or_else(|_| header_value(&link));
        response.headers.insert(LINK, value);
    }
}
