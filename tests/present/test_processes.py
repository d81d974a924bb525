"""Processes as a tree, in whichever order they come."""

from __future__ import annotations

from memtui.model.process import Candidate, Process
from memtui.present.processes import as_tree, cells


def candidate(pid, *ancestors):
    process = Process(pid, "app", ("app", str(pid)), "3.11", "shop", None, 1.0, 1 << 20)
    return Candidate(process, True, "ptrace", ancestors=ancestors)


def drawn(*candidates):
    return [f"{lines}{each.process.pid}" for each, lines in as_tree(candidates)]


def test_workers_stand_below_their_master():
    master, first, second, other = (candidate(1), candidate(2, 1), candidate(3, 1), candidate(4))
    assert drawn(other, master, first, second) == ["4", "1", "├ 2", "└ 3"]


def test_a_family_stands_where_its_first_stood_and_keeps_the_order():
    rows = candidate(3, 1), candidate(4), candidate(2, 1), candidate(1)
    assert drawn(*rows) == ["1", "├ 3", "└ 2", "4"]


def test_what_is_in_between_and_not_listed_is_passed_over():
    rows = candidate(9, 8, 7, 1), candidate(7, 5, 1), candidate(1), candidate(3, 2, 1)
    assert drawn(*rows) == ["1", "├ 7", "│ └ 9", "└ 3"]


def test_nothing_is_lost_where_the_parent_is_not_shown():
    assert drawn(candidate(3, 1), candidate(2, 1)) == ["3", "2"]
    assert as_tree([]) == []


def test_the_lines_are_in_front_of_the_command():
    [(one, lines), (two, more)] = as_tree([candidate(1), candidate(2, 1)])
    assert cells(one, "app", lines)[-1].text == "app"
    assert cells(two, "app", more)[-1].text == "└ app"
