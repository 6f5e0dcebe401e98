"""Cases of a dataset version, line by line, as an API streams them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from evaluations.models import Blob, DatasetVersion, DatasetVersionCase, EvaluationVersion
from evaluations.prompting import MissingSlot, messages_for

PIECE = 500


def cases_of_version(version: DatasetVersion, *, content: bool) -> Iterator[Mapping[str, Any]]:
    """Every case in order; input, target and metadata only with content. A query for each 500."""
    for entry in _entries(version.pk, content=content):
        yield {**_plain(entry), **(_content(entry) if content else {})}


def inputs_of_version(version: DatasetVersion, most: int) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Key, input and the slots that its pictures and sounds fill, of its first cases in order. Two queries for each 500."""
    entries = islice(_entries(version.pk, content=True), most)
    while piece := list(islice(entries, PIECE)):
        hashes = {one for entry in piece for one in entry.case.attachments}
        blobs = Blob.objects.filter(sha256__in=hashes).values_list("sha256", "media_type") if hashes else ()
        kinds = {digest: media_type.partition("/")[0] for digest, media_type in blobs}
        for entry in piece:
            yield (
                entry.key,
                entry.case.input,
                _media_slots([kinds.get(one, "") for one in entry.case.attachments]),
            )


def _media_slots(kinds: Sequence[str]) -> dict[str, Any]:
    """{{image}} and {{image_1}} where there is one picture, and so on."""
    numbered = {f"{kind}_{number}": kind for kind in set(kinds) for number in range(1, kinds.count(kind) + 1)}
    return {name: "" for name in (*kinds, *numbered) if name.partition("_")[0] in ("image", "audio", "video")}


def cases_to_run(
    version: EvaluationVersion, messages: Sequence[Mapping[str, Any]], *, targets: bool
) -> Iterator[Mapping[str, Any]]:
    """Every case with the messages a model is asked; with targets the whole content. A query for each 500."""
    for entry in _entries(version.dataset_version_id, content=True):
        row = {**_plain(entry), "messages": _messages(messages, entry.case.input)}
        yield {**row, **_content(entry)} if targets else row


def _entries(version_id: int, *, content: bool) -> Iterator[DatasetVersionCase]:
    rows = DatasetVersionCase.objects.filter(version=version_id).order_by("position")
    rows = rows.select_related("case__content" if content else "case")
    last = -1
    while piece := list(rows.filter(position__gt=last)[:PIECE]):
        yield from piece
        last = piece[-1].position


def _plain(entry: DatasetVersionCase) -> dict[str, Any]:
    case = entry.case
    return {"key": entry.key, "hash": case.hash, "slices": case.slices, "cluster": case.cluster}


def _content(entry: DatasetVersionCase) -> dict[str, Any]:
    case = entry.case
    return {
        "input": case.input,
        "target": case.target,
        "metadata": case.metadata,
        "attachments": case.attachments,
    }


def _messages(messages: Sequence[Mapping[str, Any]], case_input: Any) -> list[dict[str, Any]] | None:
    """The rendered messages; None where the prompt asks for what the case does not have."""
    try:
        return messages_for(messages, case_input)
    except MissingSlot:
        return None
