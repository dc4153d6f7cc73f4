#!/bin/bash
# Installs what is missing, builds Turntable and runs its tests. See --help.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh

usage() {
  cat <<'TEXT'
usage: ./test.sh [--long]

Without options: one build with assertions and every test: units, the layering, the window (drawn offscreen), and the system
tests, which record, replay and compare with real llama.cpp servers. Under 20 minutes on two cores, installation included.

  --long   adds what takes hours: all tests under the address, undefined-behaviour and thread sanitizers, the build without Qt,
           10,000 random prompts, 500 kills of the recorder, 50 full disks, 1,000 rounds of several writers, 5,000 flipped
           bits of a store, ten minutes of fuzzing a target, the benchmarks
  --help   this text
TEXT
}

long=no
for argument in "$@"; do
  case $argument in
    --long) long=yes ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; echo "error: unknown option $argument" >&2; exit 2 ;;
  esac
done

export QT_QPA_PLATFORM=offscreen
jobs=$( (command -v nproc >/dev/null && nproc) || sysctl -n hw.ncpu || echo 2)

# run_tests PRESET [CTEST ARGUMENTS]
run_tests() {
  local preset=$1
  shift
  say "testing ($preset)"
  ctest --test-dir "build/$preset" --output-on-failure -j "$jobs" "$@" </dev/null
}

fuzz_everything() {
  command -v clang++ >/dev/null || { say "no clang++ here: the fuzzers are left out"; return; }
  build_preset fuzz
  local target corpus
  for target in build/fuzz/tests/fuzz/*_fuzz; do
    [ -x "$target" ] || continue
    corpus=build/fuzz/corpus/$(basename "$target")
    mkdir -p "$corpus"
    say "fuzzing 600 s: $(basename "$target")"
    "$target" -max_total_time=600 -timeout=10 -print_final_stats=1 "$corpus" >"$corpus.log" 2>&1 </dev/null ||
      { tail -n 40 "$corpus.log" >&2; fail "$(basename "$target") found something; see $corpus.log"; }
  done
}

run_benchmarks() {
  build_preset bench
  local program
  for program in build/bench/tests/bench/*_bench; do
    [ -x "$program" ] || continue
    say "$(basename "$program")"
    "$program" </dev/null
  done
}

# The sanitizers make times meaningless, so tests of times are left out there.
run_campaigns() {
  install_packages "${kLongPackages[@]}"
  local preset
  for preset in no-gui asan tsan; do
    build_preset "$preset"
    run_tests "$preset" -LE timing
  done
  say "10,000 random prompts"
  local suite
  for suite in storage_tests recorder_tests; do
    TURNTABLE_PROPERTY_ROUNDS=10000 "build/asan/tests/$suite" --gtest_brief=1 --gtest_filter='PromptPropertyTest.*' </dev/null
  done
  say "500 kills, 50 full disks, 1,000 rounds of company"
  TURNTABLE_KILL_ROUNDS=500 TURNTABLE_DISK_ROUNDS=50 TURNTABLE_COMPANY_ROUNDS=1000 \
    ctest --test-dir build/dev --output-on-failure -R '^system\.(kill|disk_full|company)$' </dev/null
  say "flipping 5,000 bits of a store"
  TURNTABLE_FLIPS=5000 build/asan/tests/storage_tests --gtest_filter='FlipTest.*' </dev/null
  fuzz_everything
  run_benchmarks
}

started=$SECONDS
install_packages "${kBuildPackages[@]}" "${kTestPackages[@]}"
install_node
configure_ccache "$PWD"
build_preset dev
[ "$long" = no ] || run_campaigns
run_tests dev
say "all done in $((SECONDS - started)) s"
