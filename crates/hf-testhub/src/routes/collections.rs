//! `/api/collections`
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::people::account;
use super::{Request, RouteResult, may_own, page, people};
use crate::hub::Hub;
use crate::names::{RepoName, repo_type_of};
use crate::response::{HubError, HubResponse, RouteError};
use crate::store::{Collection, CollectionItem, State, date};

/// The maximum number of items that a list shows of each collection.
const SHOWN: usize = 4;

/// `/api/collections/{rest}`
pub(super) fn route(hub: &Hub, request: &Request, rest: &[String]) -> RouteResult {
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (request.method.as_str(), rest.as_slice()) {
        ("GET", []) => list(hub, request),
        ("POST", []) => create(hub, request),
        (method, [owner, slug, tail @ ..]) => {
            let slug = format!("{owner}/{slug}");
            match (method, tail) {
                ("GET", []) => {
                    let state = hub.state();
                    let index = find(&state, request, &slug)?;
                    Ok(HubResponse::json(&describe(&state, index, usize::MAX)))
                }
                ("PATCH", []) => update(hub, request, &slug),
                ("DELETE", []) => {
                    let mut state = hub.change();
                    let index = own(&state, request, &slug)?;
                    state.services.collections.remove(index);
                    Ok(HubResponse::json(&json!({})))
                }
                ("POST", ["items"]) => add_item(hub, request, &slug),
                ("PATCH", ["items", item]) => update_item(hub, request, &slug, item),
                ("DELETE", ["items", item]) => {
                    let mut state = hub.change();
                    let index = own(&state, request, &slug)?;
                    let items = &mut state.services.collections[index].items;
                    let at = item_at(items, item)?;
                    items.remove(at);
                    Ok(HubResponse::json(&json!({})))
                }
                ("POST", ["resource-group"]) => resource_group(hub, request, &slug),
                _ => Err(request.not_offered().into()),
            }
        }
        _ => Err(request.not_offered().into()),
    }
}

fn owner_of(slug: &str) -> &str {
    slug.split_once('/').map_or(slug, |(owner, _)| owner)
}

fn visible(state: &State, request: &Request, collection: &Collection) -> bool {
    !collection.private
        || request
            .viewer
            .name()
            .is_some_and(|user| state.owns(user, owner_of(&collection.slug)))
}

/// Returns the index of a collection, found by the id at the end of its slug, because the title may
/// have changed.
fn find(state: &State, request: &Request, slug: &str) -> Result<usize, RouteError> {
    let id = slug.rsplit('-').next().unwrap_or_default();
    state
        .services
        .collections
        .iter()
        .position(|collection| {
            collection.slug.rsplit('-').next() == Some(id)
                && owner_of(&collection.slug) == owner_of(slug)
                && visible(state, request, collection)
        })
        .ok_or_else(|| HubError::new(StatusCode::NOT_FOUND, "Collection not found").into())
}

fn own(state: &State, request: &Request, slug: &str) -> Result<usize, RouteError> {
    let index = find(state, request, slug)?;
    if state.owns(request.writer()?, owner_of(slug)) {
        Ok(index)
    } else {
        Err(HubError::no_permission().into())
    }
}

fn item_at(items: &[CollectionItem], id: &str) -> Result<usize, HubError> {
    items
        .iter()
        .position(|item| item.object_id == id)
        .ok_or_else(|| HubError::new(StatusCode::NOT_FOUND, "Item not found"))
}

fn describe(state: &State, index: usize, most: usize) -> Value {
    let collection = &state.services.collections[index];
    let items: Vec<Value> = collection
        .items
        .iter()
        .take(most)
        .enumerate()
        .map(|(position, item)| describe_item(item, position))
        .collect();
    let mut owner = account(owner_of(&collection.slug));
    owner["type"] = people::kind(state, owner_of(&collection.slug)).into();
    json!({
        "slug": collection.slug,
        "title": collection.title,
        "description": collection.description,
        "lastUpdated": date(collection.updated),
        "gating": false,
        "owner": owner,
        "items": items,
        "position": collection.position,
        "theme": collection.theme,
        "private": collection.private,
        "upvotes": 0,
        "isUpvotedByUser": false,
        "shareUrl": format!("https://hf.co/collections/{}", collection.slug),
    })
}

fn describe_item(item: &CollectionItem, position: usize) -> Value {
    let mut body = json!({
        "_id": item.object_id,
        "position": position,
        "id": item.item_id,
        "type": item.item_type,
        "repoType": item.item_type,
        "author": owner_of(&item.item_id),
    });
    if let Some(note) = &item.note {
        body["note"] = json!({"text": note, "html": format!("<p>{note}</p>\n")});
    }
    body
}

fn list(hub: &Hub, request: &Request) -> RouteResult {
    let state = hub.state();
    let owners: Vec<&str> = request.all("owner").collect();
    let items: Vec<(&str, &str)> = request
        .all("item")
        .filter_map(|item| item.split_once('/'))
        .collect();
    let mut found: Vec<usize> = (0..state.services.collections.len())
        .rev()
        .filter(|&index| {
            let collection = &state.services.collections[index];
            visible(&state, request, collection)
                && (owners.is_empty() || owners.contains(&owner_of(&collection.slug)))
                && (items.is_empty()
                    || collection.items.iter().any(|item| {
                        items.iter().any(|(kind, id)| {
                            kind.trim_end_matches('s') == item.item_type && *id == item.item_id
                        })
                    }))
        })
        .collect();
    match request.get("sort") {
        None | Some("lastModified") => {
            found
                .sort_by_key(|&index| std::cmp::Reverse(state.services.collections[index].updated));
        }
        Some("trending" | "upvotes") => {}
        Some(other) => {
            return Err(
                HubError::bad_request(format!("✖ Invalid option: {other:?}\n  → at sort")).into(),
            );
        }
    }
    let page = page(hub, request, found.len(), state.settings.page_size.min(100))?;
    let items: Vec<Value> = found[page.range]
        .iter()
        .map(|&index| describe(&state, index, SHOWN))
        .collect();
    Ok(HubResponse::json(&items.into()).link(page.next))
}

