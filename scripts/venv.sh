#!/bin/sh
# Make .venv with memtui in it: scripts/venv.sh [dev].  Needs Python 3.11 or newer, nothing else.
# "dev" adds what the tests, the linters and the type checker need.
set -eu
cd "$(dirname "$0")/.."
VENV=.venv

say() { echo "memtui setup: $*" >&2; }

# A name on PATH can be a shim that only says "not installed", so each is asked for its version.
find_python() {
    for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3 python; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return 0
        fi
    done
    say "no Python 3.11 or newer found; install one, or name it: make demo PYTHON=/path/to/python3.11"
    return 1
}

# As root, or with sudo that asks nothing; otherwise not at all.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1
    fi
}

make_venv() {
    rm -rf "$VENV"
    if "$1" -m venv "$VENV" >/dev/null 2>&1; then return 0; fi
    rm -rf "$VENV"
    # Debian keeps ensurepip in a package of its own.
    if command -v uv >/dev/null && uv venv -q --seed --python "$1" "$VENV"; then return 0; fi
    version=$("$1" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    say "$1 cannot make virtual environments; installing $version-venv"
    if command -v apt-get >/dev/null && as_root apt-get install -y -qq "$version-venv" >/dev/null 2>&1 ||
        { as_root apt-get update -qq && as_root apt-get install -y -qq "$version-venv"; } >/dev/null 2>&1; then
        "$1" -m venv "$VENV"
        return
    fi
    say "that needs root; do it by hand: apt-get install $version-venv"
    return 1
}

usable() { [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -m pip --version >/dev/null 2>&1; }

pip_install() { "$VENV/bin/python" -m pip install -qq --disable-pip-version-check "$@"; }

usable || make_venv "$(find_python)"
# Dependency groups (pyproject.toml) are known since pip 25.1, which may be newer than this Python's.
stamp="$VENV/.memtui-${1:-run}"
if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
    say "installing memtui${1:+ and its $1 tools} into $VENV"
    if [ -n "${1:-}" ]; then
        pip_install --upgrade 'pip>=25.1'
        pip_install -e . --group "$1"
    else
        pip_install -e .
    fi
    : >"$stamp"
fi
