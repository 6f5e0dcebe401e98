"""The page and the API that take in logs of other tools."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from config.people.models import Role
from evaluations.models import ClaimedScore, ImportedLog, LogPiece, LogUpload, Run
from evaluations.services.log_uploads import forget_uploads, keep_upload, open_upload
from tests.api_client import Caller, error_of
from tests.capabilities.pages import signed_in
from tests.engine import work_off
from tests.evaluations.importers.test_logs import LM_EVAL, ROWS, lines
from tests.evaluations.made_logs import eval_log, head, json_log, sample
from tests.factories.evaluations import make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
URL, BINARY = "/runs/import/", "application/octet-stream"


@pytest.fixture
def researcher(client: Client) -> Client:
    client.force_login(make_user(Role.RESEARCHER))
    return client


def sent(client: Client, *files: tuple[str, bytes]) -> Any:
    upload = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(URL, {"log": upload}, follow=True)


def words(reply: Any) -> str:
    return " ".join(reply.content.decode().replace("\u00a0", " ").split())


def test_a_log_is_looked_at_and_then_imported_once(researcher: Client) -> None:
    data = eval_log([sample(1), sample(2, "I"), sample(3, None)], head(accuracy=0.5))
    shown = sent(researcher, ("a.eval", data))
    assert "<b>3 rows</b>: 3 cases" in words(shown) and "without any score, so missing" in words(shown)
    assert not Run.objects.exists()
    filled = {name: field.initial or "" for name, field in shown.context["form"].fields.items()}
    form = filled | shown.context["form"].initial | {"version": ""}
    done = researcher.post(shown.request["PATH_INFO"], form, follow=True)
    run = Run.objects.get()
    assert f"Run {run.pk}" in words(done) and "Imported from a log" in words(done)
    assert not LogUpload.objects.exists()
    work_off(run)
    again = sent(researcher, ("copy.eval", data))
    assert "This log is here already" in words(again) and "Import it" not in words(again)


def test_files_that_belong_together_are_one_log(researcher: Client) -> None:
    results = json.dumps(LM_EVAL).encode()
    shown = sent(researcher, ("results.json", results), ("samples_asdiv_2024-08-21.jsonl", lines(ROWS)))
    said = words(shown)
    assert "lm-eval: 3 tasks" in said and "inf, no number: not kept" in said
    form = {"version": make_model_version().pk, "side": "own", "kind": "llm", "purpose": "dev"}
    researcher.post(shown.request["PATH_INFO"], form)
    assert Run.objects.get().origin == "import"
    kept = ClaimedScore.objects.values_list("benchmark", "metric", "value", "direction")
    assert set(kept) == {("asdiv", "perplexity", 5.5, "lower"), ("mmlu", "acc", 0.6, "")}


@pytest.mark.parametrize("data", [b"", b"{}", json_log([sample(1)])[:-5]])
def test_what_is_no_log_is_said_and_nothing_is_made(researcher: Client, data: bytes) -> None:
    shown = sent(researcher, ("a.json", data))
    assert shown.status_code in (200, 422) and "Import it" not in words(shown)
    assert not ImportedLog.objects.exists()


def test_what_is_refused_keeps_what_was_typed(researcher: Client) -> None:
    shown = sent(researcher, ("a.json", json_log([sample(1)])))
    form = {"model": "typed", "version_name": "a@b", "side": "own", "kind": "llm", "purpose": "dev"}
    refused = researcher.post(shown.request["PATH_INFO"], form)
    assert refused.status_code == 422 and 'value="typed"' in words(refused)


def test_text_of_a_log_is_text(researcher: Client) -> None:
    odd = sample(1, input="<script>alert(1)</script>")
    shown = sent(researcher, ("a.json", json_log([odd], head(task="<b>task</b>"))))
    assert "<script>alert" not in words(shown) and "<b>task" not in words(shown)


def test_over_the_api_it_is_looked_at_taken_in_and_known_again() -> None:
    caller = Caller("read", "write")
    data = eval_log([sample(1), sample(1, "I", epoch=2)], head(accuracy=0.5))
    looked = caller.upload("/logs/?look=yes&name=a.eval", data, BINARY).json()["tasks"][0]
    assert (looked["rows"], looked["cases"], looked["epochs"], looked["run"]) == (2, 1, 2, None)
    first = caller.upload("/logs/?name=a.eval&side=own", data, BINARY)
    assert first.status_code == 201 and first.json()["tasks"][0]["scorers"][0]["mean"] == 0.5
    again = caller.upload("/logs/?name=b.eval", data, BINARY)
    [told] = again.json()["tasks"]
    assert (again.status_code, told["again"], told["run"]) == (200, True, Run.objects.get().pk)
    assert error_of(caller.upload("/logs/", b"hello", BINARY)) == (422, "not_a_log")
    assert caller.get("/logs/").json()["results"][0]["task"] == "popularity"


def test_an_upload_is_read_from_its_pieces_and_forgotten_after_a_day(settings: Any) -> None:
    data = bytes(range(256)) * 9_000
    upload = keep_upload(actor=make_user(), files=[("a", io.BytesIO(data))])
    stream = open_upload(upload)
    assert LogPiece.objects.count() == 3 and stream.read() == data
    stream.seek(-5, io.SEEK_END)
    assert stream.read() == data[-5:]
    assert forget_uploads() == 0
    assert forget_uploads(timezone.now() + timedelta(days=2)) == 1 and not LogPiece.objects.exists()


def test_a_log_that_is_too_large_is_refused_before_it_is_kept(researcher: Client, settings: Any) -> None:
    settings.MAX_LOG_BYTES = 100
    assert "larger than" in words(sent(researcher, ("a.json", b"x" * 101)))
    assert not LogUpload.objects.exists()


def test_a_viewer_imports_nothing() -> None:
    assert signed_in(make_user(Role.VIEWER)).get(URL).status_code == 403
