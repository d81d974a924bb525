"""The header: what it says about a target that does not answer, and that nothing in it jumps."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest

from memtui.model.errors import DeadlinePassed
from memtui.model.process import Vitals
from memtui.store.vitals import VitalsWatch
from memtui.ui.glance import FeedState, Glance
from memtui.ui.widgets.frame.header import Header
from tests.support import fakes
from tests.support.apps import alone, dashboard, screen_lines, shows, until


def glance(**more) -> Glance:
    facts = {"process": fakes.process(), "python": "3.11.7", "uptime_s": 60.0, "delay_s": 2.0}
    return Glance(**{**facts, **more})


def vitals(status: str) -> Vitals:
    return Vitals(fakes.START, 1 << 30, None, 0.0, 3, 8, status)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "● live 2 s"),
        ({"silent_s": 2.9}, "● live 2 s"),
        ({"silent_s": 3.0}, "▲ no answer for 3 s"),
        ({"silent_s": 5.0, "running": "Counting"}, "▲ counting for 5 s"),
        ({"silent_s": 5.0, "running": "Drawing, with a rest"}, "▲ drawing for 5 s"),
        ({"silent_s": 5.0, "running": "Something that takes very many words"}, " for 5 s"),
        ({"running": "Estimating", "trouble": "too slow"}, "▲ estimating"),
        ({"silent_s": 75.0, "trouble": "too slow"}, "▲ no answer for 1 min 15 s"),
        ({"next_s": 41.7, "trouble": "too slow"}, "▲ no answer, again in 41 s, f5 now"),
        ({"vitals": vitals("stopped"), "silent_s": 9.0}, "▲ stopped: kill -CONT 4213"),
        ({"vitals": vitals("stopped"), "state": FeedState.PAUSED}, "▲ stopped: kill -CONT 4213"),
        ({"vitals": vitals("stopped"), "state": FeedState.GONE}, "✖ gone"),
        ({"vitals": vitals("tracing-stop")}, "▲ held by a debugger"),
    ],
)
@pytest.mark.parametrize("width", [60, 80, 120])
async def test_it_says_why_nothing_comes(facts, told, width):
    header = Header()
    async with alone(header, (width, 4)) as pilot:
        header.glance = glance(**facts)
        await shows(pilot, told)
        (first, *_) = screen_lines(pilot.app)
        assert "shop-worker · pid 4213" in first
        assert "…" not in first, "no fact is cut in two"


async def test_a_poll_that_waits_is_told_while_it_waits():
    session = fakes.FakeSession(pid=os.getpid())
    async with dashboard(session) as (pilot, screen):
        assert screen.live.glance().silent_s == 0.0
        session.held.add("census")
        screen.live.feed.poll_now()
        await until(pilot, lambda: screen.live.glance().silent_s > 0)
        assert screen.live.glance().next_s == 0.0
        session.held.clear()


async def test_a_poll_that_failed_counts_down_to_the_next():
    session = fakes.FakeSession(pid=os.getpid())
    session.error["census"] = DeadlinePassed("no answer", "60 s are over")
    async with dashboard(session, wait=False) as (pilot, screen):
        await until(pilot, lambda: screen.live.trouble)
        glance = screen.live.glance()
        assert glance.silent_s == 0.0
        assert 0 < glance.next_s <= 3600
        await shows(pilot, "no answer, again in 59 min")


def test_a_real_process_that_is_stopped_says_so(interpreter, spawn):
    target = spawn(interpreter)
    watch = VitalsWatch(target.pid)
    os.kill(target.pid, signal.SIGSTOP)
    try:
        os.waitid(os.P_PID, target.pid, os.WSTOPPED | os.WNOWAIT)
        assert watch.sample().status == "stopped"
    finally:
        os.kill(target.pid, signal.SIGCONT)


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_no_fact_is_pushed_aside_by_the_first_rate(width):
    header = Header()
    async with alone(header, (width, 4)) as pilot:
        header.glance = glance(vitals=vitals("running"), objects=46_500, objects_size=1 << 22)
        await shows(pilot, "obj")
        before = screen_lines(pilot.app)[1]
        busy = replace(vitals("running"), cpu_percent=34.0)
        header.glance = glance(
            vitals=busy, objects=46_500, objects_size=1 << 22, rss_rate=8.49 * (1 << 20)
        )
        await shows(pilot, "+8.49 MiB/min")
        after = screen_lines(pilot.app)[1]
        for fact in ("obj", "CPU", "thr", "fds"):
            assert before.find(fact) == after.find(fact), (before, after)


async def test_figures_that_grow_move_nothing_in_the_header():
    async with dashboard(fakes.FakeSession(pid=os.getpid())) as (pilot, screen):
        header = screen.header
        lines = []
        for cpu in (5.0, 100.0, 7.0, 80.0):
            seen = screen.live.glance()
            assert seen.vitals is not None
            header.glance = replace(seen, vitals=replace(seen.vitals, cpu_percent=cpu))
            await pilot.pause()
            lines.append(screen_lines(pilot.app)[1])
        places = [line.index("threads") for line in lines[1:]]
        assert len(set(places)) == 1
