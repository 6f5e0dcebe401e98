"""Briefs and model cards: what they tell, to whom, and that no text breaks out of its place."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from capabilities.exporters.brief_markdown import brief_markdown
from capabilities.exporters.card_markdown import card_markdown
from capabilities.models import Product, Requirement, VerdictLine
from capabilities.queries.briefs import briefs
from capabilities.queries.model_cards import model_card
from capabilities.queries.products import only
from config.people.models import Role
from evaluations.models import Exposure, Run
from tests.api_client import Caller
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_evidence,
    make_product,
    make_requirement,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
HOSTILE = "# x | y\n## VA-9: forged\n<script>alert(1)</script> [a](javascript:b) `c"


@transaction.atomic
def failing(product: Product, purpose: str = "test") -> tuple[Requirement, Run]:
    """A requirement whose run has one right and two wrong answers."""
    version = make_model_version(make_model(kind="llm", side="own"))
    product.subject_models.add(version.model)
    product.candidate_version = version
    product.save()
    evidence = make_evidence(3, product=product)
    dataset = evidence.evaluation_version.dataset_version.dataset
    dataset.purpose = purpose
    dataset.save()
    run = make_finished_run([1.0, 0.0, 0.0], evidence.evaluation_version, version)
    verdict = make_verdict(
        evidence, run, "not_met", point=0.33, low=0.1, high=0.6, n=3, sentence="Not met: at most 60 %."
    )
    VerdictLine.objects.create(
        verdict=verdict, kind="slice", label="lang=de", outcome="", point=0.1, low=0.0, high=0.4, n=2
    )
    return evidence.criterion.revision.requirement, run


def test_a_brief_tells_the_verdict_its_range_and_what_fails() -> None:
    requirement, run = failing(make_product(key="VA"))
    reply = signed_in(make_user(Role.VIEWER, may_read_test=True)).get(
        f"/requirements/{requirement.key}/brief/"
    )
    text = reply.content.decode()
    for words in ("Not met: at most 60 %.", "10.0–60.0\u00a0%", "2 cases fail", f"run {run.pk}", "lang=de"):
        assert words in text
    markdown = signed_in().get(f"/requirements/{requirement.key}/brief/?format=markdown")
    assert markdown["Content-Type"] == "text/markdown; charset=utf-8"
    assert f"# {requirement.key}: " in markdown.content.decode()


def test_content_of_test_samples_needs_the_grant_and_each_reading_is_noted() -> None:
    requirement, run = failing(make_product())
    url = f"/requirements/{requirement.key}/brief/"
    plain = signed_in(make_user(Role.PM)).get(url)
    assert (b"Their content needs the permission" in plain.content, Exposure.objects.count()) == (True, 0)
    granted = signed_in(make_user(Role.PM, may_read_test=True)).get(url)
    assert b"Answered" in granted.content
    assert [(one.run, one.samples, one.via) for one in Exposure.objects.all()] == [(run, 2, "page")]

    path = f"/requirements/{requirement.key}/brief/"
    hidden = Caller("read").get(path).json()["brief"]["criteria"][0]["samples"]
    assert (hidden["failed"], hidden["content"], sorted(hidden["shown"][0])) == (
        2,
        False,
        ["case", "hash", "score"],
    )
    shown = Caller("read", "read_test").get(path).json()["brief"]["criteria"][0]["samples"]
    assert "output" in shown["shown"][0]
    assert [one.via for one in Exposure.objects.order_by("pk")] == ["page", "api"]


def test_samples_of_development_cases_are_told_to_everybody() -> None:
    requirement, _ = failing(make_product(), "dev")
    assert b"Answered" in signed_in(role=Role.VIEWER).get(f"/requirements/{requirement.key}/brief/").content
    assert Exposure.objects.count() == 0


def test_briefs_of_a_list_follow_its_filters_and_take_the_same_queries(
    django_assert_max_num_queries: Any,
) -> None:
    product = make_product(key="VA")
    good = make_judged(product)
    bad = make_judged(product, "not_met")
    text = signed_in().get("/requirements/briefs/?product=VA&verdict=not_met").content.decode()
    assert (f"## {bad.key}: " in text, f"## {good.key}: " in text) == (True, False)
    for _ in range(2):
        make_judged(product)
        rows = list(product.requirements.select_related("product", "capability", "objective", "owner"))
        with django_assert_max_num_queries(18):
            briefs(rows, only(product.candidate_version))


def test_no_text_of_a_brief_breaks_out_of_its_place() -> None:
    product = make_product(name=HOSTILE[:60].replace("\n", " "))
    words = {
        "title": HOSTILE[:190],
        "shall": HOSTILE,
        "rationale": HOSTILE,
        "out_of_scope": HOSTILE,
        "examples": [{"input": HOSTILE}],
    }
    make_requirement(product, revision=words, criteria=[{"scorer": None, "not_measurable_reason": HOSTILE}])
    rows = list(product.requirements.select_related("product", "capability", "objective", "owner"))
    [brief] = briefs(rows, only(None))
    lines = brief_markdown(brief).splitlines()
    headings = [line for line in lines if line.startswith("#")]
    assert [line.split(":")[0].split(" ")[0] for line in headings] == ["#", "##", "##", "##", "##", "##"]
    assert not any("forged" in line and line.startswith("#") for line in headings[1:])
    assert not any("<script>" in line and not line.startswith(">") for line in lines)


def test_a_card_tells_what_is_proven_what_is_not_and_what_nobody_measured() -> None:
    product = make_product(key="VA", name="Aria")
    requirement, run = failing(product)
    version = run.model_version
    make_waiver(requirement)
    unmeasured = make_requirement(product, approved=True, criteria=[{}])
    url = f"/models/{version.model.slug}/versions/{version.name}/card/"
    reply = signed_in().get(url)
    text = reply.content.decode()
    for words in (
        "Aria",
        requirement.key,
        unmeasured.key,
        "Nothing is proven yet.",
        "Not measured",
        "lang=de",
        "licence unknown",
    ):
        assert words in text
    card = signed_in().get(f"{url}?format=json").json()
    assert [one["name"] for one in card["capabilities"]] == ["Without a capability"]
    assert (card["capabilities"][0]["met"], card["capabilities"][0]["no_data"]) == (0, 1)
    assert card["evaluations"][0]["reliability"]["samples"] == 3
    assert card["waivers"][0]["requirement"] == requirement.key
    markdown = signed_in().get(f"{url}?format=markdown").content.decode()
    assert f"- {unmeasured.key} " in markdown.split("## Not measured")[1]
    path = f"/models/{version.model.slug}/versions/{version.name}/card/"
    assert Caller("read").get(path).json()["card"]["version"] == version.label


def test_the_card_of_a_rival_tells_facts_and_comparisons() -> None:
    product = make_product()
    requirement, run = failing(product)
    rival = make_model_version(make_model(side="competitor", kind="llm"))
    verdict = requirement.revisions.get().criteria.get().verifications.get().verdicts.get()
    VerdictLine.objects.create(
        verdict=verdict,
        kind="rival",
        label="Rival",
        outcome="met",
        model_version=rival,
        their_point=0.8,
        sentence="They lead.",
        n=3,
    )
    card = model_card(make_user(Role.VIEWER), rival)
    assert [(one["requirement"], one["of"], one["sentence"]) for one in card["comparisons"]] == [
        (requirement.key, run.model_version.label, "They lead.")
    ]
    assert card["requirements"] == []
    assert "It was never measured." in card_markdown(card)


def test_a_card_says_nothing_of_products_one_may_not_see() -> None:
    product = make_product(key="ZEBRA", name="Zebra stripes", restricted=True)
    requirement, run = failing(product)
    rival = make_model_version(make_model(side="competitor", kind="llm"))
    verdict = requirement.revisions.get().criteria.get().verifications.get().verdicts.get()
    VerdictLine.objects.create(
        verdict=verdict, kind="rival", label="Rival", outcome="met", model_version=rival, sentence="Zebra"
    )
    for version in (run.model_version, rival):
        told = str(model_card(make_user(Role.PM), version))
        assert "ZEBRA" not in told
        assert "Zebra" not in told


def test_a_card_takes_the_same_queries_for_more_requirements() -> None:
    product = make_product()
    _, run = failing(product)
    user = make_user(Role.PM)
    counts = []
    for _ in range(2):
        make_judged(product)
        with CaptureQueriesContext(connection) as queries:
            model_card(user, run.model_version)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 35
