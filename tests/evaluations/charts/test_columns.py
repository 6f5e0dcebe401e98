from evaluations.charts import Column, columns


def test_what_is_sure_is_solid_and_what_may_come_stands_hollow_above_it():
    drawn = columns.draw(
        [Column("Nov 26", 1.0, 2.0, "$1.00"), Column("Dec 26", 1.0, 1.0, "$1.00")], "Spending"
    )
    assert drawn.count('class="column"') == 2
    assert drawn.count('class="column may"') == 1
    assert "h" in drawn and 'aria-label="Spending"' in drawn


def test_nothing_spent_is_said_and_not_drawn():
    assert "Nothing was spent." in columns.draw([Column("Nov", 0.0, 0.0, "$0.00")], "Spending")
    assert "Nothing was spent." in columns.draw([], "Spending")


def test_names_are_escaped():
    assert "<b>" not in columns.draw([Column("<b>", 1.0, 1.0, "<b>")], "x")
