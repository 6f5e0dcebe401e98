"""A scorer and a provider from outside take one file and an entry point each: a real package, installed and used by a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(__file__).parent / "package"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, copied so that building leaves nothing in the tree, installed into a folder of its own."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    for file in PACKAGE.iterdir():
        if file.is_file():
            (source / file.name).write_bytes(file.read_bytes())
    # As `pip install --target` leaves it; pip itself would need the package wheel, which nothing else here does.
    code = "import setuptools; setuptools.setup()"
    steps = ["-q", "build_py", "--build-lib", str(target), "egg_info", "--egg-base", str(target)]
    done = subprocess.run([sys.executable, "-c", code, *steps], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def test_the_package_is_one_file_and_one_entry_point_each(installed: Path) -> None:
    assert {path.name for path in installed.glob("*.py")} == {"acme_parrot.py", "acme_politeness.py"}
    [written] = installed.glob("*.egg-info/entry_points.txt")
    assert [line for line in written.read_text().splitlines() if "=" in line] == [
        "parrot = acme_parrot:Parrot",
        "politeness = acme_politeness",
    ]


def test_a_site_with_the_package_lists_its_kinds_and_ends_a_run_by_both(
    installed: Path, process_environment: dict[str, str]
) -> None:
    environment = process_environment | {"PYTHONPATH": f"{installed}:{ROOT}"}
    command = [sys.executable, "-m", "tests.outside.site"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "listed": [True, True],
        "connection": "The parrot is awake.",
        "state": "partial",
        "scores": {"polite": 1.0, "plain": 0.5},
        # Half a point where only 0 and 1 may be is no score: the sample is missing, and the run's page still opens.
        "of_the_liar": {"polite": 1.0},
        "missing": True,
    }


def test_without_the_package_nobody_knows_them(process_environment: dict[str, str]) -> None:
    code = "from evaluations import providers, scorers; print('parrot' in providers.adapter_names(), 'politeness' in scorers.all_scorers())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=process_environment, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr[-2000:]
