#!/bin/sh
# Becomes Valkey with the password of the secrets folder, given by standard input so that no process list shows it.
# It must not keep anything on disk.
set -eu
exec valkey-server - <<SETTINGS
bind 127.0.0.1
port ${HOTLINE_VALKEY_PORT:?}
requirepass $(cat /run/secrets/valkey-password)
daemonize no
save ""
appendonly no
dir /tmp
maxmemory 256mb
maxmemory-policy volatile-ttl
enable-debug-command no
enable-module-command no
SETTINGS
