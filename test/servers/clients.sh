#!/usr/bin/env bash
# clients.sh install | folder
# The programs of clients.txt: Python and its libraries, the AWS CLI, rclone. `folder` prints where
# they are.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
PLACE=$(server_cache)/clients-$(cksum <"$here/clients.txt" | cut -d ' ' -f 1)

# What was interrupted is made anew.
install() {
  [ ! -e "$PLACE/complete" ] || return 0
  python3 -m venv --clear "$PLACE"
  "$PLACE/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    -r "$here/clients.txt"
  touch "$PLACE/complete"
}

folder() { echo "$PLACE/bin"; }

"$@"
