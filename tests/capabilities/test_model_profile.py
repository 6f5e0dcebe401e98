"""The profile of a version: strengths, limits, what nobody measured, slices, reliability, versions side by side."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from capabilities.models import Product, Verification
from capabilities.services.judging import judge_run
from capabilities.services.version_profiles import version_profile
from config.people.models import Role
from evaluations.models import Model, ModelVersion
from tests.capabilities.pages import signed_in
from tests.capabilities.profiled import product_of_two_versions, rival_of
from tests.factories.capabilities import (
    make_evidence,
    make_membership,
    make_requirement,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db
CASES = 60


@pytest.fixture
def product() -> Product:
    return product_of_two_versions()


@pytest.fixture
def rival(product: Product) -> ModelVersion:
    return rival_of(product)


def named(product: Product, name: str) -> ModelVersion:
    return ModelVersion.objects.select_related("model", "parent").get(
        model=product.subject_models.get(), name=name
    )


def measured(link: Verification, version: ModelVersion, right: int, cases: int = CASES) -> None:
    """So many of the cases right; the others wrong."""
    judge_run(make_finished_run([1.0] * right + [0.0] * (cases - right), link.evaluation_version, version))


def key_of(link: Verification) -> str:
    return link.criterion.revision.requirement.key


def profile_of(version: ModelVersion, *earlier: ModelVersion) -> dict[str, Any]:
    return version_profile(make_user(Role.PM), version, earlier)


def keys(rows: list[dict[str, Any]]) -> list[str]:
    return [one["requirement"] for one in rows]


def test_sign_in_comes_first() -> None:
    assert Client().get("/models/ours/profile/").status_code == 302


def test_an_unknown_model_is_not_there_and_one_without_versions_says_what_to_do() -> None:
    assert signed_in().get("/models/none/profile/").status_code == 404
    make_model(slug="bare")
    assert b"No version yet" in signed_in().get("/models/bare/profile/").content


def test_strengths_limits_what_is_open_and_what_nobody_measured_stand_apart(product: Product) -> None:
    version = named(product, "v2")
    links = [make_evidence(CASES, product=product, threshold=0.9) for _ in range(4)]
    for link, right in zip(links, (60, 30, 54), strict=False):
        measured(link, version, right)
    make_requirement(product, approved=True, criteria=[{"not_measurable_reason": "No cases yet."}])
    found = profile_of(version)
    assert keys(found["met"]) == [key_of(links[0])]
    assert keys(found["not_met"]) == [key_of(links[1])]
    assert keys(found["open"]) == [key_of(links[2])]
    assert keys(found["unmeasured"])[0] == key_of(links[3])
    assert [one["sentence"] for one in found["unmeasured"]] == [
        f"A run of {links[3].evaluation_version} on this version.",
        "A way to measure it.",
    ]
    page = signed_in().get("/models/ours/profile/").content.decode()
    strengths, limits = page.split('id="strengths"')[1].split('id="limits"')
    assert key_of(links[0]) in strengths and key_of(links[1]) not in strengths
    assert key_of(links[1]) in limits and "Not measured" in limits


def test_regressions_come_first_and_are_coloured_only_where_they_stand(product: Product) -> None:
    older, newer = named(product, "v1"), named(product, "v2")
    fell, rose, once = (make_evidence(CASES, product=product, threshold=0.5) for _ in range(3))
    same = make_evidence(CASES, product=product, threshold=0.5, tolerance=0.1)
    for link, before, after in ((fell, 58, 20), (rose, 20, 58), (same, 40, 40)):
        measured(link, older, before)
        measured(link, newer, after)
    measured(once, newer, 40)
    found = profile_of(newer, older)
    assert keys(found["trends"]) == [key_of(fell), key_of(same), key_of(rose), key_of(once)]
    steps = [one["steps"][0] for one in found["trends"]]
    assert [step["trend"] for step in steps] == ["regressed", "no_worse", "improved", "unknown"]
    assert [step["stands"] for step in steps] == [True, False, True, False]
    assert steps[3]["sentence"] == "ours@v1 was not measured on it."
    assert found["trend_counts"]["regressed_beyond_doubt"] == 1
    table = (
        signed_in().get("/models/ours/profile/").content.decode().split('id="trends"')[1].split("</table>")[0]
    )
    assert table.count('chip not-met"') == 1
    assert "since ours@v1" in table


def test_a_regression_that_the_correction_takes_back_is_grey(product: Product) -> None:
    older, newer = named(product, "v1"), named(product, "v2")
    slight = make_evidence(CASES, product=product, threshold=0.5)
    measured(slight, older, 59)
    measured(slight, newer, 53)
    alone = profile_of(newer, older)["trends"][0]["steps"][0]
    assert (alone["trend"], alone["stands"]) == ("regressed", True)
    for _ in range(4):
        link = make_evidence(CASES, product=product, threshold=0.5)
        measured(link, older, 40)
        measured(link, newer, 40)
    among = next(
        one["steps"][0] for one in profile_of(newer, older)["trends"] if one["requirement"] == key_of(slight)
    )
    assert (among["trend"], among["stands"]) == ("regressed", False)
    assert "does not stand after correction" in among["sentence"]
    page = signed_in().get("/models/ours/profile/").content.decode()
    assert "Worse, not distinguishable after correction" in page


def test_versions_are_chosen_in_the_address(product: Product) -> None:
    link = make_evidence(CASES, product=product)
    for name in ("v1", "v2"):
        measured(link, named(product, name), 40)
    client = signed_in()
    page = client.get("/models/ours/profile/", {"version": "ours@v1", "against": ["v2"]}).content.decode()
    assert "profile of v1" in page and "since ours@v2" in page
    alone = client.get("/models/ours/profile/", {"version": "v2", "against": ["none"]}).content.decode()
    assert "Side by side" not in alone
    nonsense = client.get("/models/ours/profile/", {"version": "x", "against": ["y"]}).content.decode()
    assert "profile of v2" in nonsense


def test_leads_and_trails_are_beyond_doubt_on_both_sides(product: Product, rival: ModelVersion) -> None:
    version = named(product, "v2")
    ahead, behind, level = (make_evidence(CASES, product=product, threshold=0.5) for _ in range(3))
    for link, ours, theirs in ((ahead, 58, 20), (behind, 20, 58), (level, 40, 41)):
        measured(link, rival, theirs)
        measured(link, version, ours)
    mine, other = profile_of(version), profile_of(rival)
    assert (keys(mine["leads"]), keys(mine["trails"])) == ([key_of(ahead)], [key_of(behind)])
    assert (keys(other["leads"]), keys(other["trails"])) == ([key_of(behind)], [key_of(ahead)])
    assert mine["trails"][0]["point"] == -other["leads"][0]["point"] < 0
    assert other["leads"][0]["against"] == "ours@v2"


def test_a_rival_and_a_rule_set_are_read_by_the_same_criteria(product: Product, rival: ModelVersion) -> None:
    rules = make_model_version(make_model(side="simple", kind="rules", slug="rules"))
    link = make_evidence(CASES, product=product, threshold=0.9)
    never = make_evidence(CASES, product=product, threshold=0.9)
    for version, right in ((rival, 60), (rules, 20)):
        measured(link, version, right)
    theirs, simple = profile_of(rival), profile_of(rules)
    assert (theirs["judged"], keys(theirs["met"]), keys(theirs["unmeasured"])) == (
        False,
        [key_of(link)],
        [key_of(never)],
    )
    assert keys(simple["not_met"]) == [key_of(link)]
    assert simple["not_met"][0]["sentence"].startswith("Not met")
    for slug in ("them", "rules"):
        assert signed_in().get(f"/models/{slug}/profile/").status_code == 200


def test_the_worst_slices_are_told_with_n_range_and_correction(product: Product) -> None:
    cases = [{"key": f"c{place}", "slices": {"lang": "de" if place < 20 else "en"}} for place in range(CASES)]
    link = make_evidence(cases, product=product, threshold=0.8)
    run = make_finished_run([0.0] * 20 + [1.0] * 40, link.evaluation_version, named(product, "v2"))
    judge_run(run)
    [worst] = profile_of(named(product, "v2"))["slices"]
    assert (worst["slice"], worst["n"], worst["outcome"], worst["corrected_for"]) == (
        "lang=de",
        20,
        "not_met",
        2,
    )
    assert worst["low"] <= worst["point"] <= worst["high"]
    page = signed_in().get("/models/ours/profile/").content.decode()
    assert "lang=de" in page and "misses it" in page


def test_right_every_time_counts_cases_whose_tries_all_pass(product: Product) -> None:
    link = make_evidence(4, product=product, repeats=3)
    scores = [[1, 1, 1], [1, 0, 1], [0, 0, 0], [1, 1, 1]]
    judge_run(make_finished_run(scores, link.evaluation_version, named(product, "v2")))
    [one] = profile_of(named(product, "v2"))["evaluations"]
    every = one["right_every_time"]
    assert (every["tries"], every["n"], every["point"], every["flaky"]) == (3, 4, 0.5, 0.25)
    assert every["low"] < 0.5 < every["high"]
    assert "in 3 tries, n 4" in signed_in().get("/models/ours/profile/").content.decode()


def test_charts_come_with_numbers_and_as_files(product: Product) -> None:
    older, newer = named(product, "v1"), named(product, "v2")
    link = make_evidence(CASES, product=product, threshold=0.5)
    measured(link, older, 20)
    measured(link, newer, 58)
    client = signed_in()
    page = client.get("/models/ours/profile/").content.decode()
    assert "Distance to target" in page and "Change since ours@v1" in page
    [row] = csv.DictReader(io.StringIO(client.get("/models/ours/profile/trend.csv").content.decode()))
    assert row["criterion"] == f"{key_of(link)} AC-1"
    assert float(row["difference"]) == pytest.approx(38 / 60)
    assert client.get("/models/ours/profile/target.svg").content.startswith(b"<svg")
    assert client.get("/models/ours/profile/trend.csv", {"against": "none"}).status_code == 404


def test_markdown_and_the_api_say_the_same(product: Product) -> None:
    older, newer = named(product, "v1"), named(product, "v2")
    link = make_evidence(CASES, product=product, threshold=0.5)
    measured(link, older, 58)
    measured(link, newer, 10)
    text = signed_in().get("/models/ours/profile/", {"format": "markdown"}).content.decode()
    assert "## Since ours@v1, regressions first" in text and "Regressed: −80.0\u00a0pt" in text
    assert f"- {key_of(link)} AC-1" in text.split("## Not met (1)")[1]
    _, secret = make_token()
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    url = "/api/v1/models/ours/versions/v2/profile/"
    found = api.get(url, {"against": "v1"}).json()["profile"]
    assert found["trends"][0]["steps"][0]["trend"] == "regressed"
    assert api.get(url).json()["profile"]["trends"] == []
    assert api.get(url, {"against": "v2"}).status_code == 400
    assert api.get("/api/v1/models/ours/versions/none/profile/").status_code == 404


def test_nothing_of_a_restricted_product_is_told_to_strangers(rival: ModelVersion, product: Product) -> None:
    version = named(product, "v2")
    link = make_evidence(CASES, product=product, threshold=0.5)
    measured(link, rival, 20)
    measured(link, version, 58)
    product.restricted = True
    product.save()
    stranger, member = make_user(Role.PM), make_user(Role.PM)
    make_membership(product, member)
    for one in (version, rival):
        assert key_of(link) not in str(version_profile(stranger, one, []))
        assert key_of(link) in str(version_profile(member, one, []))


def test_a_profile_costs_the_same_however_much_is_measured(product: Product, rival: ModelVersion) -> None:
    older, newer = named(product, "v1"), named(product, "v2")
    user = make_user(Role.PM)

    def more() -> None:
        link = make_evidence(12, product=product, repeats=2)
        for version in (rival, older, newer):
            judge_run(make_finished_run([[1, 0]] * 12, link.evaluation_version, version))

    def cost(version: ModelVersion, *earlier: ModelVersion) -> int:
        with CaptureQueriesContext(connection) as found:
            version_profile(user, version, earlier)
        return len(found)

    more()
    small = [cost(newer, older), cost(rival)]
    more()
    more()
    assert [cost(newer, older), cost(rival)] == small
    assert max(small) <= 23


def test_the_page_of_a_model_leads_here(product: Product) -> None:
    page = signed_in().get("/models/ours/").content.decode()
    assert 'href="/models/ours/profile/?version=ours%40v2"' in page
    assert isinstance(product.subject_models.get(), Model)
