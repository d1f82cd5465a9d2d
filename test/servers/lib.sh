# Common to the server recipes; sourced by them. Needs bash, python3 and curl.
#
# Every server binds 127.0.0.1 only, on ports that were free when it started, and keeps all its
# state, its logs and its process ids in one folder of its own.

# The owner of everything, and a second person who may do nothing until given a right.
OWNER_KEY=dipperowner OWNER_SECRET=dipper-owner-secret-0123456789
GUEST_KEY=dipperguest GUEST_SECRET=dipper-guest-secret-0123456789

# Where what was installed is kept between runs.
server_cache() {
  local dir=${DIPPER_SERVER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dipper-servers}
  mkdir -p "$dir"
  echo "$dir"
}

# free_ports COUNT FROM TO: prints the first of COUNT consecutive free ports between the two. Each
# recipe has a span of its own below the ephemeral ports, so that side by side they never race.
free_ports() {
  python3 - "$@" <<'PY'
import random, socket, sys
count, first, last = map(int, sys.argv[1:])
for _ in range(200):
    base = random.randrange(first, last - count, 10)
    held = []
    try:
        for port in range(base, base + count):
            probe = socket.socket()
            held.append(probe)
            probe.bind(("127.0.0.1", port))
        print(base)
        sys.exit(0)
    except OSError:
        pass
    finally:
        for probe in held:
            probe.close()
sys.exit("no %d consecutive free ports" % count)
PY
}

# run_detached NAME DIR COMMAND...: starts it in a session of its own, its id in DIR/NAME.pid.
run_detached() {
  local name=$1 dir=$2
  shift 2
  setsid nohup "$@" >"$dir/$name.log" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

# wait_for SECONDS DIR NAME COMMAND...: until COMMAND succeeds; fails when NAME ends first.
wait_for() {
  local end=$((SECONDS + $1)) dir=$2 name=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    if [ -f "$dir/$name.pid" ] && ! kill -0 "$(cat "$dir/$name.pid")" 2>/dev/null; then
      echo "$name ended while starting:" >&2
      tail -n 30 "$dir/$name.log" >&2
      return 1
    fi
    if [ "$SECONDS" -ge "$end" ]; then
      echo "$name did not become ready in time: $*" >&2
      tail -n 30 "$dir/$name.log" >&2 || true
      return 1
    fi
    sleep 0.1
  done
}

# answers URL: whether a server there speaks HTTP, whatever its answer.
answers() { curl -s -o /dev/null --noproxy '*' --max-time 2 "$1"; }

# end_process PID_FILE: asks the process to end, waits up to 10 s, then ends it.
end_process() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || true
  local end=$((SECONDS + 10))
  while kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$end" ]; do sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$1"
}

# publish DIR NAME ENDPOINT KEY=VALUE...: writes DIR/server.json, what the tests read.
publish() {
  python3 - "$@" <<'PY'
import json, os, sys
folder, name, endpoint, *pairs = sys.argv[1:]
server = {"name": name, "endpoint": endpoint, **dict(pair.split("=", 1) for pair in pairs)}
path = os.path.join(folder, "server.json")
with open(path + ".new", "w") as out:
    json.dump(server, out, indent=2)
os.replace(path + ".new", path)
PY
}
