"""The target's vital signs, from the operating system: no injection, no cost to its interpreter."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import deque
from statistics import median
from typing import TYPE_CHECKING

import psutil

from memtui.model.process import Vitals

if TYPE_CHECKING:
    from collections.abc import Callable

#: How far back :meth:`VitalsWatch.rss_rate` looks, seconds.
RATE_SPAN_S = 300.0

#: The most samples that the rate uses; it compares every pair.
_RATE_POINTS = 60

#: Reading the target's page tables and descriptors may take at most this share of the time.
_SHARE = 0.002

#: Above this RSS, USS is not read: the kernel walks all pages for it, which takes 8 ms per GiB and
#: blocks the viewer.
USS_LIMIT = 4 << 30


class VitalsWatch:
    """Samples process ``pid`` each time :meth:`sample` is called.

    Creating one never fails: without the process it is not ``alive``.  A process that gets the same
    PID later is not mistaken for the first one.
    """

    def __init__(self, pid: int, *, max_age_s: float = 1800, max_samples: int = 3600) -> None:
        self.pid = pid
        self.latest: Vitals | None = None
        self._max_age_s = max_age_s
        self._rss: deque[tuple[float, int]] = deque(maxlen=max_samples)
        self._cpu: tuple[float, float] | None = None
        self._uss = _Sparing()
        self._fds = _Sparing()
        self._process: psutil.Process | None = None
        try:
            self._process = psutil.Process(pid)
        except psutil.Error:
            return

    @property
    def alive(self) -> bool:
        """Whether the process still runs now; a zombie does not."""
        if self._process is None:
            return False
        try:
            return bool(
                self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False
        except psutil.Error:
            return True  # it exists, but we may not read it

    @property
    def rss_history(self) -> tuple[tuple[float, int], ...]:
        """``(at, RSS in bytes)`` of all samples that are kept, oldest first."""
        return tuple(self._rss)

    def sample(self) -> Vitals:
        """Take a sample.  Unknown figures are None; once the process has ended, all of them are."""
        now = time.time()
        try:
            vitals = self._look(now)
        except psutil.Error:
            vitals = Vitals(now, None, None, None, None, None, "gone")
        if vitals.rss_bytes is not None:
            self._remember(now, vitals.rss_bytes)
            self.latest = vitals
        return vitals

    def rss_rate(self, span_s: float = RATE_SPAN_S) -> float | None:
        """How fast RSS grows, bytes per minute, over the last ``span_s`` seconds.

        It is the median of the slopes between all pairs of samples, so one burst or one trim does not
        change it much.  None with fewer than 3 samples, or if all are of the same moment.
        """
        if not self._rss:
            return None
        looks = list(self._rss)
        looks = looks[bisect_left(looks, (looks[-1][0] - span_s, 0)) :]
        looks = looks[:: -(-len(looks) // _RATE_POINTS)]
        slopes = [
            (rss - earlier_rss) / (at - earlier_at)
            for number, (at, rss) in enumerate(looks)
            for earlier_at, earlier_rss in looks[:number]
            if at > earlier_at
        ]
        return median(slopes) * 60 if len(slopes) >= 3 else None

    def _look(self, now: float) -> Vitals:
        process = self._process
        if process is None or not process.is_running():
            raise psutil.NoSuchProcess(self.pid)
        with process.oneshot():
            status = str(process.status())
            if status == psutil.STATUS_ZOMBIE:
                raise psutil.ZombieProcess(self.pid)
            rss = int(process.memory_info().rss)
            uss = None
            if rss <= USS_LIMIT:
                uss = self._uss.read(lambda: int(process.memory_full_info().uss))
            return Vitals(
                at=now,
                rss_bytes=rss,
                uss_bytes=uss,
                cpu_percent=self._cpu_percent(now, process.cpu_times()),
                threads=int(process.num_threads()),
                fds=self._fds.read(lambda: int(process.num_fds())),
                status=status,
            )

    def _cpu_percent(self, now: float, times: tuple[float, ...]) -> float | None:
        used = times[0] + times[1]
        before, self._cpu = self._cpu, (now, used)
        if before is None or now <= before[0]:
            return None
        return max(0.0, used - before[1]) / (now - before[0]) * 100

    def _remember(self, at: float, rss: int) -> None:
        if self._rss and at < self._rss[-1][0]:
            self._rss.clear()  # the clock was set back: a slope across that moment means nothing
        self._rss.append((at, rss))
        while at - self._rss[0][0] > self._max_age_s:
            self._rss.popleft()


class _Sparing:
    """A figure that is expensive to read.

    It is read only so often that reading takes a small share of the time; in between it stays the same.
    """

    def __init__(self) -> None:
        self._value: int | None = None
        self._due = 0.0

    def read(self, look: Callable[[], int]) -> int | None:
        began = time.perf_counter()
        if began < self._due:
            return self._value
        try:
            self._value = look()
        except psutil.AccessDenied:
            self._value = None
        ended = time.perf_counter()
        self._due = ended + (ended - began) / _SHARE
        return self._value
