"""The bundled shop: it leaks what it says, modestly, and ends with the demo whatever happens."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

import memtui as package
from memtui.cli.verbs.demo import shop
from memtui.model.errors import MemtuiError
from tests.cli.running import MEMTUI, memtui

SHOP = Path(package.__file__).parent / "demo" / "shop.py"


def until(condition, *, within_s: float = 15.0) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def children(pid: int) -> list[int]:
    return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_it_leaks_what_it_says(some_interpreter):
    """In the shop's own words: what grows is sessions and alerts, what must not grow does not."""
    code = (
        "import collections, gc, json, sys, threading\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import shop\n"
        "closing = threading.Event()\n"
        "threads = shop.open_shop(closing)\n"
        "def count():\n"
        "    gc.collect()\n"
        "    return collections.Counter(type(o).__name__ for o in gc.get_objects())\n"
        "first = count()\n"
        "shop.visit(10**6); shop.visit(10**6 + 1)\n"
        "closing.wait(1.5)\n"
        "last = count()\n"
        "closing.set()\n"
        "for thread in threads: thread.join(10)\n"
        "alive = sum(thread.is_alive() for thread in threads)\n"
        "names = ('Session', 'User', 'Cart', 'PriceAlert', 'Product', 'Request')\n"
        "print(json.dumps([[last[n] - first[n] for n in names], alive, len(shop.ACCESS_LOG)]))\n"
    )
    done = subprocess.run(
        [some_interpreter.path, "-c", code, str(SHOP.parent)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    deltas, threads_alive, log = eval(done.stdout)
    sessions, users, carts, alerts, products, requests = deltas
    assert sessions == users == carts > 10
    assert alerts >= 1
    assert products == 0
    assert requests <= 3
    assert threads_alive == 0
    assert log <= 2000


def test_memtui_sees_its_leak():
    with shop() as pid:
        ran = memtui("diff", pid, "--interval", "2", "--filter", "shop.*", "--sort", "count")
    assert ran.code == 0, ran
    assert re.search(r"shop\.Session +[\d,]+ .*\+\d+", ran.stdout), ran.stdout
    assert "shop.Product" not in ran.stdout


def test_the_shop_ends_with_the_block():
    with pytest.raises(ZeroDivisionError), shop() as pid:
        assert alive(pid)
        raise ZeroDivisionError
    assert not alive(pid)


def test_a_shop_that_cannot_open_says_why(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such luck >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(MemtuiError, match="no such luck"), shop(str(broken)):
        pass
    with pytest.raises(MemtuiError, match="did not start"), shop(str(tmp_path / "absent")):
        pass


def test_without_a_terminal_no_shop_is_opened_nor_one_named_that_is_closed_by_then(tmp_path):
    python, asked = tmp_path / "python", tmp_path / "asked"
    python.write_text(f"#!/bin/sh\ntouch {asked}\n")
    python.chmod(0o755)
    ran = memtui("demo", "--python", python)
    assert "needs a terminal" in ran.refused(2)
    assert "memtui.demo.shop" in ran.stderr
    assert not asked.exists()


@pytest.mark.parametrize("ending", ["q", "SIGTERM", "SIGKILL"])
def test_the_demo_from_start_to_end(ending):
    ours, theirs = pty.openpty()
    viewer = subprocess.Popen(
        [*MEMTUI, "demo"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(theirs)
    said = b""

    def shown(text: bytes) -> bool:
        nonlocal said
        if select.select([ours], [], [], 0)[0]:
            with suppress(OSError):  # nobody holds the other end any more
                said += os.read(ours, 65536)
        return text in said

    try:
        until(lambda: shown(b"shop.Session"))
        (child,) = [pid for pid in children(viewer.pid) if "shop" in cmdline(pid)]
        if ending == "q":
            os.write(ours, b"q")
        else:
            viewer.send_signal(getattr(signal, ending))
        until(lambda: shown(b"\x00") or viewer.poll() is not None)
        if ending == "q":
            assert viewer.returncode == 0
        until(lambda: not alive(child), within_s=5)
        assert b"Traceback" not in said
    finally:
        viewer.kill()
        viewer.wait()
        os.close(ours)


def cmdline(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()
