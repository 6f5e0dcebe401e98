"""Intent against evidence: on its page, in files and over the API."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from capabilities.models import Product, Requirement, Verdict, Verification
from capabilities.queries.intent_list import claims_of
from capabilities.queries.intents import intent_rows
from capabilities.queries.products import judged_versions
from capabilities.services.standings import catch_up
from evaluations.models import Model
from tests.capabilities.pages import make_judged, signed_in
from tests.factories.capabilities import (
    make_membership,
    make_product,
    make_requirement,
    make_rival_set,
    make_verdict,
    make_waiver,
)
from tests.factories.evaluations import make_finished_run, make_model, make_model_version
from tests.factories.people import make_token, make_user

pytestmark = pytest.mark.django_db
URL = "/intent/"


@pytest.fixture
def rival() -> Model:
    return make_model(side="competitor", kind="llm", name="Rival X")


@pytest.fixture
def product(rival: Model) -> Product:
    model = make_model(kind="llm", slug="ours")
    product = make_product(subjects=[model], candidate_version=make_model_version(model, name="v1"))
    make_rival_set(product, [rival])
    make_model_version(rival, name="x1")
    return product


def claimed(
    product: Product,
    rival: Model,
    intent: str,
    gap: tuple[float, float, float],
    outcome: str = "met",
    **line: Any,
) -> Requirement:
    """A requirement judged, with a line against the rival's newest version."""
    requirement = make_judged(product, outcome)
    requirement.intent = intent
    requirement.save()
    compare(Verdict.objects.latest("pk"), rival, gap, **line)
    return requirement


def compare(verdict: Verdict, rival: Model, gap: tuple[float, float, float], **fields: Any) -> None:
    version = rival.versions.get()
    run = make_finished_run([1.0] * 3, verdict.verification.evaluation_version, version)
    point, low, high = gap
    known = {
        "outcome": fields.pop("outcome_of_line", "inconclusive" if low <= 0 <= high else "met"),
        "their_point": 0.8,
        "their_low": 0.7,
        "their_high": 0.85,
        "n": 400,
        **fields,
    }
    known.setdefault("detail", {"reason": "", "p": 0.001, "target": 0.0})
    verdict.lines.create(
        kind="rival",
        label=rival.name,
        model_version=version,
        run=run,
        point=point,
        low=low,
        high=high,
        **known,
    )


def shown_of(product: Product) -> dict[str, str]:
    catch_up(product)
    return {row.key: row.shown for row in intent_rows(product, judged_versions(product))}


def rows_of(page: str) -> str:
    return page.split('id="rows"')[1].split("</table>")[0]


def test_sign_in_comes_first() -> None:
    assert Client().get(URL).status_code == 302


def test_without_a_product_or_requirements_the_next_step_is_offered() -> None:
    assert b"Nothing is held to anything yet" in signed_in().get(URL).content
    make_product()
    assert b"No requirement yet" in signed_in().get(URL).content


def test_a_lead_that_trails_comes_first_with_gap_range_and_the_distance(
    product: Product, rival: Model
) -> None:
    backed = claimed(product, rival, "lead", (0.05, 0.02, 0.08))
    open_ = claimed(product, rival, "lead", (0.01, -0.02, 0.04))
    missed = claimed(product, rival, "lead", (-0.05, -0.08, -0.02))
    rows = rows_of(signed_in().get(URL).content.decode())
    assert rows.index(missed.key) < rows.index(open_.key) < rows.index(backed.key)
    first = rows.split(f">{missed.key}<")[1].split("</tr>")[0]
    assert "−5.0\u00a0pt" in first and "−8.0 to −2.0" in first
    assert "vs Rival X, AC-1, n 400" in first
    assert "AC-1 has to get better by 5.0\u00a0points (plausibly 2.0 to 8.0) to reach Rival X." in first
    assert 'chip not-met"' in first


def test_nothing_is_coloured_that_the_range_does_not_support(product: Product, rival: Model) -> None:
    claimed(product, rival, "lead", (0.01, -0.02, 0.04))
    rows = rows_of(signed_in().get(URL).content.decode())
    assert 'class="unsupported">+1.0' in rows
    assert "not distinguishable" in rows
    assert "Lead not proven" in rows


