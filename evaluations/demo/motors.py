"""Cases of the demo for classical models: motors that nobody learned from."""

from random import Random

from evaluations.importers import CaseRow
from evaluations.providers.motor_readings import reading


def reading_cases(count: int = 480, seed: int = 20_26) -> list[CaseRow]:
    """So many cases to test with; every motor was read once. Slices: which of three lines it comes from."""
    random = Random(seed)
    rows = [(reading(random), random.choice(("line A", "line B", "line C"))) for _ in range(count)]
    return [
        CaseRow(line=place, key=f"motor-{place:03}", input=found, target=label, slices={"line": line})
        for place, ((found, label), line) in enumerate(rows, start=1)
    ]
