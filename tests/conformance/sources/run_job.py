from _jobs import FULL, failures, variants, who
from wire import case, sample

AT = "POST /api/jobs/lhoestq"
NEEDED = {"image": "python:3.12", "command": ["python", "-c", "print('Hello from the cloud!')"]}
ARGS = {**NEEDED, "namespace": "lhoestq"}


def made(**options):
    return sample("run_job.1", AT, **options)


def odd(body):
    body.update(brandNew=2**60 + 1, flavor="quantum-x9", status={"stage": "DANCING", "message": None, "exposeUrls": ["https://x"]})


CASES = [
    case("minimal", NEEDED, [who(), made()]),
    case("all", {**FULL, **NEEDED, "ssh": True, "network_group": "g", "network_aliases": ["a", "b"]}, [made()]),
    case("space_image", {**ARGS, "image": "hf.co/spaces/hf-internal/space"}, [sample("run_job.2", AT)]),
    case("space_image_long", {**ARGS, "image": "https://huggingface.co/spaces/lhoestq/duckdb"}, [made()]),
    case("space_image_host", {**ARGS, "image": "huggingface.co/spaces/lhoestq/duckdb"}, [made()]),
    case("registry_image", {**ARGS, "image": "ghcr.io/a/pytorch:2.6.0-cuda12.4"}, [made()]),
    case("odd_image", {**ARGS, "image": "a/é image@sha256:00/"}, [made()]),
    case("odd_command", {**ARGS, "command": ["sh", "-c", "echo é \"x\" 😀\n", ""]}, [made()]),
    case("no_command", {**ARGS, "command": []}, [made()]),
    case("env_of_numbers", {**ARGS, "env": {"N": 1, "F": 1.5, "B": True, "X": None}}, [made()]),
    case("group_only", {**ARGS, "network_group": "g", "ssh": False}, [made()]),
    case("aliases_without_group", {**ARGS, "network_aliases": ["a"]}),
    case("unknown_in_answer", ARGS, [made(edit=odd)]),
    *variants(ARGS, made),
    *failures(ARGS, AT),
]
