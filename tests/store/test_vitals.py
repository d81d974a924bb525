"""Vitals of real processes: alive, dead, zombie, and figures that move."""

import os
import subprocess
import sys

import psutil
import pytest

from memtui.store import vitals
from memtui.store.vitals import VitalsWatch
from tests.support.known import known

#: What a process may be seen at that waits for a line, or is about to; the last where it waits for a page.
ALIVE = {psutil.STATUS_SLEEPING, psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP}


@pytest.fixture
def child():
    """A process that waits for lines: ``grow`` takes 30 MiB, ``open`` opens 5 descriptors."""
    code = (
        "import sys, os; kept = []\n"
        "print('ready', flush=True)\n"
        "for line in sys.stdin:\n"
        "    if line == 'grow\\n': kept.append(bytearray(b'x' * (30 << 20)))\n"
        "    if line == 'open\\n': kept += [os.open('/dev/null', 0) for _ in range(5)]\n"
        "    if line == 'spin\\n': kept.append(sum(i * i for i in range(2_000_000)))\n"
        "    print('done', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert known(process.stdout).readline() == "ready\n"
    yield process
    process.kill()
    process.communicate()


def tell(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"


def test_a_sample_has_all_figures(child, monkeypatch):
    monkeypatch.setattr(vitals, "_SHARE", 1e9)
    watch = VitalsWatch(child.pid)
    first = watch.sample()
    assert first.cpu_percent is None
    assert first.threads == 1
    rss, uss, fds = known(first.rss_bytes), known(first.uss_bytes), known(first.fds)
    assert rss > 5 << 20
    assert 1 << 20 < uss <= rss
    assert first.status in ALIVE
    tell(child, "grow")
    tell(child, "open")
    tell(child, "spin")
    second = watch.sample()
    assert known(second.rss_bytes) - rss > 25 << 20
    assert known(second.uss_bytes) - uss > 25 << 20
    assert second.fds == fds + 5
    assert 0 < known(second.cpu_percent) < 1000
    assert watch.latest is second
    assert [rss for _, rss in watch.rss_history] == [first.rss_bytes, second.rss_bytes]
    assert watch.alive


def test_expensive_figures_are_read_sparingly(child, monkeypatch):
    monkeypatch.setattr(vitals, "_SHARE", 1e-9)
    watch = VitalsWatch(child.pid)
    first = watch.sample()
    tell(child, "open")
    tell(child, "grow")
    second = watch.sample()
    assert (second.fds, second.uss_bytes) == (first.fds, first.uss_bytes)
    assert known(second.rss_bytes) > known(first.rss_bytes)


def test_the_pages_of_a_large_process_are_not_walked(child, monkeypatch):
    monkeypatch.setattr(vitals, "USS_LIMIT", 1 << 20)
    assert VitalsWatch(child.pid).sample().uss_bytes is None


def test_a_zombie_is_dead_and_the_last_data_stay(child):
    watch = VitalsWatch(child.pid)
    before = watch.sample()
    os.kill(child.pid, 9)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not watch.alive
    after = watch.sample()
    assert (after.rss_bytes, after.status) == (None, "gone")
    assert watch.latest == before
    child.wait()
    assert not watch.alive
    assert watch.sample().status == "gone"
    assert len(watch.rss_history) == 1


def test_a_pid_that_nobody_has():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    watch = VitalsWatch(process.pid)
    assert not watch.alive
    assert watch.sample().status == "gone"
    assert watch.latest is None
    assert watch.rss_rate() is None


def test_a_recycled_pid_is_not_taken_for_the_first_process(child):
    watch = VitalsWatch(child.pid)
    assert watch.alive
    # What a recycled PID looks like: the same number, another time of birth.
    process = known(watch._process)
    process._ident = (child.pid, 1.0)
    process._gone = False
    assert not watch.alive
    assert watch.sample().status == "gone"


def test_what_is_denied_is_unknown(child, monkeypatch):
    def denied(self):
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "memory_full_info", denied)
    monkeypatch.setattr(psutil.Process, "num_fds", denied)
    sample = VitalsWatch(child.pid).sample()
    assert (sample.uss_bytes, sample.fds) == (None, None)
    assert sample.rss_bytes is not None


def watch_of(looks):
    watch = VitalsWatch(os.getpid(), max_age_s=600)
    for at, rss in looks:
        watch._remember(at, rss)
    return watch


def test_the_rate_is_the_slope_in_bytes_per_minute():
    assert watch_of((at, 1000 + 5 * at) for at in range(100)).rss_rate() == pytest.approx(300)
    assert watch_of((at, 1000) for at in range(100)).rss_rate() == 0
    assert watch_of([(0, 1), (1, 2)]).rss_rate() is None


def test_one_burst_does_not_tilt_the_rate():
    looks = [(at, 5 * at + (10**9 if at in {30, 31, 32} else 0)) for at in range(100)]
    assert watch_of(looks).rss_rate() == pytest.approx(300, rel=0.1)


def test_the_rate_looks_back_a_few_minutes_only():
    looks = [(at, 0 if at < 250 else at - 250) for at in range(0, 560, 2)]
    assert watch_of(looks).rss_rate(span_s=300) == pytest.approx(60)


def test_the_history_is_bounded_and_survives_a_clock_set_back():
    watch = watch_of((at, 1) for at in range(2000))
    assert watch.rss_history[0][0] == 2000 - 1 - 600
    watch._remember(5.0, 7)
    assert watch.rss_history == ((5.0, 7),)
    few = VitalsWatch(os.getpid(), max_samples=10)
    for at in range(100):
        few._remember(at, 1)
    assert len(few.rss_history) == 10
