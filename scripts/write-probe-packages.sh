#!/usr/bin/env bash
# Writes src/adapters/rpm/probe-packages.ts: one package of format 4, signed once with sha1 and once with sha256 by a key
# that is generated for it and discarded. Needs rpmbuild, rpmsign and gpg of a host whose gpg still signs with sha1.
set -euo pipefail
target=$(cd "$(dirname "$0")/.." && pwd)/src/adapters/rpm/probe-packages.ts
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/keys" --kill all; rm -rf "$work"' EXIT
export HOME=$work GNUPGHOME=$work/keys
mkdir -m 700 "$GNUPGHOME"
cat > "$work/package.spec" <<'SPEC'
Name: probe
Version: 1
Release: 1
Summary: Nothing
License: MIT
BuildArch: noarch
%description
Nothing.
%files
SPEC
gpg --batch --passphrase '' --quick-generate-key 'probe of this host’s rpm' rsa2048 sign never
fingerprint=$(gpg --with-colons --list-keys | awk -F: '$1 == "fpr" { print $10; exit }')
rpmbuild -bb --quiet --define "_topdir $work" --define '_rpmformat 4' "$work/package.spec"
for digest in sha1 sha256; do
  cp "$work"/RPMS/noarch/*.rpm "$work/$digest.rpm"
  rpmsign --define "_gpg_name $fingerprint" --define "__gpg $(command -v gpg)" --define "_gpg_digest_algo $digest" \
    --addsign "$work/$digest.rpm"
done
packed() { gzip -9n < "$1" | base64 -w 0; }
cat > "$target" <<TS
/**
 * One package, signed with each digest by one key; gzip in base64. scripts/write-probe-packages.sh made it, and nobody has
 * the secret key.
 */
export const PROBE_PACKAGES = {
  sha1: '$(packed "$work/sha1.rpm")',
  sha256: '$(packed "$work/sha256.rpm")',
} as const;

export const PROBE_KEY = \`$(gpg --armor --export "$fingerprint")
\`;
TS
npx prettier --write "$target"
