#!/usr/bin/env bash
# rpm 4.18 (Debian 12's archive).
#
# `rpmsign --delsign` of a package that was never signed ends with 0 and writes other bytes: packages that rpm 6 made lose
# nothing that counts, but their checksum is another one. rpm 4.20 and 6.1 write the same bytes.
# Of a package of format 6 that rpm 6 signed it ends with 0, too, and leaves the signature in the tag OPENPGP (278).
#
# Takes the packages of test/fixtures/rpm, which rpm 6 made (make.sh there). Run it where rpmsign is version 4.18; another
# version is said and ends with 2.
set -euo pipefail
rpmsign --version | grep -q ' 4\.18\.' || { echo "needs rpm 4.18, this is $(rpmsign --version)"; exit 2; }
fixtures=$(cd "$(dirname "$0")/../test/fixtures/rpm" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in plain-4 plain-6 signed-6; do
  cp "$fixtures/$name.rpm" "$work/$name.rpm"
  rpmsign --delsign "$work/$name.rpm" > /dev/null
  if cmp -s "$fixtures/$name.rpm" "$work/$name.rpm"; then echo "$name: the same bytes"; exit 1; fi
  echo "$name: other bytes"
done
# The tags of the signature header: big-endian numbers, 16 bytes apart, from byte 112 on.
tags() { od -An -v -j 112 -N 128 -t u1 -w16 "$1" | awk '{ print ($1 * 256 + $2) * 65536 + $3 * 256 + $4 }'; }
tags "$work/signed-6.rpm" | grep -qx 278
echo "signed-6: OPENPGP is still there"
echo "as described"
