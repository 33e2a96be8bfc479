#!/usr/bin/env bash
# gpg 2.2.40 (Debian 12's archive).
#
# gpg replaces pubring.kbx in two steps: it moves the old file to pubring.kbx~, then the new one to its place. In between
# there is no keyring. Readers take no lock, so another gpg of the same home that opens the keyring at that moment knows
# none of its keys, even those that have been there for long, and says so as if they did not exist.
#
# Seen: while keys are generated one after the other, some of the looks at pubring.kbx do not find it, although it
# existed before the first look.
# Fetches the programs with apt-get; run it on Debian 12, elsewhere apt does not have that version.
set -euo pipefail
version=2.2.40-1.1+deb12u2
work=$(mktemp -d)
trap 'GNUPGHOME="$work/home" gpgconf --kill all; rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download gpg=$version gpg-agent=$version
for deb in *.deb; do dpkg-deb -x "$deb" root; done
mkdir -m 700 home

gpg() { root/usr/bin/gpg --homedir home --agent-program "$work/root/usr/bin/gpg-agent" --batch "$@"; }
key() { gpg --quiet --passphrase '' --pinentry-mode loopback --quick-generate-key "$1@example.org" ed25519 sign never; }
gpg --version | grep -qx 'gpg (GnuPG) 2.2.40'
key first
test -e home/pubring.kbx

python3 - <<'PY' &
import os

looks = away = 0
while not os.path.exists("done"):
    for _ in range(1000):
        looks += 1
        away += not os.path.exists("home/pubring.kbx")
print(f"{away} of {looks} looks did not find the keyring")
raise SystemExit(away == 0)
PY
looker=$!
for index in $(seq 30); do key "other$index"; done
touch done
wait $looker
gpg --list-keys first@example.org | grep -q first@example.org
echo "as described"
