#!/bin/sh
# The HTML report is tested in a real Chromium. Debian has it; elsewhere install it first.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  apt-get -qq update && apt-get -qq install -y chromium >/dev/null
else
  echo "chromium is not installed; install it with your system's packages" >&2
  exit 1
fi
