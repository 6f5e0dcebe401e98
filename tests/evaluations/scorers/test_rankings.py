import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from evaluations.scorers import CaseView, NotScorable, Output, get_scorer


def scored(slug, text, target, config=None):
    return get_scorer(slug).score(Output(text=text), target, CaseView("c", target=target), config or {})


def test_precision_at_k_counts_the_relevant_among_the_first_k():
    assert scored("precision_at_k", '["a", "x", "b"]', ["a", "b"], {"k": 2}).numerator == 0.5
    assert scored("precision_at_k", "a\nb", ["a", "b"], {"k": 4}).numerator == 0.5


def test_naming_the_best_entry_again_earns_nothing():
    assert scored("precision_at_k", '["a", "a", "a"]', ["a"], {"k": 3}).numerator == pytest.approx(1 / 3)
    assert scored("ndcg", '["a", "a"]', {"a": 3, "b": 3}, {"k": 2}).numerator < 1


@given(st.lists(st.integers(0, 4), min_size=2, max_size=12).filter(any), st.integers(1, 12), st.randoms())
def test_ndcg_is_that_of_scikit_learn(grades, k, random):
    names = [f"d{place}" for place in range(len(grades))]
    order = names[:]
    random.shuffle(order)
    scores = np.array([[len(order) - order.index(name) for name in names]])
    target = dict(zip(names, grades, strict=True))
    found = scored("ndcg", json.dumps(order), target, {"k": k}).numerator
    assert found == pytest.approx(ndcg_score(np.array([grades]), scores, k=k))


@pytest.mark.parametrize("target", [[], {}, {"a": 0}, {"a": -1}, {"a": "much"}, None])
def test_a_target_without_anything_relevant_is_missing(target):
    with pytest.raises(NotScorable):
        scored("ndcg", '["a"]', target)


def test_an_answer_that_is_no_list_scores_nothing():
    found = scored("ndcg", '{"a": 1}', ["a"])
    assert (found.numerator, found.parsed) == (0.0, False)
