"""Reads charts back as XML."""

from xml.etree.ElementTree import Element, fromstring

SVG_NAMES = {"svg", "title", "g", "line", "circle", "path", "text", "polygon"}


def parsed(svg: str) -> Element:
    """The chart as XML; also checks what holds for every chart: own shapes only, no style, no script, finite places."""
    root = fromstring(svg)
    assert root.tag == "svg" and root[0].tag == "title" and root.get("aria-label")
    for shape in root.iter():
        assert shape.tag in SVG_NAMES
        assert "style" not in shape.attrib and not any(name.startswith("on") for name in shape.attrib)
        assert not any(word in value for value in shape.attrib.values() for word in ("nan", "inf", "url("))
    return root


def titles(root: Element) -> list[str]:
    """Every title but the chart's own."""
    return [title.text or "" for title in root.iter("title")][1:]


def texts(root: Element) -> list[str]:
    """What can be read without pointing."""
    return [(text.text or "") + "".join(child.tail or "" for child in text) for text in root.iter("text")]


def dots(root: Element) -> list[tuple[float, float]]:
    """The places of the measured values."""
    return [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in root.iter("circle")]


def lines(root: Element, css: str) -> list[Element]:
    """Lines of a class."""
    return [line for line in root.iter("line") if css in (line.get("class") or "").split()]
