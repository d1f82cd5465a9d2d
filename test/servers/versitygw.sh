#!/usr/bin/env bash
# versitygw.sh install | start DIR | stop DIR
# versitygw 1.8.0 over a folder, with its accounts in files and its access log in DIR/access.log.
# DIR must be on a file system with extended attributes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
VERSION=v1.8.0
BINARY=$(server_cache)/versitygw-$VERSION/versitygw

install() {
  [ -x "$BINARY" ] && return
  mkdir -p "$(dirname "$BINARY")"
  GOBIN=$(dirname "$BINARY") GOFLAGS=-mod=mod \
    go install "github.com/versity/versitygw/cmd/versitygw@$VERSION"
}

start() {
  local dir=$1 port
  mkdir -p "$dir/data" "$dir/versions" "$dir/iam"
  port=$(free_ports 1 25000 30000)
  local endpoint=http://127.0.0.1:$port
  # Its own variables in the environment would change what it does (WEBHOOK, LOGFILE, VGW_*).
  run_detached versitygw "$dir" env -i PATH="$PATH" HOME="$HOME" "$BINARY" \
    --access "$OWNER_KEY" --secret "$OWNER_SECRET" --port "127.0.0.1:$port" \
    --iam-dir "$dir/iam" --access-log "$dir/access.log" --quiet \
    posix --versioning-dir "$dir/versions" "$dir/data"
  wait_for 60 "$dir" versitygw answers "$endpoint/"
  "$BINARY" admin --access "$OWNER_KEY" --secret "$OWNER_SECRET" --endpoint-url "$endpoint" \
    create-user --access "$GUEST_KEY" --secret "$GUEST_SECRET" --role user >"$dir/admin.log"
  publish "$dir" versitygw "$endpoint" key="$OWNER_KEY" secret="$OWNER_SECRET" \
    guestKey="$GUEST_KEY" guestSecret="$GUEST_SECRET" accessLog="$dir/access.log"
}

stop() { end_process "$1/versitygw.pid"; }

"$@"
