#!/usr/bin/env bash
# rpm 4.18.0 (Debian 12's archive), packages made by rpm-rs 0.30.2 (PyPI: rpm-rs).
#
# `rpmsign --delsign` of a package that was never signed ends with 0 and writes other bytes, in format 4 and in format 6.
# rpm still finds the package whole; its checksum, which repositories publish, is another one.
#
# Seen: the file has another SHA-256 afterwards, `rpm -K --nosignature` says "digests OK" before and after.
# Fetches the programs with apt-get and pip; run it on Debian 12, elsewhere apt does not have that version.
set -euo pipefail
version=4.18.0+dfsg-1+deb12u1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download rpm=$version rpm-common=$version librpm9=$version librpmio9=$version \
  librpmbuild9=$version librpmsign9=$version
for deb in *.deb; do dpkg-deb -x "$deb" root; done
python3 -m pip install --quiet --root-user-action=ignore --target python rpm-rs==0.30.2

libraries=$(dirname "$(find root -name 'librpm.so.9' | head -n 1)")
run() { env HOME="$work" LD_LIBRARY_PATH="$libraries" RPM_CONFIGDIR="$work/root/usr/lib/rpm" "$@"; }
sum() { sha256sum < "$1"; }
run root/usr/bin/rpm --version | grep -qx 'RPM version 4.18.0'

PYTHONPATH=python python3 - <<'PY'
from rpm_rs import BuildConfig, PackageBuilder, RpmFormat

for name, form in (("four", RpmFormat.V4), ("six", RpmFormat.V6)):
    builder = PackageBuilder(name, "1", "MIT", "noarch", "one")
    builder.using_config(BuildConfig(format=form, source_date=1_700_000_000))
    builder.build().write_file(f"{name}.rpm")
PY

for name in four six; do
  run root/usr/bin/rpmkeys -K --nosignature $name.rpm
  before=$(sum $name.rpm)
  run root/usr/bin/rpmsign --delsign $name.rpm > said 2>&1 || { cat said; exit 1; }
  run root/usr/bin/rpmkeys -K --nosignature $name.rpm | grep 'digests OK'
  [ "$(sum $name.rpm)" != "$before" ] || { echo "$name: the same bytes"; exit 1; }
  echo "$name: other bytes"
done
echo "as described"
