#!/bin/bash
# Installs what is missing, builds Turntable and shows what it is for. See --help.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh

usage() {
  cat <<'TEXT'
usage: ./run.sh [--real] [--no-window]

Without options: takes the bundled recorded session, replays it against two simulated machines (M2 base, M4 Max), prints the
comparison and opens the window on it. Without a display it draws the window into PNG files instead.

  --real       the same with real model servers: brings llama.cpp's server as a package and two small models with random
               weights, records fresh traffic through `turntable record`, replays it against the other server, compares
  --no-window  draw pictures even where there is a display
  --help       this text

Everything it makes lies in report/ (started afresh each time) and build/; servers and models it brings lie in .cache/.
TEXT
}

real=no
window=auto
for argument in "$@"; do
  case $argument in
    --real) real=yes ;;
    --no-window) window=no ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; echo "error: unknown option $argument" >&2; exit 2 ;;
  esac
done

children=()
end_children() {
  local child
  for child in ${children[@]+"${children[@]}"}; do kill "$child" 2>/dev/null || true; done
  for child in ${children[@]+"${children[@]}"}; do wait "$child" 2>/dev/null || true; done
  children=()
}
trap end_children EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

turntable() { build/release/bin/turntable "$@" --store "$store"; }

has_display() {
  [ "$window" = auto ] || return 1
  [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ]
}

free_port() { node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }

# Compares the session with all its runs, then opens the window on them, or draws it.
show_result() {
  local session=$1 theme
  shift
  turntable compare "$session" "$@" | tee report/comparison.txt
  turntable compare "$session" "$@" --json >report/comparison.json
  if has_display; then
    say "opening the window; everything lies in $PWD/report"
    turntable studio "$session" "$@"
    return
  fi
  for theme in light dark; do
    turntable studio "$session" --turn 2 --picture "report/window-$theme.png" --theme "$theme" --view session
    turntable studio "$session" "$@" --picture "report/comparison-$theme.png" --theme "$theme" --view compare
  done
  say "no window opened; it is drawn into report/window-light.png, report/comparison-light.png and the same in dark"
  say "the comparison is in report/comparison.txt and report/comparison.json, the store in $store"
  say "with a display: build/release/bin/turntable studio --store $store $session"
}

run_bundled() {
  cp fixtures/bundled/sessions.turntable.db "$store"
  say "the bundled session todo: 12 turns of a browser agent, recorded in front of a simulated server"
  local profile
  for profile in m2-base m4-max; do
    say "replaying it against simulated:$profile"
    turntable replay todo --against "simulated:$profile" --name "todo on $profile"
  done
  show_result todo "todo on m2-base" "todo on m4-max"
}

# serve PRESET   sets served_url once the server answers
serve() {
  local preset=$1 port log=report/$1.log tries
  port=$(free_port)
  scripts/llama-server/serve.sh .cache "$preset" "$port" >"$log" 2>&1 &
  children+=($!)
  served_url=http://127.0.0.1:$port
  for ((tries = 0; tries < 240; tries++)); do
    if node -e "fetch('$served_url/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"; then return; fi
    kill -0 "${children[${#children[@]}-1]}" 2>/dev/null || break
    sleep 0.25
  done
  tail -n 5 "$log" >&2
  fail "llama-server with $preset did not start; its log is in $log"
}

run_real() {
  command -v node >/dev/null || fail "node is not here: it plays the session (Node 18 or newer)"
  say "bringing llama-server and two models (into .cache, once)"
  local preset recorder tries
  for preset in rand-50m rand-1m; do scripts/llama-server/serve.sh .cache "$preset" || fail "there is no llama-server to be had here"; done
  serve rand-50m; local first=$served_url
  serve rand-1m; local second=$served_url

  say "recording 12 turns of a browser agent in front of $first (rand-50m)"
  node scripts/linked-files.mjs fixtures/sessions/todo-0.0.83 report/files
  build/release/bin/turntable record --store "$store" --upstream "$first" --listen 127.0.0.1:0 --name todo --files-from report/files \
    >report/record.out 2>report/record.log &
  recorder=$!
  children+=("$recorder")
  for ((tries = 0; tries < 100; tries++)); do
    grep -q '^listening ' report/record.out && break
    kill -0 "$recorder" 2>/dev/null || { cat report/record.log >&2; fail "turntable record did not start"; }
    sleep 0.1
  done
  local address
  address=$(sed -n 's/^listening //p' report/record.out)
  [ -n "$address" ] || fail "turntable record did not say where it listens; its log is in report/record.log"
  node scripts/play-session.mjs "$address" fixtures/sessions/todo-0.0.83
  kill -TERM "$recorder"
  wait "$recorder" || fail "turntable record did not end in order; its log is in report/record.log"

  say "replaying them against $second (rand-1m)"
  turntable replay todo --against "$second" --name "todo on rand-1m"
  show_result todo "todo on rand-1m"
}

install_packages "${kBuildPackages[@]}"
configure_ccache "$PWD"
rm -rf report
mkdir -p report
store=report/turntable.db
[ "$real" = no ] || install_node
build_preset release turntable turntable-studio
if [ "$real" = yes ]; then run_real; else run_bundled; fi
