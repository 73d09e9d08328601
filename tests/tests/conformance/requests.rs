//! Requests: noting ours, and comparing them with Python's.

use std::collections::BTreeMap;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::case::{Asked, Body, Case};
use crate::compare::differences;
use crate::hub::{Names, TRIED_AGAIN};

/// Headers that cases speak of.
const NOTED: [&str; 3] = ["range", "last-event-id", "x-hf-bill-to"];

/// Text of a body above this is noted as its hash.
const LONGEST_TEXT: usize = 2000;

/// A request of ours in the words of a case.
pub(crate) fn described(
    head: &http::request::Parts,
    body: &Bytes,
    host: &'static str,
    names: &Names,
) -> Asked {
    let header = |name: &str| {
        let value = head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let content_type = header("content-type");
    let kind = media_type(content_type.as_deref().unwrap_or_default());
    Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        host: (host != "endpoint").then(|| host.to_owned()),
        query: pairs(head.uri.query().unwrap_or_default())
            .into_iter()
            .map(|(name, value)| (name, names.template(&value)))
            .collect(),
        authorization: header("authorization"),
        body: body_of(&kind, body, names),
        content_type,
        headers: NOTED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), header(name)?)))
            .collect::<BTreeMap<_, _>>(),
        optional: false,
    }
}

fn body_of(kind: &str, body: &Bytes, names: &Names) -> Option<Body> {
    if body.is_empty() {
        return None;
    }
    let bytes = || Body::Bytes {
        sha256: hex(&Sha256::digest(body)),
        size: body.len(),
    };
    let Ok(text) = std::str::from_utf8(body) else {
        return Some(bytes());
    };
    let filled = names.template(text);
    let made = if kind == "application/json" || kind.ends_with("+json") {
        serde_json::from_str(&filled)
            .ok()
            .map(|json| Body::Json { json })
    } else if kind == "application/x-ndjson" {
        filled
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_str(line).ok())
            .collect::<Option<Vec<Value>>>()
            .map(|ndjson| Body::Ndjson { ndjson })
    } else if kind == "application/x-www-form-urlencoded" {
        Some(Body::Form { form: pairs(text) })
    } else if body.len() <= LONGEST_TEXT && !text.contains(|c: char| c.is_control() && c != '\n') {
        Some(Body::Text { text: filled })
    } else {
        None
    };
    Some(made.unwrap_or_else(bytes))
}

/// Name and value pairs of a query or a form.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| decoded(&text.replace('+', " "));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Without percent-encoding.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn media_type(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).expect("half a byte");
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// What is wrong with the requests that were made, line by line.
pub(crate) fn compare(case: &Case, made: Vec<Asked>) -> Vec<String> {
    let mut expected = once_per_trial(case, case.requests().to_vec());
    let made = once_per_trial(case, made);
    if case.one_get {
        expected = heads_as_gets(&expected, &made);
    }
    let matched = if case.unordered {
        match_any_order(&expected, &made)
    } else {
        match_in_order(&expected, &made)
    };
    let Err((missing, unexpected)) = matched else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for request in &unexpected {
        match missing
            .iter()
            .find(|other| other.method == request.method && other.path == request.path)
        {
            Some(other) => problems.push(format!(
                "  asked  {}\n{}",
                shown(request),
                unlike(other, request).join("\n")
            )),
            None => problems.push(format!("  asked  {}\n    Python did not", shown(request))),
        }
    }
    for request in missing {
        if !unexpected
            .iter()
            .any(|other| other.method == request.method && other.path == request.path)
        {
            problems.push(format!("  Python asked  {}", shown(&request)));
        }
    }
    problems
}

/// Python's HEADs for which we made a GET, as that GET; the others may be left out.
fn heads_as_gets(python: &[Asked], ours: &[Asked]) -> Vec<Asked> {
    let python_gets = |get: &Asked| python.iter().any(|other| unlike(other, get).is_empty());
    let mut own: Vec<&Asked> = ours
        .iter()
        .filter(|request| request.method == "GET" && !python_gets(request))
        .collect();
    let as_ours = |request: &Asked, own: &mut Vec<&Asked>| {
        if request.method != "HEAD" {
            return request.clone();
        }
        let made = own.iter().position(|get| {
            let head = Asked {
                method: "HEAD".to_owned(),
                headers: request.headers.clone(),
                ..(*get).clone()
            };
            unlike(request, &head).is_empty()
        });
        Asked {
            optional: true,
            ..made.map_or_else(|| request.clone(), |at| own.remove(at).clone())
        }
    };
    python
        .iter()
        .map(|request| as_ours(request, &mut own))
        .collect()
}

type Unmatched = (Vec<Asked>, Vec<Asked>);

fn match_in_order(expected: &[Asked], made: &[Asked]) -> Result<(), Unmatched> {
    let mut rest = expected;
    for (at, request) in made.iter().enumerate() {
        loop {
            let Some((next, after)) = rest.split_first() else {
                return Err((Vec::new(), made[at..].to_vec()));
            };
            if unlike(next, request).is_empty() {
                rest = after;
                break;
            }
            if !next.optional {
                return Err((needed(rest), made[at..].to_vec()));
            }
            rest = after;
        }
    }
    let missing = needed(rest);
    if missing.is_empty() {
        Ok(())
    } else {
        Err((missing, Vec::new()))
    }
}

