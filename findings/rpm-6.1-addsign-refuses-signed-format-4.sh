#!/usr/bin/env bash
# rpm 6.1.0 (Debian sid's archive), gpg 2.4.
#
# `rpmsign --addsign` of a package of format 4 that is signed otherwise (here: with another digest) is refused: "already
# contains a legacy signature", status 1; rpm 4.18 and 4.20 replace the signature. A package of format 6 gets a second one.
# `--resign` replaces in both formats.
#
# Unpacks sid's packages into a temporary root and enters it, so it needs root's rights, and an apt of Debian that has an
# archive. A version that the archive no longer has ends it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
archive=$(grep -rhoE 'https?://[^ ]*/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2> /dev/null | sed -n 1p || true)
[ -n "$archive" ] || { echo 'apt has no archive of Debian here'; exit 2; }
mkdir -p "$work"/{lists,archives}/partial "$work"/{dpkg,etc,root}
: > "$work/dpkg/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive sid main" > "$work/etc/sources.list"
cat > "$work/apt.conf" << END
Dir::State "$work"; Dir::State::status "$work/dpkg/status"; Dir::State::lists "$work/lists"; Dir::Cache "$work";
Dir::Cache::archives "$work/archives"; Dir::Etc::sourcelist "$work/etc/sources.list"; Dir::Etc::sourceparts "-";
APT::Install-Recommends "false"; APT::Sandbox::User "root"; Acquire::Check-Valid-Until "false";
END
export APT_CONFIG=$work/apt.conf
apt-get -qq update
apt-get -qq install --download-only -y rpm=6.1.0-1 gnupg bash coreutils grep sed gawk base-files > /dev/null
for deb in "$work"/archives/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
mkdir -p "$work/root"/{tmp,dev,var/tmp}
ln -sf bash "$work/root/bin/sh"
mknod -m 666 "$work/root/dev/null" c 1 3
mknod -m 666 "$work/root/dev/urandom" c 1 9
cat > "$work/root/try.sh" << 'END'
set -euo pipefail
cd /tmp
export HOME=/tmp GNUPGHOME=/tmp/keys LC_ALL=C
mkdir -m 700 "$GNUPGHOME"
trap 'gpgconf --kill all' EXIT
rpmsign --version | grep -q ' 6\.1\.0$'
gpg --quiet --batch --passphrase '' --quick-generate-key 'a <a@example.org>' rsa2048 sign never 2> /dev/null
name=$(gpg --with-colons --list-keys 2> /dev/null | gawk -F: '$1 == "fpr" { print $10; exit }')
printf '%s\n' 'Name: p' 'Version: 1' 'Release: 1' 'Summary: p' 'License: MIT' 'BuildArch: noarch' '%description' p '%files' > p.spec
sign() { rpmsign --define "_gpg_name $name" --define "__gpg /usr/bin/gpg" --define "_gpg_digest_algo $1" "$2" "$3"; }
for format in 4 6; do
  rpmbuild -bb --quiet --define "_topdir /tmp/$format" --define "_rpmformat $format" p.spec
  file=/tmp/$format/RPMS/noarch/p-1-1.noarch.rpm
  sign sha512 --addsign "$file" 2> first || { cat first; exit 1; }
  status=0
  sign sha256 --addsign "$file" 2> said || status=$?
  echo "format $format: the second --addsign ends with $status"
  if [ $format = 4 ]; then
    [ $status = 1 ] && grep -q 'already contains a legacy signature' said
  else
    [ $status = 0 ]
    [ "$(rpm -qp --nosignature --queryformat '[%{OPENPGP:pgpsig}\n]' "$file" | grep -c 'Key ID')" = 2 ]
  fi
  sign sha256 --resign "$file" 2> /dev/null
done
END
chroot "$work/root" /bin/bash /try.sh
echo "as described"
