#!/usr/bin/env bash
# ceph.sh install | start DIR | stop DIR
# Ceph RadosGW from Debian's packages on one mon and one osd in memory: no manager, no systemd, no
# cephx. Its access log is DIR/log/rgw.log.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
PORTS=60

install() { "$(dirname "${BASH_SOURCE[0]}")/debian.sh" install; }

configure() {
  local dir=$1 port=$2
  cat >"$dir/ceph.conf" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind port min = $((port + 10))
ms bind port max = $((port + PORTS - 1))
run dir = $dir/run
admin socket = $dir/run/\$name.asok
pid file = $dir/run/\$name.pid
log file = $dir/log/\$name.log
mon cluster log file = $dir/log/cluster.log
crash dir = $dir/run
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon allow pool delete = true
mon warn on pool no redundancy = false
mon max pg per osd = 2000
ms mon client mode = crc
osd crush chooseleaf type = 0
[mon]
mon data = $dir/mon
mon data avail warn = 1
mon data avail crit = 0
auth allow insecure global id reclaim = true
[osd]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd op num shards = 2
osd op num threads per shard = 1
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
log file = $dir/log/rgw.log
rgw thread pool size = 64
rgw dynamic resharding = false
rgw sts key = abcdefghijklmnop
rgw s3 auth use sts = true
rgw sts min session duration = 1
rgw enable usage log = false
rgw num rados handles = 1
ms mon client mode = crc
CONF
}

# One user that owns, one that may do nothing, and a role that the first may assume.
identities() {
  local admin=(radosgw-admin -c "$1/ceph.conf")
  "${admin[@]}" user create --uid owner --display-name Owner \
    --access-key "$OWNER_KEY" --secret-key "$OWNER_SECRET"
  "${admin[@]}" caps add --uid owner --caps 'roles=*;user-policy=*'
  "${admin[@]}" user create --uid guest --display-name Guest \
    --access-key "$GUEST_KEY" --secret-key "$GUEST_SECRET"
  "${admin[@]}" role create --role-name=reader --assume-role-policy-doc='{"Version":"2012-10-17",
    "Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/owner"]},
    "Action":["sts:AssumeRole"]}]}'
  "${admin[@]}" role-policy put --role-name=reader --policy-name=all --policy-doc='{
    "Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],
    "Resource":"arn:aws:s3:::*"}]}'
}

start() {
  local dir=$1 port
  mkdir -p "$dir"
  dir=$(realpath "$dir")
  rm -rf "$dir/mon" "$dir/osd" "$dir/run"
  mkdir -p "$dir/mon" "$dir/osd" "$dir/run" "$dir/log"
  port=$(free_ports $PORTS 10000 20000)
  configure "$dir" "$port"
  export CEPH_CONF=$dir/ceph.conf
  local fsid
  fsid=$(sed -n 's/^fsid = //p' "$CEPH_CONF")
  monmaptool --create --fsid "$fsid" --clobber \
    --addv a "[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]" "$dir/monmap" >"$dir/log/setup.log"
  ceph-mon -i a --mkfs --monmap "$dir/monmap" >>"$dir/log/setup.log" 2>&1
  ceph-mon -i a >>"$dir/log/setup.log" 2>&1
  local osd_id
  osd_id=$(cat /proc/sys/kernel/random/uuid)
  timeout 60 ceph osd new "$osd_id" >>"$dir/log/setup.log" 2>&1
  ceph-osd -i 0 --mkfs --osd-uuid "$osd_id" >>"$dir/log/setup.log" 2>&1
  ceph-osd -i 0 >>"$dir/log/setup.log" 2>&1
  wait_for 60 "$dir" osd osd_up
  radosgw -n client.rgw >>"$dir/log/setup.log" 2>&1
  local endpoint=http://127.0.0.1:$port
  wait_for 90 "$dir" radosgw curl -sf --noproxy '*' --max-time 5 "$endpoint/"
  identities "$dir" >"$dir/log/identities.log" 2>&1 || { cat "$dir/log/identities.log" >&2; return 1; }
  publish "$dir" ceph "$endpoint" key="$OWNER_KEY" secret="$OWNER_SECRET" \
    guestKey="$GUEST_KEY" guestSecret="$GUEST_SECRET" \
    roleArn=arn:aws:iam:::role/reader accessLog="$dir/log/rgw.log"
}

osd_up() { timeout 10 ceph osd stat | grep -q '1 up'; }

stop() {
  for name in client.rgw osd.0 mon.a; do end_process "$1/run/$name.pid"; done
}

"$@"
