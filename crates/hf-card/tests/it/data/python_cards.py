"""Records what Python's client makes of cards: `python python_cards.py > python_cards.jsonl`.

Needs huggingface_hub, PyYAML and Jinja2. Makes no request.
"""

import json
import math
import sys

from huggingface_hub import DatasetCard, ModelCard, SpaceCard, repocard
from huggingface_hub.repocard import RepoCard
from huggingface_hub.repocard_data import (
    CardData,
    DatasetCardData,
    ModelCardData,
    SpaceCardData,
    eval_results_to_model_index,
    model_index_to_eval_results,
)

CLASSES = {"model": ModelCard, "dataset": DatasetCard, "space": SpaceCard}

INDEX = """model-index:
- name: tiny
  results:
  - task:
      type: asr
      name: Speech
    dataset:
      name: Common Voice
      type: common_voice
      config: fr
      split: test
      args: {language: fr}
    metrics:
    - type: wer
      value: 20.5
      name: Test WER
    - type: cer
      value: 3
  - task: {type: text-classification}
    dataset: {name: 2020, type: glue, revision: 5503434}
    metrics:
    - {type: accuracy, value: 20.0 ± 1.2, verified: true, verifyToken: abc}
    source: {url: "https://example.com", name: Board}
"""

READ = [
    ("model", "---\nlanguage: en\nlicense: mit\n---\n\n# My repo\n"),
    ("model", "---\nlicense: cc-by-sa-4.0\n---"),
    ("model", "# no metadata\n"),
    ("model", "---\n\n---\n"),
    ("model", "---\n# comment\n---\ntext"),
    ("model", "---\r\nlicense: mit\r\ntags:\r\n- a\r\n---\r\nbody\r\n"),
    ("model", "---\ntags: [a, b, a]\nlanguage: [en, fr]\nbase_model: x/y\n---\n"),
    ("model", f"---\nlicense: mit\n{INDEX}---\nbody"),
    ("model", "---\nmodel-index: []\nlicense: mit\n---\n"),
    ("model", "---\nmodel-index:\n---\n"),
    ("model", "---\nmodel-index:\n- name: x\n---\n"),
    ("model", "---\nmodel-index: text\n---\n"),
    ("model", "---\nmodel-index:\n- results: []\n---\n"),
    (
        "model",
        "---\nmodel-index:\n- name: x\n  results:\n  - task: {type: t}\n    dataset: {type: d, name: n}\n"
        "    metrics: [{type: m, value: 1}]\n    source: {name: only}\n---\n",
    ),
    ("model", "---\n- a\n- b\n---\n"),
    ("model", "---\na: [1\n---\n"),
    ("model", "---\na: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  l: 2\n---\n"),
    ("model", "---\na: |\n  one\n  two\n\nb: >-\n  folded\n  text\nc: 'it''s'\nd: \"tab\\t\\u00e9\"\n---\n"),
    ("model", "---\nn: 1\nf: 1.5\nneg: -3\nhex: 0x1f\nsci: 1.0e-05\nt: true\nnothing: ~\nunder: 1_000\n---\n"),
    ("model", "---\nlicense: mit\nlicense: gpl\n---\n"),
    ("model", "---\na: !custom x\n---\n"),
    ("model", "---\nwidget:\n- text: hi\n  example_title: x\n- text: 👀 日本\nco2_eq_emissions: {emissions: 0.5}\n---\n"),
    (
        "dataset",
        "---\nannotations_creators: [found]\npretty_name: X\ntrain-eval-index:\n- config: a\ndataset_info:\n"
        "  features:\n  - name: text\n    dtype: string\n---\n",
    ),
    ("space", "---\ntitle: T\nemoji: 🤗\nsdk: gradio\nsdk_version: 4.44.0\napp_port: 7860\npinned: false\n---\n"),
]

# What Python reads as YAML 1.1 has it, and the Hub as YAML 1.2 has it.
DIFFERENT = [
    ("model", "---\nlanguage: no\n---\n"),
    ("model", "---\nlanguage: [on, yes]\n---\n"),
    ("model", "---\nmode: 010\n---\n"),
    ("model", "---\nvalue: 1e-5\n---\n"),
    ("model", "---\ntime: 1:30\n---\n"),
    ("model", "---\ndate: 2024-01-31\n---\n"),
    ("model", "---\ntext: |\n  last line\n---\n"),
]

