#!/usr/bin/env bash
# rpm 6.1.0 (Debian sid's archive), gpg 2.4.
#
# `rpmsign --addsign` of a package of format 4 that is signed otherwise (here: with another digest) is refused: "already
# contains a legacy signature", status 1; rpm 4.18 and 4.20 replace the signature. A package of format 6 gets a second one.
# `--resign` replaces in both formats.
#
# Run it where rpmsign is version 6.1; another version is said and ends with 2.
set -euo pipefail
rpmsign --version | grep -q ' 6\.1\.' || { echo "needs rpm 6.1, this is $(rpmsign --version)"; exit 2; }
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/keys" --kill all; rm -rf "$work"' EXIT
export HOME=$work GNUPGHOME=$work/keys LC_ALL=C
mkdir -m 700 "$GNUPGHOME"
gpg --quiet --batch --passphrase '' --quick-generate-key 'a <a@example.org>' rsa2048 sign never
name=$(gpg --with-colons --list-keys | awk -F: '$1 == "fpr" { print $10; exit }')
printf '%s\n' 'Name: p' 'Version: 1' 'Release: 1' 'Summary: p' 'License: MIT' 'BuildArch: noarch' '%description' p '%files' \
  > "$work/p.spec"
sign() { rpmsign --define "_gpg_name $name" --define "__gpg $(command -v gpg)" --define "_gpg_digest_algo $1" "$2" "$3"; }
for format in 4 6; do
  rpmbuild -bb --quiet --define "_topdir $work/$format" --define "_rpmformat $format" "$work/p.spec"
  file=$work/$format/RPMS/noarch/p-1-1.noarch.rpm
  sign sha512 --addsign "$file" 2> "$work/first" || { cat "$work/first"; exit 1; }
  status=0
  sign sha256 --addsign "$file" 2> "$work/said" || status=$?
  echo "format $format: the second --addsign ends with $status"
  if [ $format = 4 ]; then
    [ $status = 1 ] && grep -q 'already contains a legacy signature' "$work/said"
  else
    [ $status = 0 ]
    [ "$(rpm -qp --nosignature --queryformat '[%{OPENPGP:pgpsig}\n]' "$file" | grep -c 'Key ID')" = 2 ]
  fi
  sign sha256 --resign "$file" 2> /dev/null
done
echo "as described"
