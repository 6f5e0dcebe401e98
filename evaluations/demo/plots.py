"""Small bar and line charts as pictures, with a question about one value: what a model that sees has to read off.

Everything follows from the seed. The font is the bitmap font that comes with Pillow, so that a chart is the same on every machine.
"""

from dataclasses import dataclass
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 320, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 306, 16, 166
INK, GRID, PAPER = (20, 20, 20), (214, 214, 214), (255, 255, 255)
COLOURS = ((44, 110, 170), (196, 86, 36), (46, 130, 86), (124, 78, 150))
MARK = 3
# Lowest and highest value of the axis and the step between its labels.
FROM_ZERO = ((0, 50, 10), (0, 100, 20), (0, 200, 40), (0, 400, 50))
CUT = ((40, 100, 10), (100, 300, 50), (500, 900, 100))
KINDS = ("bar", "line")
LETTERS = "ABCDEF"


@dataclass(frozen=True)
class Chart:
    """axis: lowest, highest, step; values by letter, in the order they stand."""

    kind: str
    axis: tuple[int, int, int]
    values: dict[str, int]
    colour: tuple[int, int, int]

    def y(self, value: float) -> float:
        low, high, _ = self.axis
        return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)

    def x(self, place: int) -> int:
        return round(LEFT + (place + 0.5) * (RIGHT - LEFT) / len(self.values))


@dataclass(frozen=True)
class ChartCase:
    """A picture with a question about it. picture: the file's bytes; slices say what makes it hard."""

    key: str
    question: str
    answer: int
    picture: bytes
    slices: dict[str, str]


def chart_cases(count: int = 48, seed: int = 20_26) -> list[ChartCase]:
    """So many cases: every other a bar chart, a third with an axis that does not start at zero, a quarter as JPEG."""
    random = Random(seed)
    return [_case(random, number) for number in range(count)]


def _case(random: Random, number: int) -> ChartCase:
    kind, cut, jpeg = KINDS[number % 2], number % 3 == 2, number % 4 == 3
    ordered = number % 5 < 3
    chart = _chart(random, kind, random.choice(CUT if cut else FROM_ZERO), ordered=ordered)
    letter = random.choice(list(chart.values))
    return ChartCase(
        key=f"chart-{number + 1:03}",
        question=f"What is the value of {letter}?",
        answer=chart.values[letter],
        picture=drawn(chart, "JPEG" if jpeg else "PNG"),
        slices={
            "chart": kind,
            "axis": "cut" if cut else "from zero",
            "order": "alphabet" if ordered else "mixed",
            "file": "jpeg" if jpeg else "png",
        },
    )


def _chart(random: Random, kind: str, axis: tuple[int, int, int], *, ordered: bool) -> Chart:
    letters = list(LETTERS[: random.randint(4, 6)])
    if not ordered:
        random.shuffle(letters)
    low, high, _ = axis
    least = low + (high - low) // 8
    values = {letter: random.randint(least, high) for letter in letters}
    return Chart(kind, axis, values, random.choice(COLOURS))


def drawn(chart: Chart, file: str = "PNG") -> bytes:
    """The chart as a picture file."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"
    _axis(pen, chart)
    (_bars if chart.kind == "bar" else _line)(pen, chart)
    pen.line([(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], fill=INK)
    out = BytesIO()
    picture.save(out, file, **({"quality": 70} if file == "JPEG" else {}))
    return out.getvalue()


def _axis(pen: ImageDraw.ImageDraw, chart: Chart) -> None:
    font = ImageFont.load_default_imagefont()
    low, high, step = chart.axis
    for value in range(low, high + 1, step):
        y = round(chart.y(value))
        pen.line([(LEFT, y), (RIGHT, y)], fill=GRID)
        pen.line([(LEFT - 4, y), (LEFT, y)], fill=INK)
        width = pen.textlength(str(value), font)
        pen.text((LEFT - 8 - width, y - 5), str(value), INK, font)
    for place, letter in enumerate(chart.values):
        pen.text((chart.x(place) - 3, BOTTOM + 8), letter, INK, font)


def _bars(pen: ImageDraw.ImageDraw, chart: Chart) -> None:
    half = (RIGHT - LEFT) // len(chart.values) // 3
    for place, value in enumerate(chart.values.values()):
        pen.rectangle(
            [(chart.x(place) - half, round(chart.y(value))), (chart.x(place) + half, BOTTOM)],
            fill=chart.colour,
        )


def _line(pen: ImageDraw.ImageDraw, chart: Chart) -> None:
    points = [(chart.x(place), round(chart.y(value))) for place, value in enumerate(chart.values.values())]
    pen.line(points, fill=chart.colour, width=1)
    for x, y in points:
        pen.ellipse([(x - MARK, y - MARK), (x + MARK, y + MARK)], fill=chart.colour)
