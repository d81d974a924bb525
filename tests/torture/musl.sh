#!/usr/bin/env bash
# Build a CPython for musl, as a target of the attach torture, without touching the system.
#
#   tests/torture/musl.sh
#
# Needs Debian or a child of it (apt-get with the packages musl, musl-dev and musl-tools, and a deb-src of
# python3.13 for the source), gcc, make and any Python 3.13 to build with ($BUILD_PYTHON, default python3.13).
# Takes some minutes and lands in ${XDG_CACHE_HOME:-~/.cache}/memtui-torture/musl, where the torture looks for it.
set -eu -o pipefail

PLACE=${XDG_CACHE_HOME:-$HOME/.cache}/memtui-torture/musl
SDK=$PLACE/sdk
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
BUILD_PYTHON=$(command -v "${BUILD_PYTHON:-python3.13}")
mkdir -p "$SDK/kernel"
cd "$WORK"

apt-get -q download musl musl-dev musl-tools
for package in *.deb; do dpkg -x "$package" "$SDK"; done
apt-get -q source --download-only python3.13
mkdir source
tar xf python3.13_*.orig.tar.* -C source --strip-components 1

# The kernel's headers only: beside them lie glibc's, which would be taken for musl's.
cp -a /usr/include/linux /usr/include/asm-generic "$SDK/kernel/"
cp -a "/usr/include/$(gcc -print-multiarch)/asm" "$SDK/kernel/"
# As on Alpine: library and loader are one file, by the loader's name.
rm -f "$SDK/lib/ld-musl-x86_64.so.1"
cp "$SDK/lib/x86_64-linux-musl/libc.so" "$SDK/lib/ld-musl-x86_64.so.1"
cp "$SDK/lib/x86_64-linux-musl/libc.so" "$SDK/usr/lib/x86_64-linux-musl/libc.so"
sed -e "s#/usr/include/x86_64-linux-musl#$SDK/usr/include/x86_64-linux-musl -isystem $SDK/kernel#g" \
  -e "s#/usr/lib/x86_64-linux-musl#$SDK/usr/lib/x86_64-linux-musl#g" \
  -e "s#/lib/ld-musl-x86_64.so.1#$SDK/lib/ld-musl-x86_64.so.1#" \
  "$SDK/usr/lib/x86_64-linux-musl/musl-gcc.specs" >"$SDK/specs"
cat >"$SDK/musl-gcc" <<END
#!/bin/sh
[ "\$1" = --print-multiarch ] && { echo x86_64-linux-musl; exit; }
exec gcc "\$@" -specs $SDK/specs
END
chmod +x "$SDK/musl-gcc"

cd source
# No pkg-config: what it finds is built for glibc.
PKG_CONFIG=/bin/false CC=$SDK/musl-gcc ./configure -q --prefix="$PLACE/python" --with-ensurepip=no \
  --disable-test-modules --disable-ipv6 --build=x86_64-pc-linux-musl --host=x86_64-linux-musl \
  --with-build-python="$BUILD_PYTHON" ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no
make -s -j"$(nproc)"
make -s install
"$PLACE/python/bin/python3.13" -c 'import sys, socket; print(sys.version, sys.implementation._multiarch)'
