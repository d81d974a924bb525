#!/bin/sh
# Install what some tests drive and Python cannot bring: tmux (a real terminal), strace (what a
# target is asked to do), gdb (the pyrasite method).  Where that is not possible those tests are
# skipped, with this as their reason; nothing here fails the run.
set -u

missing=
for tool in tmux strace gdb; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
[ -n "$missing" ] || exit 0

say() { echo "memtui tests: $*" >&2; }

if ! command -v apt-get >/dev/null; then
    say "not found:$missing; the tests that need them will be skipped"
    exit 0
fi
if [ "$(id -u)" = 0 ]; then root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=sudo
else
    say "not found:$missing; the tests that need them will be skipped (no right to install: apt-get install$missing)"
    exit 0
fi
say "installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 (a list of words)
$root apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
    $root apt-get update -qq >/dev/null 2>&1
    $root apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1
} || say "apt-get could not install all of:$missing; the tests that need them will be skipped"
exit 0
