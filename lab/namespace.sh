#!/bin/sh
# Enters the shared, read-only root file system with one stack's own folders laid over it, drops every privilege and
# becomes the command. Run under `unshare --mount --propagation private`: all mounts below end with the process.
# Usage: namespace.sh ROOT USER-ID DEATH-SIGNAL [FROM TO]... -- COMMAND...
set -eu
root=$1 user=$2 death=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind /proc "$root/proc"
mount -t tmpfs -o mode=755,nosuid,noexec tmpfs "$root/dev"
for device in null zero random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -m 1777 "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
while [ "$1" != -- ]; do
  mount --bind "$1" "$root$2"
  shift 2
done
shift
# As many descriptors as this machine lets us have.
ulimit -n 65536 2> /dev/null || ulimit -n "$(ulimit -H -n)"
ulimit -c 0
cd /
exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
  --bounding-set=-all --inh-caps=-all --pdeathsig "$death" -- "$@"
