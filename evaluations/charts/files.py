"""A chart as a file of its own: what the page's style sheet gives it on the page stands inside."""

STYLE = (
    "svg{background:#fff;font:11px system-ui,sans-serif}text{fill:#5c646d}.label{fill:#1d2126;font-size:12px}"
    ".strong{fill:#1d2126;font-weight:600}.axis,.grid{stroke:#e3e3df}.plumb{stroke:#1d2126;stroke-width:1.25}.bob{fill:#1d2126}"
    ".ours{stroke:#3b4cca;fill:#3b4cca}.rival{stroke:#7a5195;fill:#7a5195}.simple{stroke:#7c7c76;fill:#7c7c76}"
    ".ours text,.rival text,.simple text{stroke:none}.whisker{stroke-width:2;stroke-linecap:round}"
    ".frontier{stroke:#85888c;stroke-width:1.5;stroke-dasharray:5 3}"
    ".heat.met{fill:#e0f3eb}.heat.not-met{fill:#fbe7e4}.heat.open{fill:#fbf0d8}.heat.none{fill:#eeeeec}"
    ".band{fill:#3b4cca;opacity:.12;stroke:none}.trace{fill:none;stroke-width:1.5}.hollow{fill:#fff}"
    ".column{fill:#3b4cca;stroke:none}.expected{fill:none;stroke:#5c646d;stroke-dasharray:3 2}"
    ".claimed{fill:#fff;stroke:#1d2126;stroke-width:1.5}"
)


def as_file(svg: str) -> str:
    """SVG text that any viewer draws as the page does in the light theme."""
    opening, rest = svg.split(">", 1)
    return f'{opening} xmlns="http://www.w3.org/2000/svg"><style>{STYLE}</style>{rest}'
