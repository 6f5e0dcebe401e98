"""Requirements kept in a file: the same fingerprints come back, and the same file twice changes nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capabilities.exporters.requirements_json import document_text
from capabilities.importers import Limits, RequirementFile, read_requirements
from capabilities.models import Criterion, Link, Product, Requirement, Revision
from capabilities.queries.requirement_files import product_document
from capabilities.services.links import Linking, add_link, add_links
from capabilities.services.making import Making, create_requirements
from capabilities.services.requirement_imports import ImportRefused, import_requirements
from config.people.models import AuditEntry, Role
from tests.factories.capabilities import make_capability, make_product, make_rival_set
from tests.factories.evaluations import make_scorer_version
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db
KINDS: list[dict[str, Any]] = [
    {"threshold": 0.9, "min_n": 80, "confidence": 0.9},
    {"threshold": 0.93, "slice_name": "lang", "slice_value": "de; at=home", "must": False},
    {"statistic": "share", "limit": 250.5, "threshold": 0.95, "min_repeats": 3},
    {"against": "competitors", "margin": 0.03, "quantifier": "any"},
    {"against": "competitors", "margin": -0.02, "tolerance": 0.01},
    {"against": "simple", "margin": 0.05, "equivalence": True},
    {"against": "previous", "tolerance": 0.015},
    {"against": "released", "reach": "these"},
    {"statistic": "pass_all", "tries": 5, "case_keys": ["a, b", 'c"d', "e"]},
    {"not_measurable_reason": "No voices are labelled\r\nyet.", "scorer": None},
]


def filled(product: Product, count: int) -> Product:
    """A product with requirements of every kind, agreed and not."""
    scorers = [make_scorer_version().scorer for _ in range(3)]
    make_rival_set(product)
    make_rival_set(product)
    parent = make_capability(product, slug="speech", name="Speech")
    child = make_capability(product, slug="accents", name="Accents", parent=parent)
    wanted = []
    for number in range(count):
        criteria = [
            {"scorer": scorers[number % 3], "threshold": 0.8} | KINDS[(number + step) % len(KINDS)]
            for step in range(1 if number % 10 else 4)
        ]
        fields = {
            "title": f"Understands accent {number}",
            "while_part": f"the car drives\nat {number} km/h" if number % 2 else "",
            "shall": f"  transcribe accent {number}\r\nas it is said | ## not a heading ",
            "rationale": "=1+1 is what people say",
            "examples": [{"input": "Grüezi", "good": "Hallo", "bad": ""}] if number % 3 else [],
            "capability": child if number % 2 else parent,
            "tags": ["voice", "a, b"],
            "owner": make_user(Role.PM) if number < 3 else None,
        }
        wanted.append(Making(fields, [("", one) for one in criteria]))
    agreed = create_requirements(actor=None, product=product, wanted=wanted)[::4]
    texts = Revision.objects.filter(requirement__in=agreed)
    texts.update(status=Revision.Status.APPROVED, approved_at=timezone.now())
    product.requirements.filter(pk__in=[one.pk for one in agreed]).update(lifecycle="approved")
    first, second, *_ = product.requirements.order_by("number")
    add_link(actor=None, source=second, target=first, kind="depends_on", note="Accents need speech.")
    return product


def fingerprints(product: Product) -> dict[str, str]:
    """Of the newest text of each requirement by its number, and of each of its criteria."""
    texts = Revision.objects.filter(requirement__product=product).order_by("number")
    rows = Criterion.objects.filter(revision__requirement__product=product).order_by("revision__number")
    return {str(number): said for number, said in texts.values_list("requirement__number", "fingerprint")} | {
        f"{number} {key}": said
        for number, key, said in rows.values_list("revision__requirement__number", "key", "fingerprint")
    }


def exported(product: Product) -> RequirementFile:
    return read_requirements(document_text(product_document(product)).encode(), "json", Limits())


def test_a_round_trip_of_500_requirements_keeps_every_fingerprint() -> None:
    product = filled(make_product(key="VA"), 500)
    other = make_product(key="COPY")
    actor = make_user(Role.PM)
    kept = fingerprints(product)
    file = exported(product)

    into_itself = import_requirements(actor=actor, product=product, file=file)
    assert (into_itself.created, into_itself.changed, into_itself.unchanged) == ([], [], 500)
    into_empty = import_requirements(actor=actor, product=other, file=file)
    assert (len(into_empty.created), into_empty.other_fingerprints) == (500, [])

    assert len(kept) == 500 + 650
    assert fingerprints(product) == kept
    assert fingerprints(other) == kept
    assert [one.number for one in other.requirements.order_by("number")] == list(range(1, 501))
    assert set(other.requirements.values_list("lifecycle", flat=True)) == {"draft"}
    assert [
        (link.kind, link.target.key, link.note) for link in Link.objects.filter(source__product=other)
    ] == [("depends_on", "COPY-1", "Accents need speech.")]


def test_the_same_file_twice_opens_no_revision() -> None:
    product = filled(make_product(), 20)
    before = Revision.objects.count(), AuditEntry.objects.count()
    import_requirements(actor=None, product=product, file=exported(product))
    assert (Revision.objects.count(), AuditEntry.objects.count()) == (before[0], before[1] + 1)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.after["unchanged"]) == ("requirements.imported", 20)


def test_what_is_exported_does_not_change_by_itself() -> None:
    product = filled(make_product(), 12)
    text = document_text(product_document(product))
    Requirement.objects.filter(product=product, number=1).update(position=7)
    assert document_text(product_document(product)) == text


def test_exporting_takes_the_same_queries_for_more_requirements(django_assert_num_queries: Any) -> None:
    for count in (5, 15):
        product = filled(make_product(), count)
        with django_assert_num_queries(9):
            product_document(product)


def test_importing_new_requirements_takes_the_same_queries_for_ten_times_as_many() -> None:
    costs = []
    for count in (6, 60):
        source = filled(make_product(), count)
        first, *others = source.requirements.order_by("number")
        wanted = [Linking(one, first, "refines") for one in others]
        add_links(actor=None, wanted=wanted)
        file, empty, actor = exported(source), make_product(), make_user(Role.PM)
        with CaptureQueriesContext(connection) as asked:
            done = import_requirements(actor=actor, product=empty, file=file)
        assert (len(done.created), done.other_fingerprints) == (count, [])
        assert Link.objects.filter(source__product=empty).count() == count
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_moving_many_by_a_file_takes_the_same_queries_for_ten_times_as_many() -> None:
    costs = []
    for count in (6, 60):
        product = filled(make_product(), count)
        text = document_text(product_document(product)).replace('"priority": "must"', '"priority": "could"')
        file = read_requirements(text.encode(), "json", Limits())
        with CaptureQueriesContext(connection) as asked:
            done = import_requirements(actor=None, product=product, file=file)
        assert len(done.changed) == count
        assert set(product.requirements.values_list("priority", flat=True)) == {"could"}
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_editing_many_texts_by_a_file_takes_the_same_queries_for_ten_times_as_many() -> None:
    costs = []
    for count in (6, 60):
        product = filled(make_product(), count)
        text = document_text(product_document(product)).replace("Understands accent", "Hears accent")
        file = read_requirements(text.encode(), "json", Limits())
        with CaptureQueriesContext(connection) as asked:
            done = import_requirements(actor=None, product=product, file=file)
        assert len(done.changed) == count
        drafts = Revision.objects.filter(requirement__product=product, status="draft")
        assert drafts.filter(title__startswith="Hears accent").count() == count
        agreed = Revision.objects.filter(requirement__product=product, status="approved")
        assert not agreed.filter(title__startswith="Hears").exists()
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_one_row_that_the_database_would_refuse_is_named_and_nothing_is_imported() -> None:
    source, empty = filled(make_product(), 3), make_product()
    text = document_text(product_document(source)).replace('"confidence": 0.95', '"confidence": 0.4', 1)
    with pytest.raises(ImportRefused) as refused:
        import_requirements(
            actor=None, product=empty, file=read_requirements(text.encode(), "json", Limits())
        )
    assert refused.value.mistakes
    assert not empty.requirements.exists()
