#!/usr/bin/env bash
# debian.sh install | faketime
# What the suite against real servers takes from Debian: Ceph, and the library that shifts a clock.
set -euo pipefail
PACKAGES=(radosgw ceph-mon ceph-osd ceph-mgr ceph-common libfaketime)

install() {
  local missing=() package
  for package in "${PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update -qq
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}"
}

# Prints the path of libfaketime for programs with threads.
faketime() { dpkg -L libfaketime | sed -n '/libfaketimeMT[.]so/p'; }

"$@"
