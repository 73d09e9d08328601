from _jobs import FULL, failures, variants, who
from wire import case, sample

AT = "POST /api/scheduled-jobs/lhoestq"
NEEDED = {"image": "python:3.12", "command": ["python", "-c", "print('This runs every hour!')"], "schedule": "@hourly"}
ARGS = {**NEEDED, "namespace": "lhoestq"}


def made(**options):
    return sample("create_scheduled_job.1", AT, **options)


def newer(body):
    body["status"] = {"lastJob": {"id": "1", "at": "2025-07-22T13:00:00Z"}, "nextJobRunAt": "2025-07-22T14:00:00.079Z"}
    body["jobSpec"].update(brandNew=1, flavor="quantum-x9", timeoutSeconds=60, volumes=[{"type": "bucket", "source": "u/b", "mountPath": "/d"}])
    body["brandNew"] = {}


CASES = [
    case("minimal", NEEDED, [who(), made()], why="the job is named after its image and a hash of the command"),
    case("all", {**FULL, **NEEDED, "suspend": True, "concurrency": False}, [made()]),
    case("space_image", {**ARGS, "image": "hf.co/spaces/lhoestq/duckdb"}, [made()]),
    case("space_image_long", {**ARGS, "image": "https://huggingface.co/spaces/lhoestq/duckdb"}, [made()]),
    case("registry_image", {**ARGS, "image": "ghcr.io/a/pytorch:2.6.0-cuda12.4", "schedule": "*/5 1 * * MON-FRI"}, [made()]),
    case("odd_command", {**ARGS, "command": ["sh", "-c", "echo é \"x\" 😀\n", ""]}, [made()]),
    case("newer_answer", ARGS, [made(edit=newer)]),
    *variants(ARGS, made),
    *failures(ARGS, AT),
]
