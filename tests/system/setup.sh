#!/bin/bash
# setup.sh CACHE_FOLDER PACKAGE_FOLDER   brings what the system tests need: llama-server and two models into the cache, the SDK into
# PACKAGE_FOLDER. A machine where no llama-server can be had is no failure: the tests that need one skip themselves.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
cache=$1
packages=$2
for preset in rand-50m rand-1m; do
  code=0
  "$here/../../scripts/llama-server/serve.sh" "$cache" "$preset" </dev/null || code=$?
  [ "$code" = 77 ] && break
  [ "$code" = 0 ] || exit "$code"
done
mkdir -p "$packages"
if ! cmp -s "$here/package.json" "$packages/package.json" || [ ! -d "$packages/node_modules" ]; then
  rm -rf "$packages/node_modules"
  cp "$here/package.json" "$packages/package.json.new"
  mv "$packages/package.json.new" "$packages/package.json"
  npm install --no-audit --no-fund --no-package-lock --loglevel=error --prefix "$packages" </dev/null
fi
