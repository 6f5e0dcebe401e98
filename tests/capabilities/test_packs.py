"""Templates: what they say passes the lint, choosing one fills the form, a pack makes several drafts at once."""

import pytest

from capabilities.lint import lint_revision, statement_findings
from capabilities.models import Criterion, Requirement
from capabilities.packs import ABILITIES, KINDS, PACKS, TEMPLATES, Measure, Template
from capabilities.services.revisions import current_revision
from capabilities.services.starting import add_suggested, start_from_templates
from config.people.models import Role
from evaluations.models import Kind, Scorer
from evaluations.scorers import all_scorers
from tests.capabilities.pages import signed_in
from tests.factories.capabilities import make_capability, make_product, make_requirement, make_rival_set
from tests.factories.evaluations import make_scorer_version

pytestmark = pytest.mark.django_db
PLACE = {"kind": "system", "intent": "lead", "priority": "must"}


def scorer_for(measure: Measure) -> Scorer:
    """A check of the kind the template names."""
    kind = "bounded" if measure.unit == "rate" else "unbounded"
    if measure.statistic == "ratio":
        kind = "ratio"
    return make_scorer_version(
        kind=measure.scorer,
        unit=measure.unit,
        direction="lower" if measure.lower else "higher",
        value_kind=kind,
    ).scorer


def test_there_are_templates_for_every_kind_of_model_and_for_five_abilities() -> None:
    assert {template.kind for pack in KINDS for template in pack.templates} == set(Kind.values)
    assert len(ABILITIES) == 5 and all(len(pack.templates) >= 5 for pack in ABILITIES)
    assert len(TEMPLATES) == sum(len(pack.templates) for pack in PACKS.values())


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.slug)
def test_a_template_names_what_there_is(template: Template) -> None:
    assert template.kind in Kind.values
    assert template.intent in Requirement.Intent.values and template.priority in Requirement.Priority.values
    assert {measure.scorer for measure in template.measures} <= set(all_scorers())
    assert {measure.statistic for measure in template.measures} <= set(Criterion.Statistic.values)
    assert template.measures and template.tags and len(template.title) <= 80


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.slug)
def test_the_words_of_a_template_have_nothing_to_mend(template: Template) -> None:
    conditions = " ".join(text for _, text in template.parts)
    assert [one.sentence for one in statement_findings(template.shall, conditions)] == []


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.slug)
def test_a_template_with_its_criteria_may_go_to_review(template: Template) -> None:
    product = make_product()
    make_rival_set(product)
    [waiting] = start_from_templates(actor=None, product=product, templates=[template], capability=None)
    assert [one.words for one in lint_revision(current_revision(waiting)) if one.blocks] == []
    product.refresh_from_db()
    revision = current_revision(make_requirement(product))
    add_suggested(
        actor=None,
        revision=revision,
        suggestions=[(measure, scorer_for(measure)) for measure in template.measures],
    )
    assert [one.words for one in lint_revision(revision) if one.blocks] == []
    assert revision.criteria.count() == len(template.measures)


def test_choosing_a_template_fills_the_form_without_script() -> None:
    make_product()
    form = signed_in().get("/requirements/new/", {"template": "rag-unanswerable"}).context["form"]
    assert form["shall"].value() == "say that the documents do not hold the answer"
    assert form["if_part"].value() == "no passage holds the answer"
    assert (form["kind"].value(), form["tags"].value()) == ("system", "rag, honesty")
    assert form["examples"].value()[0]["bad"].startswith("It comes in red")


def test_a_template_keeps_what_was_typed() -> None:
    make_product()
    typed = {**PLACE, "title": "Mine", "shall": "", "start": "1", "chosen_template": "rag-citations"}
    page = signed_in().post("/requirements/new/", typed)
    assert page.status_code == 200
    assert page.context["form"]["title"].value() == "Mine"
    assert page.context["form"]["shall"].value().startswith("cite the passage")
    assert not Requirement.objects.exists()


def test_suggested_criteria_are_written_with_the_check_that_was_chosen() -> None:
    make_product()
    scorer = make_scorer_version(kind="external", value_kind="bounded").scorer
    other_way = make_scorer_version(kind="external", direction="lower", value_kind="bounded").scorer
    client = signed_in()
    suggested = client.get("/requirements/new/", {"template": "rag-citations"}).context["suggested"]
    offered = {value for value, _ in suggested.fields["check_0"].choices}
    assert str(scorer.pk) in offered and str(other_way.pk) not in offered
    client.post(
        "/requirements/new/",
        {
            **PLACE,
            "title": "Names its passage",
            "shall": "cite the passage of each claim",
            "template": "rag-citations",
        }
        | {"criterion-wanted_0": "on", "criterion-check_0": str(scorer.pk), "criterion-wanted_1": "on"},
    )
    first, second = Criterion.objects.order_by("key")
    assert (first.scorer, first.threshold, first.measurable) == (scorer, 0.9, True)
    assert (second.threshold, second.measurable) == (0.95, False)
    assert "Claims with a citation: at least 95 %" in second.not_measurable_reason


def test_a_check_chosen_later_finds_what_was_suggested() -> None:
    product = make_product()
    [made] = start_from_templates(
        actor=None, product=product, templates=[TEMPLATES["extraction-cost"]], capability=None
    )
    form = signed_in().get(f"/requirements/{made.key}/criteria/AC-1/").context["form"]
    assert (form["threshold"].value(), form["statistic"].value(), form["must"].value()) == (
        "0.02",
        "cost",
        "should",
    )


def test_a_pack_makes_several_drafts_under_one_capability() -> None:
    product = make_product()
    response = signed_in().post(
        "/requirements/templates/rag-answers/",
        {"templates": ["rag-citations", "rag-complete"], "new_capability": "Answers from documents"},
    )
    ability = product.capabilities.get()
    assert response["Location"] == f"/requirements/?capability={ability.slug}"
    assert [one.lifecycle for one in ability.requirements.all()] == ["draft", "draft"]
    assert Criterion.objects.exclude(not_measurable_reason="").count() == 4


def test_a_capability_of_that_name_is_used_again() -> None:
    product = make_product()
    there = make_capability(product, name="Answers from documents")
    client = signed_in()
    page = client.get("/requirements/templates/rag-answers/")
    assert page.context["form"]["capability"].value() == there.pk
    client.post(
        "/requirements/templates/rag-answers/",
        {"templates": ["rag-citations"], "new_capability": "answers from documents"},
    )
    assert there.requirements.count() == 1 and product.capabilities.count() == 1


def test_nothing_chosen_makes_nothing() -> None:
    make_product()
    response = signed_in().post("/requirements/templates/rag-answers/", {"new_capability": "X"})
    assert response.status_code == 422
    assert not Requirement.objects.exists()


def test_who_may_not_write_reads_the_templates_only() -> None:
    make_product()
    client = signed_in(role=Role.VIEWER)
    page = client.get("/requirements/templates/rag-answers/").content.decode()
    assert "Make drafts" not in page and "cite the passage" in page
    assert client.get("/requirements/templates/").status_code == 200
    assert (
        client.post("/requirements/templates/rag-answers/", {"templates": ["rag-citations"]}).status_code
        == 403
    )
    assert client.get("/requirements/templates/nothing/").status_code == 404