def test_being_behind_one_of_many_rivals_is_corrected_for_their_number(
    product: Product, rival: Model
) -> None:
    requirement = claimed(
        product, rival, "lead", (-0.05, -0.08, -0.01), detail={"reason": "", "p": 0.03, "target": 0.0}
    )
    assert shown_of(product)[requirement.key] == "contradicted"
    second = make_model(side="competitor", kind="llm")
    make_model_version(second)
    compare(Verdict.objects.latest("pk"), second, (0.05, 0.01, 0.09))
    assert shown_of(product)[requirement.key] == "open"


def test_a_range_of_what_is_left_after_errors_proves_nothing(product: Product, rival: Model) -> None:
    requirement = claimed(product, rival, "lead", (0.05, 0.02, 0.08), detail={"reason": "errors", "p": 0.001})
    assert shown_of(product)[requirement.key] == "open"


def test_a_range_that_another_reading_of_what_is_missing_would_undo_proves_nothing(
    product: Product, rival: Model
) -> None:
    requirement = claimed(product, rival, "lead", (0.05, 0.02, 0.08), outcome_of_line="inconclusive")
    assert shown_of(product)[requirement.key] == "open"


def test_where_lower_is_better_a_negative_difference_is_ours_ahead(product: Product, rival: Model) -> None:
    requirement = make_judged(product, "met", unit="ms", detail={"higher_is_better": False})
    requirement.intent = "lead"
    requirement.save()
    compare(Verdict.objects.latest("pk"), rival, (-120.0, -180.0, -60.0))
    assert shown_of(product)[requirement.key] == "backed"
    assert "+120\u00a0ms" in rows_of(signed_in().get(URL).content.decode())


def test_parity_that_is_in_fact_ahead_and_what_a_rival_also_has_are_found(
    product: Product, rival: Model
) -> None:
    parity = claimed(product, rival, "parity", (0.05, 0.02, 0.08))
    exclusive = claimed(product, rival, "exclusive", (0.01, -0.02, 0.04), their_low=0.92, their_high=0.96)
    foundation = make_judged(product, "not_met", point=0.8, low=0.76, high=0.84)
    assert shown_of(product) == {
        parity.key: "beyond",
        exclusive.key: "contradicted",
        foundation.key: "contradicted",
    }
    page = signed_in().get(URL).content.decode()
    assert "In fact ahead" in page
    assert "Rival X reaches our target as well" in page
    assert "has to get better by 10.0\u00a0points (plausibly 6.0 to 14.0) to reach its target." in page


def test_what_is_met_by_a_waiver_alone_is_not_backed(product: Product) -> None:
    requirement = make_judged(product, "not_met")
    make_waiver(requirement)
    assert shown_of(product)[requirement.key] == "contradicted"


def test_should_criteria_and_retired_requirements_say_nothing_here(product: Product, rival: Model) -> None:
    gone = claimed(product, rival, "lead", (-0.05, -0.08, -0.02))
    gone.lifecycle, gone.lifecycle_reason = "retired", "No longer wanted."
    gone.save()
    assert shown_of(product) == {}


def test_a_cell_of_the_map_chooses_its_rows_and_counts_stay(product: Product, rival: Model) -> None:
    backed = claimed(product, rival, "lead", (0.05, 0.02, 0.08))
    missed = claimed(product, rival, "lead", (-0.05, -0.08, -0.02))
    client = signed_in()
    page = client.get(URL, {"intent": "lead", "shown": "contradicted"}).content.decode()
    assert missed.key in rows_of(page) and backed.key not in rows_of(page)
    assert page.count('aria-current="true"><a href="?intent=lead') == 1
    assert '<b>1</b> <span class="small">Ahead of every rival</span>' in page
    nonsense = client.get(URL, {"intent": "x", "shown": "y"}).content.decode()
    assert missed.key in rows_of(nonsense) and backed.key in rows_of(nonsense)


def test_a_row_leads_to_the_comparison_it_rests_on(product: Product, rival: Model) -> None:
    claimed(product, rival, "lead", (0.05, 0.02, 0.08))
    line = Verdict.objects.latest("pk").lines.get()
    page = signed_in().get(URL).content.decode()
    assert f'href="/compare/?run={line.verdict.run_id}&amp;against={line.run_id}' in page


