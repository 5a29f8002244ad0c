#!/bin/bash
# What the tests need from the system: callers' voices, and a browser. Installs them where it may.
set -euo pipefail

missing=()
command -v espeak-ng > /dev/null || missing+=(espeak-ng)
command -v mbrola > /dev/null || missing+=(mbrola)
[ -e /usr/share/mbrola/nl2 ] || missing+=(mbrola-nl2)
command -v chromium > /dev/null || command -v chromium-browser > /dev/null || missing+=(chromium)
[ ${#missing[@]} -eq 0 ] && exit 0

cat << EOF
The tests need these Debian packages: ${missing[*]}
(mbrola is in Debian's component contrib, mbrola-nl2 in non-free: callers' voices,
for tests only; chromium is for the browser test.)
EOF
sources=/etc/apt/sources.list.d/debian.sources
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null || [ ! -r "$sources" ]; then
  echo "Install them, with the components contrib and non-free enabled, and run this again."
  exit 1
fi

echo "Installing them ..."
# The machine's own sources once more, with the two components that MBROLA is in; not for longer.
extra=/etc/apt/sources.list.d/kalm-tests.sources
trap 'rm -f "$extra"' EXIT
sed 's/^Components:.*/Components: contrib non-free/' "$sources" > "$extra"
log=$(mktemp)
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive \
       apt-get install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
  tail -n 20 "$log"
  exit 1
fi
rm -f "$log"
