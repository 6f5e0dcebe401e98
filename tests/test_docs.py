"""What exists is written down: settings, commands, scorers, providers and API paths."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from evaluations import scorers

ROOT = Path(__file__).resolve().parents[1]
DOCS = {path: path.read_text() for path in sorted((ROOT / "docs").rglob("*.md"))}
ALL = "\n".join(DOCS.values())
READ = re.compile(r"(?:env\.\w+\(|environ(?:ment)?(?:\.get|\.setdefault|\.pop)?[(\[])\s*\"([A-Z][A-Z_]+)\"")
OURS = ("PLUMBLINE_", "DATABASE_URL", "BROKER_URL")
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)[^)]*\)")


def settings_read() -> set[str]:
    sources = [
        path for folder in ("config", "evaluations", "capabilities") for path in (ROOT / folder).rglob("*.py")
    ]
    found = {name for path in sources for name in READ.findall(path.read_text())}
    return {name for name in found if name.startswith(OURS)}


def api_paths(patterns: list[URLPattern | URLResolver], before: str = "") -> set[str]:
    """Every path under /api/v1/ as the docs write it: `runs/{id}/finish/`."""
    found: set[str] = set()
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= api_paths(pattern.url_patterns, here)
        elif here.startswith("api/v1/"):
            found.add(here.removeprefix("api/v1/"))
    return found


def test_every_setting_is_described() -> None:
    read = settings_read()
    assert {"DATABASE_URL", "PLUMBLINE_STATE", "PLUMBLINE_HOSTS"} <= read
    operators = (ROOT / "docs" / "operators.md").read_text()
    assert sorted(name for name in read if f"`{name}`" not in operators) == []


def test_every_management_command_is_described() -> None:
    ours = {
        name
        for name, app in get_commands().items()
        if str(app).startswith(("config", "evaluations", "capabilities"))
    }
    assert "prepare" in ours
    assert sorted(name for name in ours if f"`{name}`" not in ALL and f"manage {name}" not in ALL) == []


def test_every_scorer_is_described() -> None:
    page = (ROOT / "docs" / "scorers.md").read_text()
    assert sorted(slug for slug in scorers.all_scorers() if f"`{slug}`" not in page) == []


def test_every_api_path_is_described() -> None:
    paths = api_paths(get_resolver().url_patterns)
    assert "me/" in paths
    page = re.sub(r"\{[^}]*\}", "{}", (ROOT / "docs" / "api.md").read_text())
    assert sorted(path for path in paths if re.sub(r"<[^>]*>", "{}", path).rstrip("/") not in page) == []


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS], ids=lambda path: path.name
)
def test_links_of_the_docs_lead_somewhere(page: Path) -> None:
    targets = [
        target
        for target in LINK.findall(page.read_text())
        if not target.startswith(("http:", "https:", "mailto:"))
    ]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_on_the_map() -> None:
    readme = (ROOT / "README.md").read_text()
    assert (
        sorted(path.name for path in DOCS if path.parent.name == "docs" and f"docs/{path.name}" not in readme)
        == []
    )


def test_every_method_of_the_statistics_is_described() -> None:
    names = re.compile(r'"([a-z][a-z-]+)/\d+"')
    found = {
        name
        for path in (ROOT / "evaluations/statistics").glob("*.py")
        for name in names.findall(path.read_text())
    }
    page = (ROOT / "docs/statistics.md").read_text()
    assert sorted(name for name in found - {"none"} if f"`{name}`" not in page) == []
