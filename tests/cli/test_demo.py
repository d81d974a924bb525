"""The bundled shop: it leaks what it says, modestly, and ends with the demo whatever happens."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

import memtui as package
from memtui.cli.verbs.demo import shop
from memtui.model.errors import MemtuiError
from tests.support.commands import OnTerminal, memtui
from tests.support.known import known
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

SHOP = Path(package.__file__).parent / "demo" / "shop.py"


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def shop_of(pid: int) -> int | None:
    """The shop that is a child of process ``pid``."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError):  # it has ended since
            if "shop.py" in Path(f"/proc/{child}/cmdline").read_text():
                return int(child)
    return None


@pytest.mark.circle("python")
def test_it_leaks_what_it_says(interpreter):
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
        "while len(shop.SESSIONS) < 430: closing.wait(0.01)\n"
        "closing.set()\n"
        "for thread in threads: thread.join()\n"
        "# Nobody is being served now, so that nobody is counted without a cart.\n"
        "first = count()\n"
        "served = len(shop.SESSIONS)\n"
        "for number in range(1000, 1012): shop.visit(number)\n"
        "last = count()\n"
        "names = ('Session', 'User', 'Cart', 'PriceAlert', 'Product', 'Request')\n"
        "counted = [[found[name] for name in names] for found in (first, last)]\n"
        "print(json.dumps([*counted, served, len(shop.CATALOGUE), len(shop.ACCESS_LOG)]))\n"
    )
    done = subprocess.run(
        [interpreter.path, "-c", code, str(SHOP.parent)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    first, last, served, shelved, log = json.loads(done.stdout)
    *visits, alerts, products, requests = first
    assert visits == [served] * 3
    assert alerts > 200
    assert (products, requests) == (shelved, 0)
    deltas = [after - before for before, after in zip(first, last, strict=True)]
    assert deltas == [12, 12, 12, 6, 0, 0]
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
    with OnTerminal("demo") as viewer:
        viewer.wait_until_shown(b"shop.Session")
        until(lambda: shop_of(viewer.process.pid))
        child = known(shop_of(viewer.process.pid))
        if ending == "q":
            viewer.type(b"q")
        else:
            viewer.process.send_signal(getattr(signal, ending))
        assert b"Traceback" not in viewer.rest()
        code = viewer.process.wait(PATIENCE_S)
        if ending == "q":
            assert code == 0
        until(lambda: not alive(child))
