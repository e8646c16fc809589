#!/bin/sh
# Makes a Debian root file system with the real parts in it. Run by root-file-system.ts, inside its own mount and
# process namespaces, so that whatever is mounted or started here is gone when it ends. It must not touch anything
# outside $TARGET.
# In: TARGET MIRROR SUITE SCRIPT KEYRING PACKAGES APT_SETTINGS ASTERISK_UID POSTGRES_UID VALKEY_UID
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022

debootstrap --variant=minbase --include=ca-certificates ${KEYRING:+--keyring="$KEYRING"} \
  "$SUITE" "$TARGET" "$MIRROR" "$SCRIPT"

# Packages must start nothing while they are installed.
printf '#!/bin/sh\nexit 101\n' > "$TARGET/usr/sbin/policy-rc.d"
chmod 755 "$TARGET/usr/sbin/policy-rc.d"
# No cluster of Debian's own: every stack makes its own in its state folder.
mkdir -p "$TARGET/etc/postgresql-common"
echo 'create_main_cluster = false' > "$TARGET/etc/postgresql-common/createcluster.conf"
# The folder is thrown away on any failure, so nothing is gained by syncing each file.
printf 'force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\n' \
  > "$TARGET/etc/dpkg/dpkg.cfg.d/hotline"
printf '%s\nAPT::Install-Recommends "false";\n' "$APT_SETTINGS" > "$TARGET/etc/apt/apt.conf.d/90hotline"
cp -L /etc/resolv.conf "$TARGET/etc/resolv.conf"
cp -L /etc/hosts "$TARGET/etc/hosts"
# The mirror may be reached through a certificate authority that only this machine knows.
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
  cp -L /etc/ssl/certs/ca-certificates.crt "$TARGET/etc/ssl/certs/ca-certificates.crt"
fi
mount -t proc proc "$TARGET/proc"
mount --rbind /dev "$TARGET/dev"

chroot "$TARGET" apt-get -q update
# shellcheck disable=SC2086 — a list of words is meant
chroot "$TARGET" apt-get -q -y install $PACKAGES

# Numbers of our own, so that they mean nobody else on the machine that mounts this.
own() {
  old=$(chroot "$TARGET" id -u "$1")
  old_group=$(chroot "$TARGET" id -g "$1")
  chroot "$TARGET" groupmod -g "$2" "$(chroot "$TARGET" id -gn "$1")"
  chroot "$TARGET" usermod -u "$2" -g "$2" -G '' "$1"
  find "$TARGET" -xdev -uid "$old" -exec chown -h "$2" {} +
  find "$TARGET" -xdev -gid "$old_group" -exec chgrp -h "$2" {} +
}
own asterisk "$ASTERISK_UID"
own postgres "$POSTGRES_UID"
own valkey "$VALKEY_UID"

mkdir -p "$TARGET/run/asterisk" "$TARGET/run/hotline"
chroot "$TARGET" apt-get clean
rm -rf "$TARGET"/var/lib/apt/lists/* "$TARGET/etc/resolv.conf"
: > "$TARGET/etc/machine-id"
chroot "$TARGET" dpkg-query -W > "$TARGET/etc/hotline-packages"
