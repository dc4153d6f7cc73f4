# shellcheck shell=bash disable=SC2034
# Sourced by run.sh and test.sh: brings what is missing to build, run and test Turntable on Debian 12 or a relative of it,
# without a question asked. Looks first, so that a machine that has everything is not touched and needs no network.
# On a machine without apt it says what is needed and goes on.

readonly kBuildPackages=(cmake g++ ninja-build ccache pkg-config git ca-certificates
  libsqlite3-dev libzstd-dev libre2-dev zlib1g-dev libcurl4-openssl-dev libssl-dev libsimdjson-dev nlohmann-json3-dev libcli11-dev
  libboost-dev qt6-base-dev libgl1 libopengl0 libegl1 libxkbcommon0 libfontconfig1 fonts-dejavu-core)
readonly kTestPackages=(libgtest-dev libgmock-dev libbenchmark-dev sqlite3)
readonly kLongPackages=(clang libclang-rt-14-dev)

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_get() {
  local options=(-o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
  # A machine of continuous integration is thrown away: there dpkg need not wait for the disk after each file.
  [ "${CI:-}" != true ] || options+=(-o Dpkg::Options::=--force-unsafe-io)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y "${options[@]}" "$@" </dev/null
}

# install_packages PACKAGE...
install_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "no apt on this machine: these Debian packages, or your system's of the same libraries, must be there: $*"
    return 0
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" = 0 ] && return 0
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    fail "missing packages, and no right to install them; as root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  local log
  log=$(mktemp)
  # The package lists may be absent or old: ask with those there are, fetch new ones only when that fails.
  if ! apt_get install --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    if ! { apt_get update && apt_get install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      rm -f "$log"
      fail "apt-get could not install: ${missing[*]}"
    fi
  fi
  rm -f "$log"
}

# Node runs the players and the system tests; a version from 18 on that is already there is left alone.
install_node() {
  local packages=()
  local major=0
  if command -v node >/dev/null; then major=$(node --version | sed 's/^v\([0-9]*\).*/\1/'); fi
  [ "${major:-0}" -ge 18 ] || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
  [ "${#packages[@]}" = 0 ] || install_packages "${packages[@]}"
}

# Objects of earlier builds are used again, also those of another checkout at another place.
configure_ccache() {
  command -v ccache >/dev/null || return 0
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$1} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-4G} CCACHE_NOHASHDIR=true
  export CCACHE_SLOPPINESS=pch_defines,time_macros  # ccache's manual asks for both where headers are precompiled
}

# build_preset PRESET TARGET...   configures and builds; prints the log only when something fails.
build_preset() {
  local preset=$1 log started=$SECONDS
  shift
  mkdir -p build
  log=build/$preset.log
  say "building ($preset; log in $log)"
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${@:+--target "$@"}; } >"$log" 2>&1 </dev/null; then
    grep -n -m 20 -E 'error|Error|FAILED' "$log" >&2
    tail -n 30 "$log" >&2
    fail "the build of preset $preset failed; the whole log is in $log"
  fi
  say "built ($preset) in $((SECONDS - started)) s"
}
