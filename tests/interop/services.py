"""What the Hub offers besides repositories, by Python's huggingface_hub against an embedded Hub.

Run by `cargo xtask interop`, which starts the Hub and sets HF_ENDPOINT, HF_TOKEN, READ_TOKEN, OTHER_TOKEN, the URLs of
services on other hosts, and a fresh HF_HOME. Prints one line per step; the first that fails ends it with a traceback.
"""

import os
import tempfile
from pathlib import Path

# Python has no variables for these services: they are set before anything reads them.
from huggingface_hub import constants

constants.INFERENCE_ENDPOINTS_ENDPOINT = os.environ["HF_INFERENCE_ENDPOINTS_ENDPOINT"]
constants.INFERENCE_CATALOG_ENDPOINT = os.environ["HF_INFERENCE_CATALOG_ENDPOINT"]

from huggingface_hub import HfApi, SpaceHardware, Volume  # noqa: E402
from huggingface_hub.errors import (  # noqa: E402
    BucketNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    JobNotFoundError,
)

STEPS = []


def step(function):
    STEPS.append(function)
    return function


def refused(kind, call, *args, status=None, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        if status is not None:
            assert error.response.status_code == status, error.response.status_code
        return error
    raise AssertionError(f"{call} did not raise {kind}")


api = HfApi()
other = HfApi(token=os.environ["OTHER_TOKEN"])


@step
def buckets():
    url = api.create_bucket("box", private=True)
    assert url.bucket_id == "user/box", url
    assert api.create_bucket("user/box", exist_ok=True).bucket_id == "user/box"
    refused(HfHubHTTPError, api.create_bucket, "user/box", status=409)
    info = api.bucket_info("user/box")
    assert info.private and info.total_files == 0 and info.size == 0
    assert [b.id for b in api.list_buckets()] == ["user/box"]
    assert list(api.list_bucket_tree("user/box", recursive=True)) == []
    api.move_bucket("user/box", "user/chest")
    api.update_bucket_settings("user/chest", private=False)
    assert not other.bucket_info("user/chest").private
    refused(HfHubHTTPError, other.delete_bucket, "user/chest", status=403)
    api.delete_bucket("user/chest")
    refused(BucketNotFoundError, api.bucket_info, "user/chest", status=404)
    api.delete_bucket("user/chest", missing_ok=True)


@step
def spaces():
    api.create_repo(
        "user/app",
        repo_type="space",
        space_sdk="gradio",
        space_hardware="t4-small",
        space_sleep_time=600,
        space_secrets=[{"key": "A", "value": "hidden", "description": "a secret"}],
        space_variables=[{"key": "V", "value": "1"}],
    )
    runtime = api.get_space_runtime("user/app")
    assert runtime.requested_hardware == SpaceHardware.T4_SMALL and runtime.sleep_time == 600
    assert api.get_space_secrets("user/app")["A"].description == "a secret"
    api.add_space_secret("user/app", "B", "hidden")
    api.delete_space_secret("user/app", "A")
    assert list(api.get_space_secrets("user/app")) == ["B"]
    assert api.add_space_variable("user/app", "W", "2")["W"].value == "2"
    assert list(api.delete_space_variable("user/app", "V")) == ["W"]
    assert api.request_space_hardware("user/app", SpaceHardware.A10G_SMALL).requested_hardware == "a10g-small"
    assert api.set_space_sleep_time("user/app", 60).sleep_time == 60
    api.set_space_volumes("user/app", [Volume(type="model", source="user/files", mount_path="/m")])
    assert api.get_space_runtime("user/app").volumes[0].mount_path == "/m"
    api.delete_space_volumes("user/app")
    assert not api.get_space_runtime("user/app").volumes
    assert api.enable_space_dev_mode("user/app").dev_mode
    assert not api.disable_space_dev_mode("user/app").dev_mode
    assert api.pause_space("user/app").stage == "PAUSED"
    assert api.restart_space("user/app").stage == "BUILDING"
    assert any(h.name == "t4-small" for h in api.list_spaces_hardware())
    assert api.list_space_templates() and api.get_zero_gpu_quota().base > 0
    assert [s.id for s in api.search_spaces("app", include_non_running=True)] == ["user/app"]
    assert list(api.fetch_space_logs("user/app")) == []
    refused(HfHubHTTPError, other.get_space_secrets, "user/app", status=403)


@step
def jobs():
    job = api.run_job(image="python:3.12", command=["python", "-V"], name="first", secrets={"S": "hidden"})
    assert job.status.stage == "RUNNING" and job.labels["name"] == "first" and job.owner.name == "user"
    done = api.wait_for_job(job_id=job.id, poll_interval=0.01)
    assert done.status.stage == "COMPLETED" and done.durations.total_secs == 1
    assert list(api.fetch_job_logs(job_id=job.id)) == ["$ python -V"]
    assert list(api.fetch_job_metrics(job_id=job.id))[0]["cpu_millicores"] == 3500
    assert api.rerun_job(job_id=job.id).id != job.id
    assert [j.id for j in api.list_jobs(labels={"name": "first"}, status="COMPLETED")] == [job.id]
    assert api.update_job_labels(job_id=job.id, labels={"k": "v"}).labels == {"k": "v"}
    assert api.update_job_expose(job_id=job.id, expose=[8000]).status.expose_urls
    running = api.run_uv_job("https://example.com/script.py")
    assert running.docker_image.startswith("ghcr.io/astral-sh/uv")
    api.cancel_job(job_id=running.id)
    assert api.inspect_job(job_id=running.id).status.stage == "CANCELED"
    refused(JobNotFoundError, api.inspect_job, job_id="687f911eaea852de79c4a50a", status=404)
    assert any(h.name == "cpu-basic" for h in api.list_jobs_hardware())

    scheduled = api.create_scheduled_job(image="python:3.12", command=["true"], schedule="@hourly", labels={"a": "b"})
    assert scheduled.schedule == "@hourly" and not scheduled.suspend
    run = api.trigger_scheduled_job(scheduled_job_id=scheduled.id)
    assert api.inspect_scheduled_job(scheduled_job_id=scheduled.id).status.last_job.id == run.id
    api.suspend_scheduled_job(scheduled_job_id=scheduled.id)
    assert api.inspect_scheduled_job(scheduled_job_id=scheduled.id).suspend
    api.resume_scheduled_job(scheduled_job_id=scheduled.id)
    assert api.update_scheduled_job_schedule(scheduled_job_id=scheduled.id, schedule="@daily").schedule == "@daily"
    assert api.update_scheduled_job_labels(scheduled_job_id=scheduled.id, labels={"c": "d"}).job_spec.labels == {"c": "d"}
    assert [j.id for j in api.list_scheduled_jobs(labels={"c": "d"})] == [scheduled.id]
    api.delete_scheduled_job(scheduled_job_id=scheduled.id)
    assert list(api.list_scheduled_jobs()) == []


@step
def webhooks():
    hook = api.create_webhook(url="https://example.com/hook", watched=[{"type": "user", "name": "user"}], secret="s")
    assert hook.domains and not hook.disabled
    assert api.get_webhook(hook.id).watched[0].name == "user"
    assert api.update_webhook(hook.id, url="https://example.com/b", watched=hook.watched).url.endswith("/b")
    assert api.disable_webhook(hook.id).disabled and not api.enable_webhook(hook.id).disabled
    assert [h.id for h in api.list_webhooks()] == [hook.id]
    api.delete_webhook(hook.id)
    refused(HfHubHTTPError, api.get_webhook, hook.id, status=404)


@step
def collections():
    made = api.create_collection("My List", description="d")
    assert api.create_collection("My List", exists_ok=True).slug == made.slug
    api.add_collection_item(made.slug, "user/files", "model", note="n")
    api.add_collection_item(made.slug, "user/files", "model", exists_ok=True)
    refused(HfHubHTTPError, api.add_collection_item, made.slug, "user/files", "model", status=409)
    refused(HfHubHTTPError, api.add_collection_item, made.slug, "user/no", "model", status=404)
    whole = api.add_collection_item(made.slug, "user/blob", "model")
    api.update_collection_item(made.slug, whole.items[0].item_object_id, position=1)
    assert [i.item_id for i in api.get_collection(made.slug).items] == ["user/blob", "user/files"]
    assert api.update_collection_metadata(made.slug, title="Other", private=True).title == "Other"
    refused(HfHubHTTPError, other.get_collection, made.slug, status=404)
    api.delete_collection_item(made.slug, whole.items[0].item_object_id)
    api.update_collection_resource_group(made.slug, None)
    api.delete_collection(made.slug)
    api.delete_collection(made.slug, missing_ok=True)


@step
def people():
    assert api.get_user_overview("user").num_models >= 2
    assert list(api.list_user_followers("user")) == [] and list(api.list_user_following("user")) == []
    refused(HfHubHTTPError, api.get_user_overview, "nobody", status=404)
    refused(HfHubHTTPError, api.get_organization_overview, "nobody", status=404)
    assert "user/files" in [r.id for r in api.list_user_repos()]
    assert api.list_liked_repos().models == []
    assert api.get_model_tags() and api.get_dataset_tags()


@step
def access_requests():
    api.create_repo("user/gated")
    api.update_repo_settings("user/gated", gated="manual")
    refused(GatedRepoError, other.auth_check, "user/gated", status=403)
    api.grant_access("user/gated", "other")
    refused(HfHubHTTPError, api.grant_access, "user/gated", "other", status=400)
    assert [r.username for r in api.list_accepted_access_requests("user/gated")] == ["other"]
    other.auth_check("user/gated")
    api.cancel_access_request("user/gated", "other")
    assert [r.status for r in api.list_pending_access_requests("user/gated")] == ["pending"]
    error = refused(GatedRepoError, other.auth_check, "user/gated", status=403)
    assert "awaiting a review" in str(error)
    api.reject_access_request("user/gated", "other", rejection_reason="no")
    assert [r.username for r in api.list_rejected_access_requests("user/gated")] == ["other"]
    api.accept_access_request("user/gated", "other")
    other.auth_check("user/gated")
    refused(HfHubHTTPError, api.accept_access_request, "user/gated", "nobody", status=404)


@step
def discussions():
    api.create_repo("user/talk")
    made = api.create_discussion("user/talk", "A title", description="first")
    comment = made.events[0]
    edited = api.edit_discussion_comment("user/talk", made.num, comment.id, "second")
    assert edited.content == "second" and edited.edited
    assert len(api.get_discussion_details("user/talk", made.num).events) == 1
    assert api.hide_discussion_comment("user/talk", made.num, comment.id).hidden
    with tempfile.TemporaryDirectory() as folder:
        plot = Path(folder) / "plot.png"
        plot.write_bytes(b"\x89PNG")
        assert api.upload_attachment(plot).endswith(".png")


@step
def inference_endpoints():
    spec = {
        "repository": "gpt2",
        "framework": "pytorch",
        "task": "text-generation",
        "accelerator": "cpu",
        "vendor": "aws",
        "region": "us-east-1",
        "type": "authenticated",
        "instance_size": "x1",
        "instance_type": "intel-spr",
    }
    made = api.create_inference_endpoint("e", **spec)
    assert made.status == "pending" and made.url is None
    made.fetch()
    assert made.fetch().status == "running" and made.url.startswith("https://")
    refused(HfHubHTTPError, api.create_inference_endpoint, "e", **spec, status=409)
    assert api.pause_inference_endpoint("e").status == "paused"
    assert api.resume_inference_endpoint("e").status == "pending"
    assert api.scale_to_zero_inference_endpoint("e").status == "scaledToZero"
    assert api.update_inference_endpoint("e", max_replica=3).raw["compute"]["scaling"]["maxReplica"] == 3
    assert [e.name for e in api.list_inference_endpoints()] == ["e"]
    assert api.list_inference_endpoints_hardware()[0].vendor == "aws"
    model = api.list_inference_catalog()[0]
    deployed = api.create_inference_endpoint_from_catalog(model.repo_id, namespace="user")
    assert deployed.repository == model.repo_id
    api.delete_inference_endpoint("e")
    refused(HfHubHTTPError, api.get_inference_endpoint, "e", status=404)


@step
def papers():
    assert list(api.list_papers(query="nothing")) == []
    assert list(api.list_daily_papers()) == []
    refused(HfHubHTTPError, api.paper_info, "2401.00001", status=404)
    refused(HfHubHTTPError, api.read_paper, "2401.00001", status=404)


@step
def what_is_not_offered():
    from huggingface_hub.utils import get_session, hf_raise_for_status

    response = get_session().get(f"{api.endpoint}/api/trending")
    error = refused(HfHubHTTPError, hf_raise_for_status, response, status=501)
    assert "hf-testhub does not offer" in str(error)


if __name__ == "__main__":
    for function in STEPS:
        function()
        print(f"ok {function.__name__}", flush=True)
    print(f"{len(STEPS)} steps")
