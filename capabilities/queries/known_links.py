"""The links there are, for looking whether new ones are doubles or close a circle."""

from collections import defaultdict
from collections.abc import Iterable

from capabilities.models import Link


class KnownLinks:
    """All links of some kinds, with those that are added. One query; circles may lead through any product."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self._after: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        rows = Link.objects.filter(kind__in=list(kinds)).order_by()
        for kind, source, target in rows.values_list("kind", "source", "target"):
            self.add(source, target, kind)

    def add(self, source: int, target: int, kind: str) -> None:
        self._after[kind][source].add(target)

    def there(self, source: int, target: int, kind: str) -> bool:
        return target in self._after[kind].get(source, ())

    def lead(self, start: int, goal: int, kind: str) -> bool:
        """Whether links of a kind lead from one requirement to another, over any number of steps."""
        after, waiting, seen = self._after[kind], [start], {start}
        while waiting:
            for following in after.get(waiting.pop(), ()):
                if following == goal:
                    return True
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return False
