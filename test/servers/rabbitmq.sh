#!/usr/bin/env bash
# rabbitmq.sh install | start DIR | stop DIR
# RabbitMQ from Debian's package, unpacked and not installed: no service, no user of its own. It has
# a virtual host `lab` with a topic exchange `events`, a user whose password is in server.json, and
# `guest`, who needs none from this machine; its TLS certificate is DIR/certificate.pem.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
CACHE=$(server_cache)/rabbitmq
LISTENER_PASSWORD=listener-canary-0123456789

install() {
  local debian folder
  debian=$(dirname "${BASH_SOURCE[0]}")/debian.sh
  "$debian" install
  server_program >/dev/null 2>&1 && return
  mkdir -p "$CACHE"
  folder=$(mktemp -d "$CACHE/new.XXXXXX")
  "$debian" unpack rabbitmq-server "$folder"
  rm -rf "$CACHE/current"
  mv "$folder" "$CACHE/current"
}

server_program() { ls "$CACHE"/current/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server; }

configure() {
  local dir=$1 port=$2
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$dir/key.pem" -out "$dir/certificate.pem" 2>"$dir/openssl.log"
  cat >"$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
listeners.ssl.1 = 127.0.0.1:$((port + 1))
ssl_options.certfile = $dir/certificate.pem
ssl_options.keyfile = $dir/key.pem
ssl_options.verify = verify_none
load_definitions = $dir/definitions.json
log.file.level = info
disk_free_limit.absolute = 50MB
CONF
  cat >"$dir/advanced.config" <<CONF
[{kernel, [{inet_dist_use_interface, {127,0,0,1}}]}].
CONF
  cat >"$dir/definitions.json" <<JSON
{"users": [
   {"name": "guest", "password": "guest", "tags": []},
   {"name": "listener", "password": "$LISTENER_PASSWORD", "tags": []},
   {"name": "stranger", "password": "stranger-0123456789", "tags": []}],
 "vhosts": [{"name": "/"}, {"name": "lab"}],
 "permissions": [
   {"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
   {"user": "guest", "vhost": "lab", "configure": ".*", "write": ".*", "read": ".*"},
   {"user": "listener", "vhost": "lab", "configure": ".*", "write": ".*", "read": ".*"},
   {"user": "stranger", "vhost": "lab", "configure": "^$", "write": "^$", "read": "^$"}],
 "exchanges": [
   {"name": "events", "vhost": "lab", "type": "topic", "durable": true, "auto_delete": false,
    "internal": false, "arguments": {}}]}
JSON
}

# Starts the broker of DIR, with the ports and the data that it had before.
run() {
  local dir=$1 port
  port=$(sed -n 's/^listeners.tcp.1 = 127.0.0.1://p' "$dir/rabbitmq.conf")
  export ERL_EPMD_PORT=$((port + 2)) ERL_EPMD_ADDRESS=127.0.0.1
  run_detached epmd "$dir" epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT"
  rm -f "$dir/beam.pid"
  run_detached rabbitmq "$dir" env -i PATH="$PATH" HOME="$dir" LANG=C.UTF-8 \
    ERL_EPMD_PORT="$ERL_EPMD_PORT" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_NODENAME="dipper$port@localhost" RABBITMQ_DIST_PORT=$((port + 3)) \
    RABBITMQ_CONFIG_FILE="$dir/rabbitmq" RABBITMQ_ADVANCED_CONFIG_FILE="$dir/advanced" \
    RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" RABBITMQ_PID_FILE="$dir/beam.pid" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 +sbwt none" \
    "$(server_program)"
  wait_for 90 "$dir" rabbitmq speaks "$port"
}

# Whether a broker there greets a client of AMQP 0-9-1.
speaks() {
  python3 - "$1" <<'PY'
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2) as broker:
    broker.settimeout(2)
    broker.sendall(b"AMQP\0\0\x09\x01")
    sys.exit(broker.recv(3) != b"\x01\0\0")
PY
}

start() {
  local dir=$1 port
  mkdir -p "$dir"
  dir=$(realpath "$dir")
  rm -rf "$dir/mnesia" "$dir/log"
  mkdir -p "$dir/mnesia" "$dir/log"
  port=$(free_ports 4 30000 32000)
  configure "$dir" "$port"
  run "$dir"
  publish "$dir" rabbitmq "amqp://127.0.0.1:$port/lab" tls="amqps://localhost:$((port + 1))/lab" \
    user=listener password="$LISTENER_PASSWORD" exchange=events \
    certificate="$dir/certificate.pem" folder="$dir"
}

stop() {
  for name in beam rabbitmq epmd; do end_process "$1/$name.pid"; done
}

"$@"
