"""Small files to begin with: what the formats look like, filled with two requirements."""

from typing import Any

from capabilities.exporters.requirements_csv import requirements_csv
from capabilities.exporters.requirements_markdown import requirements_markdown

_EXAMPLE: list[dict[str, Any]] = [
    {
        "key": "",
        "title": "Understands dialects",
        "while_part": "the car is moving",
        "when_part": "a driver speaks in a Swiss or Bavarian dialect",
        "where_part": "",
        "if_part": "",
        "shall": "write down what was said in standard German",
        "rationale": "One driver in five speaks a dialect at home and gives up after two misunderstandings.",
        "out_of_scope": "Dialects of other languages.",
        "examples": [
            {"input": "Grüezi, fahr mi hei", "good": "Hallo, fahr mich heim", "bad": "Gruß in Vami Hai"}
        ],
        "criteria": [
            {
                "scorer": "exact",
                "threshold": 0.9,
                "min_n": 80,
                "slice_name": "dialect",
                "slice_value": "swiss",
            },
            {"scorer": "exact", "against": "competitors", "margin": 0.03, "must": False},
        ],
        "priority": "must",
        "intent": "lead",
        "kind": "asr",
        "capability": "",
        "objective": "",
        "owner": "",
        "target": "Spring release",
        "tags": ["voice", "dialects"],
    },
    {
        "key": "",
        "title": "Says when it did not understand",
        "while_part": "",
        "when_part": "",
        "where_part": "",
        "if_part": "a command cannot be understood",
        "shall": "ask again instead of guessing",
        "rationale": "A wrong turn costs more trust than a question.",
        "out_of_scope": "",
        "examples": [],
        "criteria": [
            {"scorer": None, "not_measurable_reason": "No recordings of unclear commands are labelled yet."}
        ],
        "priority": "should",
        "intent": "foundation",
        "kind": "asr",
        "capability": "",
        "objective": "",
        "owner": "",
        "target": "",
        "tags": [],
    },
]
TEMPLATES = {
    "csv": ("requirements.csv", "text/csv", "\ufeff" + "".join(requirements_csv(_EXAMPLE))),
    "markdown": (
        "requirements.md",
        "text/markdown",
        "".join(requirements_markdown("Requirements", _EXAMPLE)),
    ),
}