fn match_any_order(expected: &[Asked], made: &[Asked]) -> Result<(), Unmatched> {
    let mut rest: Vec<&Asked> = expected.iter().collect();
    let mut unexpected = Vec::new();
    for request in made {
        match rest
            .iter()
            .position(|other| unlike(other, request).is_empty())
        {
            Some(at) => drop(rest.remove(at)),
            None => unexpected.push(request.clone()),
        }
    }
    let missing: Vec<Asked> = rest
        .into_iter()
        .filter(|request| !request.optional)
        .cloned()
        .collect();
    if missing.is_empty() && unexpected.is_empty() {
        Ok(())
    } else {
        Err((missing, unexpected))
    }
}

fn needed(requests: &[Asked]) -> Vec<Asked> {
    requests.iter().filter(|r| !r.optional).cloned().collect()
}

/// Repeats of a request whose response says "try again" count once.
fn once_per_trial(case: &Case, requests: Vec<Asked>) -> Vec<Asked> {
    let tried_again = |request: &Asked| {
        case.replies.iter().any(|reply| {
            TRIED_AGAIN.contains(&reply.response.status)
                && reply.matches.method == request.method
                && decoded(&reply.matches.path) == decoded(&request.path)
        })
    };
    let mut made: Vec<Asked> = Vec::new();
    for request in requests {
        if !(tried_again(&request) && made.last() == Some(&request)) {
            made.push(request);
        }
    }
    made
}

/// How a request differs from Python's.
fn unlike(python: &Asked, ours: &Asked) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, python: String, ours: String| {
        if python != ours {
            found.push(format!("    {what}: Python {python}, ours {ours}"));
        }
    };
    differ("method", python.method.clone(), ours.method.clone());
    differ(
        "host",
        format!("{:?}", python.host),
        format!("{:?}", ours.host),
    );
    let segments = |path: &str| path.split('/').map(decoded).collect::<Vec<_>>();
    differ(
        "path",
        format!("{:?}", segments(&python.path)),
        format!("{:?}", segments(&ours.path)),
    );
    differ("query", sorted(&python.query), sorted(&ours.query));
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    differ(
        "authorization",
        shown(&python.authorization),
        shown(&ours.authorization),
    );
    differ(
        "headers",
        format!("{:?}", python.headers),
        format!("{:?}", ours.headers),
    );
    // The Hub takes a form and JSON alike; our own JSON says the same.
    let form = match (&python.body, &ours.body) {
        (Some(Body::Form { form }), Some(Body::Json { json })) => Some((form, flat(json))),
        _ => None,
    };
    if let Some((python, ours)) = form {
        differ("form", sorted(python), sorted(&ours));
        return found;
    }
    if python.body.is_some() || ours.body.is_some() {
        let kind = |asked: &Asked| media_type(asked.content_type.as_deref().unwrap_or("none"));
        differ("content type", kind(python), kind(ours));
    }
    found.extend(unlike_bodies(python.body.as_ref(), ours.body.as_ref()));
    found
}

fn unlike_bodies(python: Option<&Body>, ours: Option<&Body>) -> Vec<String> {
    match (python, ours) {
        (Some(Body::Json { json: python }), Some(Body::Json { json: ours })) => {
            both_ways(python, ours)
        }
        (Some(Body::Ndjson { ndjson: python }), Some(Body::Ndjson { ndjson: ours })) => {
            both_ways(&Value::Array(python.clone()), &Value::Array(ours.clone()))
        }
        (Some(Body::Form { form: python }), Some(Body::Form { form: ours }))
            if sorted(python) == sorted(ours) =>
        {
            Vec::new()
        }
        (python, ours) if python == ours => Vec::new(),
        (python, ours) => vec![format!("    body: Python {python:?}, ours {ours:?}")],
    }
}

/// A body must hold what Python's holds, and nothing else.
fn both_ways(python: &Value, ours: &Value) -> Vec<String> {
    let mut found = differences(python, ours, false);
    if found.is_empty() && !same(python, ours) {
        found.push(format!("body: Python {python}, ours {ours}"));
    }
    found.iter().map(|line| format!("    {line}")).collect()
}

/// Equal, numbers by value, and times but for their form.
fn same(python: &Value, ours: &Value) -> bool {
    match (python, ours) {
        (Value::Object(python), Value::Object(ours)) => {
            python.len() == ours.len()
                && python
                    .iter()
                    .all(|(name, value)| ours.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(python), Value::Array(ours)) => {
            python.len() == ours.len() && python.iter().zip(ours).all(|(a, b)| same(a, b))
        }
        (python, ours) => {
            differences(python, ours, false).is_empty() && python.is_null() == ours.is_null()
        }
    }
}

/// A JSON object as the pairs of a form.
fn flat(json: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let Value::Object(map) = json else {
        return Vec::new();
    };
    map.iter()
        .flat_map(|(name, value)| match value {
            Value::Array(values) => values.iter().map(|v| (name.clone(), text(v))).collect(),
            value => vec![(name.clone(), text(value))],
        })
        .collect()
}

fn sorted(pairs: &[(String, String)]) -> String {
    let mut pairs: Vec<_> = pairs.iter().collect();
    pairs.sort();
    format!("{pairs:?}")
}

fn shown(request: &Asked) -> String {
    let query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let host = request.host.as_deref().unwrap_or_default();
    let body = match &request.body {
        Some(Body::Json { json }) => json.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    };
    let body: String = body.chars().take(300).collect();
    format!(
        "{} {host}{}?{} {body}",
        request.method,
        request.path,
        query.join("&")
    )
}
