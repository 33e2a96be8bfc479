#!/usr/bin/env bash
# dnf 4.14.0, zypper 1.14.42, createrepo_c 0.17.3 (Debian 12), with nothing but this script's own repository.
#
# A repomd.xml may have two records of type `primary`: nothing forbids it, and each is right about its document. Clients
# read it differently. dnf downloads what one record names and holds it against the checksum of the other: a checksum
# mismatch, and the repository is unusable. zypper takes the first record and goes on without a word. dnf 4.24 and dnf5 5.4
# (Debian sid) answer as dnf 4.14 does.
#
# Seen: dnf ends with 1, "Checksum mismatch"; zypper lists the package of the first document, and not that of the second.
# A publisher must see to it that each type occurs once, and test with more than one client.
set -euo pipefail
expect() {
  [ "$2" = "$3" ] || { echo "this host has $1 $2, the finding is of $3" >&2; exit 2; }
}
expect dnf "$(dnf --version | head -1)" 4.14.0
expect zypper "$(zypper --version | sed 's/^zypper //')" 1.14.42
expect createrepo_c "$(createrepo_c --version | sed -n 's/^Version: \([0-9.]*\).*/\1/p')" 0.17.3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for name in one two; do
  mkdir -p "$name/packages" repository/repodata
  printf 'Name: %s\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch\n%%description\nx\n%%files\n' \
    "$name" > "$name.spec"
  HOME=$work rpmbuild -bb --quiet --define "_topdir $work/top" --define "_rpmdir $work/$name/packages" "$name.spec"
  createrepo_c -q --no-database "$name"
  cp -r "$name/packages" repository/
  cp "$name"/repodata/*.xml.gz repository/repodata/
done
python3 - <<'PY'
import re
record = re.compile(r'  <data type="primary">.*?</data>\n', re.S)
one, two = (open(f'{name}/repodata/repomd.xml').read() for name in ('one', 'two'))
first, second = (record.search(text).group(0) for text in (one, two))
open('repository/repodata/repomd.xml', 'w').write(one.replace(first, first + second))
PY

mkdir -p none root
status=0
dnf --setopt=cachedir="$work/cache" --setopt=persistdir="$work/state" --setopt=logdir="$work/log" --setopt=plugins=0 \
  --setopt=reposdir="$work/none" --setopt=skip_if_unavailable=False --releasever=1 \
  --repofrompath="x,file://$work/repository" --repo=x makecache > dnf.txt 2>&1 || status=$?
echo "dnf ($status): $(grep -o 'Checksum mismatch' dnf.txt || tail -1 dnf.txt)"

zypp() { zypper --quiet --non-interactive --no-gpg-checks --root "$work/root" "$@"; }
zypp addrepo --no-check "file://$work/repository" x
zypp refresh > zypper.txt
names=$(zypp search --type package | awk -F'|' 'NR > 2 { gsub(/ /, "", $2); print $2 }' | grep -E '^(one|two)$' | paste -sd ' ')
echo "zypper: $names"

[ "$status" -eq 1 ]
grep -q 'Checksum mismatch' dnf.txt
[ "$names" = one ]