MERGES = [
    ("model", "---\nlicense: mit\n---\n", {"tags": ["a"]}, False),
    ("model", "---\nlicense: mit\n---\n", {"license": "mit"}, False),
    ("model", "---\nlicense: mit\n---\n", {"license": "gpl"}, False),
    ("model", "---\nlicense: mit\n---\n", {"license": "gpl"}, True),
    ("model", "---\nlicense: mit\n---\n", {"license": None}, True),
    ("model", "---\nlicense:\n---\n", {"license": "gpl"}, False),
    ("model", "# text\n", {"license": "gpl"}, False),
    ("model", "---\nlicense: mit\n---\n", "index", False),
    ("model", f"---\n{INDEX}---\n", "index", False),
    ("model", f"---\n{INDEX}---\n", "index-other-value", False),
    ("model", f"---\n{INDEX}---\n", "index-other-value", True),
    ("model", f"---\n{INDEX}---\n", "index-new-metric", False),
    ("model", f"---\n{INDEX}---\n", "index-new-data", False),
    ("model", f"---\n{INDEX}---\n", "index-verified", True),
    ("model", "---\nlicense: mit\n---\n", "index-without-name", False),
    ("model", "---\nlicense: mit\n---\n", "index-broken", False),
    ("dataset", "---\nlicense: cc-by-sa-4.0\n---", {"tag": "test"}, True),
    ("dataset", "---\nlicense: [a, b]\n---\n", {"license": ["a"]}, False),
]


def index(kind):
    """An index to merge."""
    group = {
        "task": {"type": "asr", "name": "Speech"},
        "dataset": {
            "name": "Common Voice",
            "type": "common_voice",
            "config": "fr",
            "split": "test",
            "args": {"language": "fr"},
        },
        "metrics": [{"type": "wer", "value": 20.5, "name": "Test WER"}],
    }
    model = {"name": "other", "results": [group]}
    if kind == "index-other-value":
        group["metrics"][0]["value"] = 19.0
    elif kind == "index-new-metric":
        group["metrics"][0] = {"type": "bleu", "value": 0.5}
    elif kind == "index-new-data":
        group["dataset"]["split"] = "validation"
    elif kind == "index-without-name":
        del model["name"]
    elif kind == "index-broken":
        del group["dataset"]["type"]
    elif kind == "index-verified":
        model["results"] = [
            {
                "task": {"type": "text-classification"},
                "dataset": {"name": 2020, "type": "glue", "revision": 5503434},
                "metrics": [{"type": "accuracy", "value": 21, "verified": True, "verifyToken": "def"}],
                "source": {"url": "https://example.com", "name": "Board"},
            }
        ]
    return {"model-index": [model]}


def plain(value):
    """A value that JSON has."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def emit(**case):
    print(json.dumps(case, ensure_ascii=False))


def read(kind, repo_type, content):
    case = {"case": kind, "type": repo_type, "content": content}
    try:
        card = CLASSES[repo_type](content)
        emit(**case, metadata=plain(card.data.to_dict()), text=card.text)
    except Exception as error:
        emit(**case, error=type(error).__name__)


def merge(repo_type, content, metadata, overwrite):
    given = index(metadata) if isinstance(metadata, str) else metadata
    case = {"case": "merge", "type": repo_type, "content": content, "metadata": plain(given), "overwrite": overwrite}
    RepoCard.load = classmethod(lambda cls, *_, **__: cls(content))
    RepoCard.push_to_hub = lambda card, *_, **__: card
    try:
        card = repocard.metadata_update("me/repo", given, repo_type=repo_type, overwrite=overwrite)
        emit(**case, merged=plain(card.data.to_dict()))
    except Exception as error:
        emit(**case, error=type(error).__name__)


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    for repo_type, content in READ:
        read("read", repo_type, content)
    for repo_type, content in DIFFERENT:
        read("different", repo_type, content)
    for case in MERGES:
        merge(*case)
    card = ModelCard(f"---\n{INDEX}---\n")
    name, results = card.data.model_name, card.data.eval_results
    emit(
        case="index",
        content=card.content,
        name=name,
        results=[plain({key: value for key, value in vars(result).items() if value is not None}) for result in results],
        model_index=plain(eval_results_to_model_index(name, results)),
    )
    data = ModelCardData(language="en", license="mit", base_model="x/y", tags=["a", "b"])
    card = ModelCard.from_template(data, model_id="me/tiny", developers="us")
    emit(case="template", type="model", content=card.content, text=card.text)
    data = DatasetCardData(language=["en"], license="mit", pretty_name="Tiny")
    card = DatasetCard.from_template(data, dataset_summary="Small.", curators="us")
    emit(case="template", type="dataset", content=card.content, text=card.text)


if __name__ == "__main__":
    main()
