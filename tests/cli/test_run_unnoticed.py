"""A program does not notice that ``memtui run`` started it: all that it can see is as with plain Python."""

from __future__ import annotations

import os
import py_compile
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.support.commands import MEMTUI
from tests.support.target import PATIENCE_S, TARGETS

pytestmark = pytest.mark.circle("internals")
PROGRAM = TARGETS / "telling.py"
AGENT = TARGETS.parents[1] / "memtui" / "agent" / "__main__.py"
HOWS = ("end", "7", "raise", "text", "interrupt", "killed")
#: What comes before the arguments, in a folder that ``places`` has filled.
FORMS = {
    "script": ["program.py"],
    "absolute": ["{here}/program.py"],
    "link": ["link.py"],
    "folder": ["folder"],
    "zip": ["program.zip"],
    "module": ["-m", "program"],
    "package": ["-m", "package"],
    "inner": ["-m", "package.inner"],
    "code": ["-c", PROGRAM.read_text()],
    "stdin": ["-"],
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    here = tmp_path_factory.mktemp("places")
    for path in ("program.py", "folder/__main__.py", "package/__main__.py", "package/inner.py"):
        (here / path).parent.mkdir(exist_ok=True)
        shutil.copy(PROGRAM, here / path)
    (here / "package/__init__.py").write_text("")
    (here / "elsewhere").mkdir()
    shutil.copy(PROGRAM, here / "elsewhere" / "program.py")
    (here / "link.py").symlink_to("elsewhere/program.py")
    with zipfile.ZipFile(here / "program.zip", "w") as archive:
        archive.write(PROGRAM, "__main__.py")
    return here


def ran(command, words, here, **env):
    stdin = PROGRAM.read_text() if words[0] == "-" else "given"
    done = subprocess.run(
        [*command, *(word.format(here=here) if word[0] == "{" else word for word in words)],
        cwd=here,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **env},
    )
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def ran_by_agent(interpreter, words, here, **env):
    """As ``memtui run`` runs it."""
    return ran([interpreter.path, "-I", "-S", str(AGENT), "--"], words, here, **env)


@pytest.mark.parametrize("form", FORMS)
def test_it_sees_what_it_would_see(interpreter, places, form):
    words = [*FORMS[form], "end", "--json", "x y"]
    plain = ran([interpreter.path], words, places)
    assert plain[0] == 0
    assert plain[1][-1].startswith("at exit main")
    assert ran_by_agent(interpreter, words, places) == plain


@pytest.mark.circle("python")
@pytest.mark.parametrize("form", ["script", "inner", "code", "stdin"])
def test_memtui_runs_it_in_this_way(interpreter, places, form):
    words = [*FORMS[form], "7", "--json", "-m"]
    code, out, err = ran([*MEMTUI, "run", "--python", interpreter.path], words, places)
    assert err[0].startswith("memtui: attach to it with: memtui ")
    assert (code, out, err[1:]) == ran([interpreter.path], words, places)


@pytest.mark.parametrize("how", HOWS)
def test_it_ends_as_it_would_end(interpreter, places, how):
    words = ["program.py", how]
    assert ran_by_agent(interpreter, words, places) == ran([interpreter.path], words, places)


def test_the_environment_of_a_user_stays(interpreter, places):
    own = places / "own"
    own.mkdir(exist_ok=True)
    (own / "sitecustomize.py").write_text("import sys; print('theirs', sys.path[0], __file__)\n")
    env = {"PYTHONPATH": f"{own}{os.pathsep}elsewhere", "PYTHONWARNINGS": "error"}
    plain = ran([interpreter.path], ["-m", "program", "end"], places, **env)
    assert plain[1][0].startswith(f"theirs {own}")
    assert ran_by_agent(interpreter, ["-m", "program", "end"], places, **env) == plain


def test_a_module_that_python_cannot_import_is_told_by_python(interpreter, places):
    words = ["-m", "nosuch.part"]
    plain = ran([interpreter.path], words, places)
    assert plain[0] == 1
    assert ran_by_agent(interpreter, words, places) == plain


def test_compiled_code_runs(interpreter, places):
    if interpreter.version[:2] != sys.version_info[:2]:
        pytest.skip("compiled by another Python")
    py_compile.compile(str(PROGRAM), places / "compiled.pyc")
    words = ["compiled.pyc", "end"]
    assert ran_by_agent(interpreter, words, places) == ran([interpreter.path], words, places)


@pytest.mark.circle("python")
@pytest.mark.parametrize("options", [[], ["-u"], ["-O", "-W", "error"], ["-uX", "dev"]], ids=str)
@pytest.mark.parametrize("spelled", [["-m", "memtui.agent"], ["-mmemtui.agent"]], ids=str)
def test_options_of_python_hold_for_a_program_of_the_agents_package(
    interpreter, places, options, spelled
):
    env = {"PYTHONPATH": str(TARGETS.parents[1])}
    words = ["program.py", "end"]
    plain = ran([interpreter.path, *options], words, places, **env)
    assert ran([interpreter.path, *options, *spelled], words, places, **env) == plain


@pytest.mark.circle("python")
def test_letters_of_options_may_stand_together(interpreter, places):
    env = {"PYTHONPATH": str(TARGETS.parents[1])}
    plain = ran([interpreter.path, "-u", "program.py"], ["end"], places, **env)
    together = ran([interpreter.path, "-um", "memtui.agent"], ["program.py", "end"], places, **env)
    assert together == plain


@pytest.mark.circle("python")
def test_where_python_ignores_its_environment_the_program_runs_all_the_same(interpreter, places):
    link = places / "memtui"
    if not link.is_symlink():
        link.symlink_to(TARGETS.parents[1] / "memtui")
    code, out, err = ran(
        [interpreter.path, "-E", "-m", "memtui.agent"], ["program.py", "end"], places
    )
    assert code == 0
    assert out[-1].startswith("at exit main")
    assert err == ["memtui: cannot listen: Python does so only without its options -E, -I and -S"]
