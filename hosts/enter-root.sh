#!/bin/sh
# enter-root.sh ROOT CHECKOUT CACHE NODE NPM TEMPORAL SPACE PROGRAM...: runs PROGRAM in CHECKOUT inside ROOT, as a child
# of process 1. unshare must call it in separate namespaces for mounts, processes and the network: whatever is mounted
# or started here ends with them. ROOT and CHECKOUT are not changed: everything written stays in memory.
set -eu
root=$1 checkout=$2 cache=$3 node=$4 npm=$5 temporal=$6 space=$7
shift 7

mount -t tmpfs -o mode=755 hosts "$space"
inside=$space/root
mkdir "$inside"

# lay NAME LOWER PLACE: shows LOWER at PLACE; changes are kept elsewhere. Mounts from inside LOWER, because its path may
# contain characters that mean something in an option.
lay() {
  mkdir "$space/$1.changes" "$space/$1.work"
  (cd "$2" && mount -t overlay hosts -o "lowerdir=.,upperdir=$space/$1.changes,workdir=$space/$1.work" "$3")
}

lay root "$root" "$inside"
mount -t proc proc "$inside/proc"
mount --rbind /sys "$inside/sys"
mount --rbind /dev "$inside/dev"
mount -t tmpfs -o mode=1777 hosts "$inside/dev/shm"

mkdir -p "$inside$checkout"
lay checkout "$checkout" "$inside$checkout"

mkdir -p "$inside/opt/tools/bin" "$inside/opt/tools/lib/node_modules/npm"
: >"$inside/opt/tools/bin/node"
: >"$inside/opt/tools/bin/temporal"
mount --bind "$node" "$inside/opt/tools/bin/node"
mount --bind "$temporal" "$inside/opt/tools/bin/temporal"
mount --bind "$npm" "$inside/opt/tools/lib/node_modules/npm"
for name in npm npx; do
  ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$inside/opt/tools/bin/$name"
done

# Files that the project fetched for its tests, without the roots themselves.
mkdir -p "$inside/root/.cache/copr-backend"
for entry in "$cache"/*; do
  name=${entry##*/}
  if [ -d "$entry" ] && [ "$name" != hosts ]; then
    mkdir -p "$inside/root/.cache/copr-backend/$name"
    mount --bind "$entry" "$inside/root/.cache/copr-backend/$name"
    mount -o remount,bind,ro "$inside/root/.cache/copr-backend/$name"
  fi
done

cd "$inside"
pivot_root . .
umount -l .
cd /
PATH=/opt/tools/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
ip link set lo up
# A shell stays as process 1: it adopts and reaps processes that lose their parent, which node would leave as zombies.
exec env -i PATH="$PATH" HOME=/root USER=root LOGNAME=root LANG=C.UTF-8 TERM=dumb "CHECKOUT=$checkout" \
  bash -c 'cd "$CHECKOUT" && unset CHECKOUT && "$@"; exit $?' hosts "$@"
