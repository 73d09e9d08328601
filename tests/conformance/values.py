"""Between Python's objects and the JSON of the call-by-name contract, both ways."""

import base64
import dataclasses
import datetime
import enum
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import huggingface_hub as hub
from huggingface_hub import errors, repocard_data
from huggingface_hub.hf_api import CommitInfo, LFSFileInfo, RepoUrl

# Card metadata as the server sent it: Python rewrites it when it builds its card objects.
for _card in (repocard_data.ModelCardData, repocard_data.DatasetCardData, repocard_data.SpaceCardData):

    def _keep(self, *args, _init=_card.__init__, **kwargs):
        _init(self, *args, **kwargs)
        object.__setattr__(self, "_sent", {k: v for k, v in kwargs.items() if k != "ignore_metadata_errors"})

    _card.__init__ = _keep

# Properties that the contract names; others are Python's own.
COMPUTED = {"url", "git_reference", "rendered", "last_edited_at", "last_edited_by", "edit_history", "number_of_edits"}
# Older names of attributes, kept in Python alone.
OLDER_NAMES = {"RepoFile": {"rfilename", "lastCommit"}, "RepoFolder": {"lastCommit"}}


def to_json(value):
    """A result as the contract writes it."""
    if isinstance(value, repocard_data.CardData):
        return to_json(getattr(value, "_sent", None) or value.to_dict())
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return attributes(value) if type(value) is not str and vars(value) else str(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return str(value)
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return attributes(value)
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if hasattr(value, "__dict__") and not isinstance(value, Iterable):
        return attributes(value)
    if isinstance(value, Iterable):
        return [to_json(v) for v in value]
    raise TypeError(f"no JSON form for {type(value)}")


def attributes(value):
    names = {f.name for f in dataclasses.fields(value)} if dataclasses.is_dataclass(value) else set()
    names |= set(getattr(value, "__dict__", {}))
    names |= {n for t in type(value).__mro__ for n, a in vars(t).items() if isinstance(a, property) and n in COMPUTED}
    names -= OLDER_NAMES.get(type(value).__name__, set())
    facts = {}
    for name in sorted(n for n in names if not n.startswith("_")):
        try:
            fact = getattr(value, name)
        except Exception:
            continue
        if not callable(fact):
            facts[name] = to_json(fact)
    return facts


def bytes_or_path(value):
    if isinstance(value, dict):
        return base64.b64decode(value["base64"]) if "base64" in value else value["content"].encode()
    return value


def operation(value):
    value = dict(value)
    op = value.pop("op")
    if op == "add":
        source = value.pop("path_or_fileobj", None)
        if source is None:
            source = base64.b64decode(value["base64"]) if "base64" in value else value["content"].encode()
        return hub.CommitOperationAdd(path_in_repo=value["path_in_repo"], path_or_fileobj=source)
    kinds = {"delete": hub.CommitOperationDelete, "copy": hub.CommitOperationCopy}
    if op == "copy":
        allowed = ("src_path_in_repo", "path_in_repo", "src_revision", "src_repo_id", "src_repo_type")
        value = {k: v for k, v in value.items() if k in allowed}
    return kinds[op](**value)


def volume(value):
    return hub.Volume(**{"type": "model", **value})


def lfs_file(value):
    names = {"file_oid": "fileOid", "pushed_at": "pushedAt"}
    return LFSFileInfo(**{names.get(k, k): v for k, v in value.items()})


def bucket_file(value):
    if isinstance(value, dict):
        from huggingface_hub._buckets import BucketFile

        names = {"xet_hash": "xetHash", "uploaded_at": "uploadedAt"}
        return BucketFile(**{names.get(k, k): v for k, v in value.items()})
    return value


def each(convert):
    return lambda values: [convert(v) for v in values] if values is not None else None


def arguments(method, args):
    """Keyword arguments for Python, from their JSON form."""
    converters = {
        "operations": each(operation),
        "additions": each(operation),
        "volumes": each(volume),
        "space_volumes": each(volume),
        "lfs_files": each(lfs_file),
        "emissions_thresholds": lambda v: tuple(v) if v is not None else None,
    }
    if method == "upload_file":
        converters["path_or_fileobj"] = bytes_or_path
    if method == "batch_bucket_files":
        converters["add"] = each(lambda pair: (bytes_or_path(pair[0]), pair[1]))
        converters["copy"] = each(tuple)
    if method == "download_bucket_files":
        converters["files"] = each(lambda pair: (bucket_file(pair[0]), pair[1]))
    return {k: converters[k](v) if k in converters else v for k, v in args.items()}


# From the most special class to the most general.
KINDS = [
    (errors.GatedRepoError, "GatedRepo"),
    (errors.DisabledRepoError, "DisabledRepo"),
    (errors.RepositoryNotFoundError, "RepositoryNotFound"),
    (errors.RevisionNotFoundError, "RevisionNotFound"),
    (errors.BucketNotFoundError, "BucketNotFound"),
    (errors.BucketBatchError, "BucketBatch"),
    (errors.JobNotFoundError, "JobNotFound"),
    (errors.RemoteEntryNotFoundError, "EntryNotFound"),
    (errors.IncompleteSnapshotError, "IncompleteSnapshot"),
    (errors.LocalEntryNotFoundError, "LocalEntryNotFound"),
    (errors.EntryNotFoundError, "EntryNotFound"),
    (errors.BadRequestError, "BadRequest"),
    (errors.HfHubHTTPError, "Http"),
    (errors.FileDuplicationError, "FileDuplication"),
    (errors.RevisionResolutionError, "RevisionResolution"),
    (errors.OfflineModeIsEnabled, "OfflineMode"),
    (errors.DryRunError, "DryRun"),
    (errors.FileMetadataError, "FileMetadata"),
    (errors.LocalTokenNotFoundError, "LocalTokenNotFound"),
    (errors.NotASafetensorsRepoError, "NotASafetensorsRepo"),
    (errors.SafetensorsParsingError, "SafetensorsParsing"),
    (errors.HFValidationError, "Validation"),
    (errors.HfUriError, "Validation"),
    (NotImplementedError, "NotImplemented"),
    (TimeoutError, "Timeout"),
    (FileNotFoundError, "FileNotFound"),
    (errors.HTTPError, "Network"),
    (OSError, "Io"),
    (KeyError, "Any"),
    (AttributeError, "Any"),
    (ValueError, "Validation"),
    (TypeError, "Validation"),
]


def error_json(failure, asked):
    """An error as the contract writes it: kind, status, and the messages of the server that must be told.

    asked: whether any request was made. A TypeError after one is Python's own trouble with the answer.
    """
    kind = next((k for t, k in KINDS if isinstance(failure, t)), type(failure).__name__)
    if asked and isinstance(failure, (TypeError, json.JSONDecodeError)):
        kind = "Any"
    response = getattr(failure, "response", None)
    return {
        "kind": kind,
        "status": getattr(response, "status_code", None),
        "messages": server_messages(response) if response is not None else [],
    }


def server_messages(response):
    said = [response.headers.get("x-error-message")]
    try:
        data = response.json()
    except Exception:
        if "html" not in response.headers.get("content-type", ""):
            said.append(response.text)
        data = None
    if isinstance(data, dict):
        told = data.get("error")
        said += told if isinstance(told, list) else [told]
        said.append(data.get("error_description"))
        said += [e.get("message") for e in data.get("errors") or [] if isinstance(e, dict)]
    return list(dict.fromkeys(s.strip() for s in said if isinstance(s, str) and s.strip()))
