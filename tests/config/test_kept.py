"""Values that a process keeps: the newest so many."""

from config.kept import Kept


def test_the_oldest_go_where_more_are_kept_than_may_be() -> None:
    kept: Kept[int, str] = Kept(3)
    kept.keep({1: "one", 2: "two"})
    kept.keep({3: "three", 4: "four"})
    assert kept.get_many([1, 2, 3, 4, 5]) == {2: "two", 3: "three", 4: "four"}
