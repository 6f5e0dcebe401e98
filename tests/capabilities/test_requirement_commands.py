"""Requirements in and out by command: a file or a folder for git, what is missing named, nothing by halves."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from capabilities.models import Product
from evaluations.models import Model, Scorer
from tests.capabilities.test_requirement_files import filled, fingerprints
from tests.factories.capabilities import make_product
from tests.factories.evaluations import make_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    return filled(make_product(key="VA"), 6)


def told(command: str, *arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_a_file_and_a_folder_bring_back_the_same_fingerprints(product: Product, tmp_path: Path) -> None:
    for name, target in (("ONE", tmp_path / "all.json"), ("TWO", tmp_path / "folder")):
        told("export_requirements", str(target), product="VA")
        make_product(key=name)
        reply = told("import_requirements", str(target), product=name)
        assert "6 requirements made, 0 changed, 0 already as they are, 0 left out." in reply
        assert fingerprints(Product.objects.get(key=name)) == fingerprints(product)
        again = told("import_requirements", str(target), product=name, other_product=True)
        assert "0 requirements made, 0 changed, 6 already as they are" in again
    assert sorted(path.name for path in (tmp_path / "folder" / "requirements").iterdir()) == [
        f"VA-{number}.json" for number in range(1, 7)
    ]


def test_a_requirement_that_is_gone_leaves_the_folder(product: Product, tmp_path: Path) -> None:
    told("export_requirements", str(tmp_path / "folder"), product="VA")
    stale = tmp_path / "folder" / "requirements" / "VA-99.json"
    stale.write_text("{}")
    told("export_requirements", str(tmp_path / "folder"), product="VA")
    assert not stale.exists()


def test_a_missing_scorer_is_named_and_becomes_not_measurable_when_asked(
    product: Product, tmp_path: Path
) -> None:
    path = tmp_path / "all.json"
    told("export_requirements", str(path), product="VA")
    gone = Scorer.objects.order_by("slug").first()
    assert gone is not None
    path.write_text(path.read_text().replace(f'"{gone.slug}"', '"heard-elsewhere"'))
    other = make_product(key="ONE")
    with pytest.raises(CommandError, match="Nothing was imported"):
        told("import_requirements", str(path), product="ONE")
    assert (other.requirements.count(), other.capabilities.count()) == (0, 0)

    reply = told("import_requirements", str(path), product="ONE", scorers_not_measurable=True)
    assert "6 requirements made" in reply
    assert "Their fingerprint is another one here" in reply


def test_rivals_that_are_not_here_are_named(product: Product, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    told("export_requirements", str(path), product="VA")
    rival = Model.objects.filter(side="competitor").first() or make_model(side="competitor")
    path.write_text(path.read_text().replace(f'"{rival.slug}"', '"rival-elsewhere"'))
    make_product(key="ONE")
    assert "rival-elsewhere" in told("import_requirements", str(path), product="ONE", dry_run=True)


def test_numbers_of_another_product_never_overwrite_without_being_asked(
    product: Product, tmp_path: Path
) -> None:
    path = tmp_path / "all.json"
    told("export_requirements", str(path), product="VA")
    other = filled(make_product(key="ONE"), 2)
    before = fingerprints(other)
    with pytest.raises(CommandError, match="Nothing was imported"):
        told("import_requirements", str(path), product="ONE")
    assert fingerprints(other) == before


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    make_product(key="VA")
    for source in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(CommandError, match="cannot be read"):
            told("import_requirements", str(source), product="VA")
    with pytest.raises(CommandError, match="There is no product"):
        told("export_requirements", "-", product="NONE")
