#!/bin/sh
# Makes the secrets of the composed stack, once: sh lab/compose/secrets.sh
# It never changes a password that is there. The folder is closed; the files in it are readable, because the containers' users
# (whose numbers this machine does not know) read them through a mount of the file alone.
set -eu
cd "$(dirname "$0")/../.."
folder=${HOTLINE_SECRETS:-.lab/compose-secrets}
mkdir -p "$folder"
chmod 700 "$folder"
put() {
  rm -f "$folder/$1"
  printf '%s' "$2" > "$folder/$1"
  chmod 444 "$folder/$1"
}
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
for name in ari witness postgres postgres-owner valkey; do
  [ -s "$folder/$name-password" ] || put "$name-password" "$(random)"
done
put database-url "postgres://hotline:$(cat "$folder/postgres-password")@127.0.0.1:${HOTLINE_POSTGRES_PORT:-5433}/hotline"
put valkey-url "redis://:$(cat "$folder/valkey-password")@127.0.0.1:${HOTLINE_VALKEY_PORT:-6380}/0"
echo "Secrets are in $folder"
