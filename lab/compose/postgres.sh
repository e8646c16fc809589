#!/bin/sh
# Makes the cluster, the role and the database once, then becomes PostgreSQL. Runs as postgres inside its container.
# It must not listen anywhere but on loopback, or without a password.
set -eu
data=/var/lib/postgresql/cluster/data
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
port=${HOTLINE_POSTGRES_PORT:?}
if [ ! -e "$data/PG_VERSION" ]; then
  rm -rf "$data.part"
  # With plain C, or ICU over it, the similarity of Chinese texts is silently zero.
  "$bin/initdb" -D "$data.part" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth=scram-sha-256 \
    --pwfile=/run/secrets/postgres-owner-password
  # Single-user mode: no network, no password, and nobody can connect half-way.
  password=$(cat /run/secrets/postgres-password)
  printf "CREATE ROLE hotline LOGIN PASSWORD '%s';\nCREATE ROLE hotline_analyst NOLOGIN;\nCREATE DATABASE hotline OWNER hotline;\n" "$password" \
    | "$bin/postgres" --single -D "$data.part" postgres > /dev/null
  mv "$data.part" "$data"
fi
exec "$bin/postgres" -D "$data" -c port="$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
  -c fsync=on -c timezone=UTC -c log_timezone=UTC -c shared_buffers=128MB -c lc_messages=C
