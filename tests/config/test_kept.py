"""Values that a process keeps: the newest so many."""

from config.kept import Kept


def test_the_oldest_go_where_more_are_kept_than_may_be() -> None:
    kept: Kept[int, str] = Kept(3)
    kept.keep({1: "one", 2: "two"})
    kept.keep({3: "three", 4: "four"})
    assert kept.get_many([1, 2, 3, 4, 5]) == {2: "two", 3: "three", 4: "four"}


def test_only_what_is_not_known_is_read_and_then_kept() -> None:
    kept: Kept[int, str] = Kept(10)
    kept.keep({1: "one"})
    asked: list[str] = []

    def read(sources: list[str]) -> dict[int, str]:
        asked.extend(sources)
        return {2: "two"}

    assert kept.read({1: "of one", 2: "of two"}, read) == {1: "one", 2: "two"}
    assert kept.read({2: "of two"}, read) == {2: "two"}
    assert asked == ["of two"]
