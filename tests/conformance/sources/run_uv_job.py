from _jobs import FULL, failures, variants, who
from wire import case, sample

AT = "POST /api/jobs/lhoestq"
NEEDED = {"script": "https://example.com/scripts/sft.py?raw=1#x"}
ARGS = {**NEEDED, "namespace": "lhoestq"}


def made(**options):
    return sample("run_uv_job.1", AT, **options)


CASES = [
    case("minimal", NEEDED, [who(), who(), made()], optional=[1], why="who the token belongs to is asked once, Python asks twice"),
    case("all", {**FULL, **NEEDED, "script_args": ["--model", "a b", "é"], "dependencies": ["trl", "torch>=2"], "python": "3.12",
                 "image": "ghcr.io/astral-sh/uv:debian", "ssh": True, "network_group": "g", "network_aliases": ["a"]}, [made()]),
    case("command", {**ARGS, "script": "lighteval", "script_args": ["accelerate"]}, [made()]),
    case("script_is_missing", {**ARGS, "script": "no_such_script.py"}),
    case("shell_script_is_missing", {**ARGS, "script": "a/no_such_script.sh"}),
    case("argument_is_missing", {**ARGS, "script_args": ["config.yaml"]}),
    case("aliases_without_group", {**ARGS, "network_aliases": ["a"]}),
    *variants(ARGS, made),
    *failures(ARGS, AT),
]