fn create(hub: &Hub, request: &Request) -> RouteResult {
    let body = request.json()?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let title = text("title")
        .filter(|title| !title.is_empty())
        .ok_or_else(|| HubError::invalid("expected string", "title"))?;
    let user = request.user()?.to_owned();
    let owner = text("namespace").unwrap_or(&user);
    let mut state = hub.change();
    may_own(&state, request, "collection", owner)?;
    let words: String = title
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let prefix = format!("{owner}/{}-", words.trim_matches('-'));
    // The Hub rejects a second collection with the same title in a namespace, and returns the first
    // one.
    if let Some(known) = state
        .services
        .collections
        .iter()
        .find(|collection| collection.title == title && owner_of(&collection.slug) == owner)
    {
        let more = json!({"slug": known.slug});
        return Err(HubError::conflict("Collection already exists")
            .more(more)
            .into());
    }
    let slug = format!("{prefix}{}", state.object_id());
    let position = state.services.collections.len() as u64;
    state.services.collections.push(Collection {
        slug,
        title: title.to_owned(),
        description: text("description").map(ToOwned::to_owned),
        private: body.get("private").and_then(Value::as_bool) == Some(true),
        theme: "green".to_owned(),
        position,
        updated: Timestamp::now(),
        items: Vec::new(),
    });
    let index = state.services.collections.len() - 1;
    Ok(HubResponse::json(&describe(&state, index, usize::MAX)))
}

fn update(hub: &Hub, request: &Request, slug: &str) -> RouteResult {
    let body = request.json()?;
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let mut state = hub.change();
    let index = own(&state, request, slug)?;
    let collection = &mut state.services.collections[index];
    if let Some(title) = text("title") {
        collection.title = title;
    }
    if let Some(description) = text("description") {
        collection.description = Some(description);
    }
    if let Some(theme) = text("theme") {
        collection.theme = theme;
    }
    if let Some(private) = body.get("private").and_then(Value::as_bool) {
        collection.private = private;
    }
    if let Some(position) = body.get("position").and_then(Value::as_u64) {
        collection.position = position;
    }
    collection.updated = Timestamp::now();
    let shown = describe(&state, index, usize::MAX);
    Ok(HubResponse::json(&json!({"success": true, "data": shown})))
}

fn resource_group(hub: &Hub, request: &Request, slug: &str) -> RouteResult {
    let body = request.json()?;
    let state = hub.change();
    let index = own(&state, request, slug)?;
    let collection = &state.services.collections[index];
    Ok(HubResponse::json(&json!({
        "id": body.get("resourceGroupId"), "slug": collection.slug, "title": collection.title,
        "private": collection.private, "addedBy": request.user()?,
    })))
}

fn add_item(hub: &Hub, request: &Request, slug: &str) -> RouteResult {
    let body = request.json()?;
    let text = |key: &str| body.pointer(key).and_then(Value::as_str);
    let (Some(id), Some(kind)) = (text("/item/id"), text("/item/type")) else {
        return Err(HubError::invalid("expected id and type", "item").into());
    };
    let mut state = hub.change();
    let index = own(&state, request, slug)?;
    let there = match repo_type_of(kind) {
        Some(repo_type) => {
            let name = RepoName::new(repo_type, id);
            state
                .repos
                .get(&name)
                .is_some_and(|repo| state.can_see(&request.viewer, repo))
        }
        None if kind == "bucket" => state.services.buckets.contains_key(id),
        None if kind == "paper" => true,
        None if kind == "collection" => find(&state, request, id).is_ok(),
        None => {
            let what = format!("unknown type {kind:?}");
            return Err(HubError::invalid(&what, "item.type").into());
        }
    };
    if !there {
        return Err(
            HubError::new(StatusCode::NOT_FOUND, format!("Item {kind} {id} not found")).into(),
        );
    }
    let items = &state.services.collections[index].items;
    if items
        .iter()
        .any(|item| item.item_id == id && item.item_type == kind)
    {
        return Err(HubError::conflict("Item is already in the collection").into());
    }
    let object_id = state.object_id();
    let collection = &mut state.services.collections[index];
    collection.items.push(CollectionItem {
        object_id,
        item_id: id.to_owned(),
        item_type: kind.to_owned(),
        note: text("/note").map(ToOwned::to_owned),
    });
    collection.updated = Timestamp::now();
    Ok(HubResponse::json(&describe(&state, index, usize::MAX)))
}

fn update_item(hub: &Hub, request: &Request, slug: &str, id: &str) -> RouteResult {
    let body = request.json()?;
    let mut state = hub.change();
    let index = own(&state, request, slug)?;
    let collection = &mut state.services.collections[index];
    let at = item_at(&collection.items, id)?;
    if let Some(note) = body.get("note").and_then(Value::as_str) {
        collection.items[at].note = Some(note.to_owned());
    }
    if let Some(position) = body.get("position").and_then(Value::as_u64) {
        let item = collection.items.remove(at);
        let to = usize::try_from(position).unwrap_or(usize::MAX);
        collection
            .items
            .insert(to.min(collection.items.len()), item);
    }
    collection.updated = Timestamp::now();
    Ok(HubResponse::json(&json!({"success": true})))
}
