#!/usr/bin/env bash
# with_servers.sh COMMAND...
# Installs and starts Ceph RadosGW, versitygw and SeaweedFS side by side, and the broker RabbitMQ, runs
# COMMAND with their addresses in DIPPER_E2E_CEPH, DIPPER_E2E_VERSITYGW, DIPPER_E2E_SEAWEEDFS and
# DIPPER_E2E_RABBITMQ (each the path of a server.json), and stops them, also when COMMAND fails or is
# interrupted. DIPPER_E2E_FAKETIME is the library that shifts a client's clock, DIPPER_E2E_CLIENTS the
# folder of other people's S3 clients.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dipper-servers.XXXXXX")
servers=(ceph versitygw seaweedfs rabbitmq)

finish() {
  trap '' INT TERM
  for server in "${servers[@]}"; do "$here/$server.sh" stop "$work/$server" & done
  wait
  [ -n "${DIPPER_KEEP_SERVERS:-}" ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

declare -A job
timeout 900 "$here/clients.sh" install >"$work/clients.log" 2>&1 </dev/null &
clients=$!
for server in "${servers[@]}"; do
  mkdir -p "$work/$server"
  { timeout 900 "$here/$server.sh" install && timeout 240 "$here/$server.sh" start "$work/$server"; } \
    >"$work/$server/start.log" 2>&1 </dev/null &
  job[$server]=$!
done
missing=0
for server in "${servers[@]}"; do
  if wait "${job[$server]}"; then
    echo "$server: $(sed -n 's/.*"endpoint": "\(.*\)".*/\1/p' "$work/$server/server.json")"
    export "DIPPER_E2E_${server^^}=$work/$server/server.json"
  else
    echo "$server could not be started:"
    tail -n 40 "$work/$server/start.log"
    missing=1
  fi
done
wait "$clients" || {
  echo "the clients could not be installed:"
  tail -n 40 "$work/clients.log"
  missing=1
}
[ "$missing" -eq 0 ] || exit 1
DIPPER_E2E_CLIENTS=$("$here/clients.sh" folder) || exit 1
export DIPPER_E2E_CLIENTS
DIPPER_E2E_FAKETIME=$("$here/debian.sh" faketime) || exit 1
export DIPPER_E2E_FAKETIME
"$@"
