from _jobs import FULL, failures, variants, who
from wire import case, sample

AT = "POST /api/scheduled-jobs/lhoestq"
NEEDED = {"script": "https://example.com/scripts/sft.py?raw=1", "schedule": "@daily"}
ARGS = {**NEEDED, "namespace": "lhoestq"}


def made(**options):
    return sample("create_scheduled_uv_job.1", AT, **options)


CASES = [
    case("minimal", NEEDED, [who(), who(), made()], optional=[1], why="who the token belongs to is asked once, Python asks twice"),
    case("all", {**FULL, **NEEDED, "script_args": ["--model", "a b", "é"], "suspend": False, "concurrency": True,
                 "dependencies": ["trl", "torch>=2"], "python": "3.12", "image": "ghcr.io/astral-sh/uv:debian"}, [made()]),
    case("command", {**ARGS, "script": "lighteval", "script_args": ["accelerate"]}, [made()]),
    case("script_is_missing", {**ARGS, "script": "no_such_script.py"}),
    case("argument_is_missing", {**ARGS, "script_args": ["config.yaml"]}),
    case("script_url_without_name", {**ARGS, "script": "https://example.com/"}, [made()]),
    *variants(ARGS, made),
    *failures(ARGS, AT),
]