def test_htmx_gets_the_part_alone(product: Product) -> None:
    make_requirement(product)
    part = signed_in().get(URL, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="intents"') and "<html" not in part


def test_files_hold_every_row_chosen(product: Product, rival: Model) -> None:
    missed = claimed(product, rival, "lead", (-0.05, -0.08, -0.02))
    make_judged(product)
    client = signed_in()
    [line] = csv.DictReader(
        io.StringIO(client.get(URL, {"format": "csv", "intent": "lead"}).getvalue().decode())
    )
    assert (line["key"], line["shown"], line["gap"], line["supported"]) == (
        missed.key,
        "contradicted",
        "-0.05",
        "True",
    )
    body = json.loads(client.get(URL, {"format": "json"}).getvalue())
    assert {row["intent"] for row in body["intent"]} == {"lead", "foundation"}
    text = client.get(URL, {"format": "markdown"}).content.decode()
    assert f"- {missed.key} " in text and "claims lead, shown: **Not ahead**" in text
    assert "| Lead | 1 | 0 | 0 |  | 0 |" in text


def test_the_api_says_the_same(product: Product, rival: Model) -> None:
    missed = claimed(product, rival, "lead", (-0.05, -0.08, -0.02))
    make_judged(product)
    _, secret = make_token()
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    found = client.get("/api/v1/intent/", {"product": product.key, "intent": "lead"}).json()
    assert [(row["key"], row["shown"], row["supported"]) for row in found["results"]] == [
        (missed.key, "contradicted", True)
    ]
    assert client.get("/api/v1/intent/", {"product": product.key, "shown": "nonsense"}).status_code == 400


def test_a_restricted_product_shows_nothing_to_strangers() -> None:
    product = make_product(restricted=True)
    requirement = make_requirement(product)
    assert requirement.key not in signed_in().get(URL, {"product": product.key}).content.decode()
    member = make_user()
    make_membership(product, member)
    assert requirement.key in signed_in(member).get(URL, {"product": product.key}).content.decode()


def test_the_page_costs_the_same_however_much_there_is(product: Product, rival: Model) -> None:
    client = signed_in()

    def cost() -> int:
        client.get(URL)
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get(URL)
        return len(found)

    claimed(product, rival, "lead", (0.05, 0.02, 0.08))
    small = cost()
    for _ in range(6):
        claimed(product, rival, "parity", (0.05, 0.02, 0.08))
    assert cost() == small


def test_a_long_list_stays_within_what_a_page_may_weigh(product: Product, rival: Model) -> None:
    for _ in range(55):
        make_requirement(
            product, intent="lead", revision={"title": "Answers what people ask in the car " * 4}
        )
    page = signed_in().get(URL)
    assert "Next" in page.content.decode()
    assert len(page.content) < 100_000


def test_claims_that_were_read_before_follow_new_verdicts(product: Product, rival: Model) -> None:
    lead = claimed(product, rival, "lead", (0.05, 0.02, 0.08))
    claimed(product, rival, "parity", (-0.05, -0.08, -0.02))
    make_judged(product, "not_met")
    claims_told(product)
    assert claims_told(product)[lead.pk] == "backed"
    run = make_finished_run([0.0] * 3, link_of(lead).evaluation_version, product.candidate_version)
    make_verdict(link_of(lead), run, "not_met")
    compare(Verdict.objects.latest("pk"), rival, (-0.05, -0.08, -0.02))
    assert claims_told(product)[lead.pk] == "contradicted"


def link_of(requirement: Requirement) -> Verification:
    return Verification.objects.get(criterion__revision__requirement=requirement)


def claims_told(product: Product) -> dict[int, str]:
    """What is shown of each claim, by requirement; in the order of the rows, and as these say."""
    catch_up(product)
    versions = judged_versions(product)
    claims, rows = claims_of(product, versions), intent_rows(product, versions)
    assert [(one.requirement_id, one.shown, one.place) for one in claims] == [
        (row.requirement_id, row.shown, row.place) for row in rows
    ]
    return {claim.requirement_id: claim.shown for claim in claims}


def test_the_rows_cost_four_queries(product: Product, rival: Model, django_assert_num_queries: Any) -> None:
    for _ in range(2):
        claimed(product, rival, "lead", (0.05, 0.02, 0.08))
    catch_up(product)
    versions = judged_versions(product)
    with django_assert_num_queries(4):
        assert len(intent_rows(product, versions)) == 2
