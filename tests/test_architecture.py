"""The shape of the tree: sizes, places, and what may not be in it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE_LINES = 400
# A table of published cases is read, not understood line by line.
TEST_LINES = 500
FUNCTION_LINES = 60
TEMPLATE_LINES = 120
APPS = ("evaluations", "capabilities", "config/people")
# Folders of an app, and the one file of each noun that is in several of them.
JOBS = {
    "models",
    "services",
    "queries",
    "views",
    "forms",
    "api",
    "admin",
    "engine",
    "management",
    "migrations",
    "templatetags",
}
WORKBENCH = {"statistics", "scorers", "providers", "importers", "exporters", "charts", "prompting"}
OTHER_FOLDERS = {"demo", "lint", "packs"}
VAGUE = {"utils.py", "helpers.py", "common.py", "misc.py", "base.py", "manager.py", "tools.py"}
# Broken up so that this file does not find itself.
UNWANTED = [
    r"\bTO" + r"DO\b",
    r"\bFIX" + r"ME\b",
    r"\bXX" + r"X\b",
    "NotImplemented" + "Error",
    "files\\.python" + "hosted",
    "pyp" + "i\\.org",
    "registry\\.npm" + "js",
    "/wo" + "rk/",
    r"/ro" + r"ot/",
    "BEGIN [A-Z ]*PRIVATE" + " KEY",
]
TEXT = {
    ".py",
    ".md",
    ".html",
    ".txt",
    ".css",
    ".js",
    ".toml",
    ".json",
    ".jsonl",
    ".csv",
    ".svg",
    ".yaml",
    ".yml",
    ".sh",
    "",
}


def tracked() -> list[Path]:
    """Every file of the tree: git's list, or the folders themselves where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        return [
            path
            for path in ROOT.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.parts)
        ]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


FILES = tracked()
PYTHON = [path for path in FILES if path.suffix == ".py"]
OWN = [path for path in PYTHON if "migrations" not in path.parts]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function of a module, without its docstring."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = len((ast.get_docstring(node, clean=False) or "").splitlines())
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - documented


def imported(path: Path) -> set[str]:
    """Dotted names a module imports anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def test_no_module_is_longer_than_the_limit() -> None:
    long = {name(path): len(path.read_text().splitlines()) for path in OWN}
    assert {
        path: lines
        for path, lines in long.items()
        if lines > (TEST_LINES if path.startswith("tests/") else MODULE_LINES)
    } == {}


def test_no_function_is_longer_than_the_limit() -> None:
    assert [
        (name(path), *found) for path in OWN for found in functions(path) if found[1] > FUNCTION_LINES
    ] == []


def test_no_template_is_longer_than_the_limit() -> None:
    templates = [path for path in FILES if path.suffix == ".html"]
    assert [name(path) for path in templates if len(path.read_text().splitlines()) > TEMPLATE_LINES] == []


@pytest.mark.parametrize("app", APPS)
def test_every_folder_of_an_app_is_a_known_job(app: str) -> None:
    folders = {
        path.relative_to(ROOT / app).parts[0]
        for path in PYTHON
        if path.is_relative_to(ROOT / app) and path.parent != ROOT / app
    }
    assert folders <= JOBS | WORKBENCH | OTHER_FOLDERS


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name(path) for path in PYTHON if path.name in VAGUE] == []


def test_a_model_file_is_named_by_a_plural_noun_that_its_neighbours_use() -> None:
    """A service or query file may serve several nouns, but no job has its own second spelling of one: `run.py` beside `runs.py`."""
    stems = {path.stem for app in APPS for path in PYTHON if path.is_relative_to(ROOT / app / "models")}
    singular = {stem.removesuffix("s") for stem in stems if stem.endswith("s")}
    doubled = [
        name(path)
        for app in APPS
        for path in PYTHON
        if path.is_relative_to(ROOT / app)
        and path.parent.name in {"services", "queries", "views", "api", "admin"}
        if path.stem in singular - stems
    ]
    assert doubled == []


@pytest.mark.parametrize("app", APPS)
def test_services_never_import_tasks(app: str) -> None:
    services = [path for path in PYTHON if path.is_relative_to(ROOT / app / "services")]
    guilty = [name(path) for path in services if any(".tasks" in module for module in imported(path))]
    assert guilty == []


def test_user_patterns_never_meet_the_backtracking_engine() -> None:
    """Scorers run patterns of their users with re2; `re` there is for patterns of our own, which are literals."""
    scorers = [path for path in PYTHON if path.is_relative_to(ROOT / "evaluations" / "scorers")]
    assert [
        name(path)
        for path in scorers
        for node in ast.walk(ast.parse(path.read_text()))
        if _compiles_a_variable(node)
    ] == []


def _compiles_a_variable(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return False
    return ast.unparse(node.func.value) == "re" and not isinstance(node.args[0], ast.Constant)


def test_templates_have_no_inline_style_or_script() -> None:
    """The content policy refuses both, so they would silently do nothing."""
    inline = re.compile(
        r"\sstyle=|\son[a-z]+=\"|<style|<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")",
        re.IGNORECASE,
    )
    templates = [path for path in FILES if path.suffix == ".html"]
    assert [name(path) for path in templates if inline.search(path.read_text())] == []


@pytest.mark.parametrize("words", UNWANTED)
def test_the_tree_is_free_of(words: str) -> None:
    pattern = re.compile(words)
    texts = [path for path in FILES if path.suffix in TEXT and path != Path(__file__)]
    assert [name(path) for path in texts if pattern.search(path.read_text(errors="replace"))] == []


def test_every_test_asserts_something() -> None:
    idle = []
    for path in (path for path in PYTHON if path.name.startswith("test_")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not _claims(node):
                idle.append(f"{name(path)}::{node.name}")
    assert idle == []


def _claims(test: ast.FunctionDef) -> bool:
    """An assert, a `with raises(…)` or `with …queries(…)`, or a call of a function named assert_… or check_…"""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called.startswith(
                (
                    "assert",
                    "check",
                    "raises",
                    "query_count",
                    "django_assert",
                    "expect",
                    "refuse",
                    "validate",
                    "parsed",
                )
            ):
                return True
    return False


def test_mail_leaves_through_one_module() -> None:
    senders = [name(path) for path in OWN if any("core.mail" in found for found in imported(path))]
    assert senders == ["config/mail.py"]
