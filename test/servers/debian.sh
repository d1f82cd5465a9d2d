#!/usr/bin/env bash
# debian.sh install | unpack PACKAGE FOLDER | faketime
# What the suite against real servers takes from Debian: Ceph, Erlang for RabbitMQ, and the library
# that shifts a clock.
set -euo pipefail
PACKAGES=(
  radosgw ceph-mon ceph-osd ceph-mgr ceph-common libfaketime
  erlang-base erlang-crypto erlang-eldap erlang-inets erlang-mnesia erlang-os-mon erlang-parsetools
  erlang-public-key erlang-runtime-tools erlang-ssl erlang-syntax-tools erlang-tools erlang-xmerl
)

# One apt at a time: it does not wait for another that reads the lists of packages.
alone() {
  exec 9>"${TMPDIR:-/tmp}/dipper-apt.$UID.lock"
  flock 9
}

install() {
  alone
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

# Takes a package apart without installing it: no service, no user of its own.
unpack() {
  alone
  cd "$2"
  apt-get -o DPkg::Lock::Timeout=300 update -qq
  apt-get -o APT::Sandbox::User=root download -qq "$1"
  dpkg-deb -x "$1"_*.deb .
  rm "$1"_*.deb
}

# Prints the path of libfaketime for programs with threads.
faketime() { dpkg -L libfaketime | sed -n '/libfaketimeMT[.]so/p'; }

"$@"
