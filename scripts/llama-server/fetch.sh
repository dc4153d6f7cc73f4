#!/bin/bash
# fetch.sh DIR   brings a real llama.cpp server, Debian's own package from its suite "sid" with the libraries it was built
# for, into DIR, without touching the system. Afterwards DIR/llama-server ARGS... runs it. About 14 MB. Any user may do it.
# On other systems it links to the llama-server in the PATH.
# Exit codes: 0 it is there, 1 it could not be brought, 77 there is neither a Debian mirror nor a llama-server here.
set -euo pipefail
dir=${1:?usage: fetch.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
[ -x "$dir/llama-server" ] && exit 0
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  # No Debian: one that the user installed, say with Homebrew, does as well.
  own=$(command -v llama-server) || { echo "fetch.sh: neither apt nor a llama-server is here: install llama.cpp" >&2; exit 77; }
  ln -s "$own" "$dir/llama-server"
  exit 0
fi
# shellcheck disable=SC2016  # apt's own fields, not the shell's
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)
[ -n "$mirror" ] || { echo "fetch.sh: apt knows no Debian mirror" >&2; exit 77; }

# Two callers at once: the second waits for the first, then finds the work done.
exec 9>"$dir/.lock"
if command -v flock >/dev/null; then flock 9; fi
[ -x "$dir/llama-server" ] && exit 0

# An apt of its own: own sources, own lists, no installed packages, so that every library is fetched beside the program.
apt=$dir/apt
mkdir -p "$apt"/etc/{apt.conf.d,preferences.d,sources.list.d} "$apt"/{lists,cache/archives}/partial "$apt/state" "$dir/deb" "$dir/root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$apt/etc/sources.list"
: >"$apt/state/status"
cat >"$apt/apt.conf" <<CONF
Dir::Etc "$apt/etc";
Dir::Etc::sourcelist "$apt/etc/sources.list";
Dir::Etc::sourceparts "$apt/etc/sources.list.d";
Dir::State "$apt/state";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
CONF
export APT_CONFIG=$apt/apt.conf
apt-get -qq update </dev/null || { echo "fetch.sh: the package lists of Debian sid could not be read" >&2; exit 1; }

# The program and, from one to the next, the libraries it depends on; nothing else of the system is needed.
packages=(llama.cpp-tools)
for ((i = 0; i < ${#packages[@]}; i++)); do
  while read -r library; do
    case " ${packages[*]} " in *" $library "*) ;; *) packages+=("$library") ;; esac
  done < <(apt-cache depends "${packages[i]}" | sed -n 's/^ *|\{0,1\}Depends: \(\(lib\|zlib\)[^<> ]*\)$/\1/p')
done
(cd "$dir/deb" && apt-get -qq download "${packages[@]}" </dev/null) || { echo "fetch.sh: ${packages[*]} could not be downloaded" >&2; exit 1; }
for deb in "$dir"/deb/*.deb; do dpkg-deb -x "$deb" "$dir/root"; done
rm -rf "$dir/deb" "$apt"

cat >"$dir/llama-server.tmp" <<'RUN'
#!/bin/bash
# Runs the packaged llama-server with the loader and the libraries it was built for.
root=$(cd "$(dirname "$0")" && pwd -P)/root
loader=$(find "$root/usr/lib" -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(dirname "$loader")
program=$(find "$root/usr/libexec" "$root/usr/bin" -name llama-server -type f 2>/dev/null | head -n 1)
# One CPU backend is named outright: the scan for the best one looks where the package would be installed.
backends=$libraries/ggml/backends0
[ -d "$backends" ] || backends=$(dirname "$(find "$root/usr/lib" -name 'libggml-cpu*.so' | head -n 1)")
flags=" $(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo | cut -d: -f2) "
chosen=
for pair in icelake:avx512_vbmi skylakex:avx512f haswell:avx2 sse42:sse4_2 x64:; do
  file=$backends/libggml-cpu-${pair%%:*}.so
  need=${pair#*:}
  if [ -e "$file" ] && { [ -z "$need" ] || [[ $flags == *" $need "* ]]; }; then chosen=$file; break; fi
done
[ -n "$chosen" ] || chosen=$(find "$backends" -name 'libggml-cpu*.so' | sort | head -n 1)
export GGML_BACKEND_PATH=$chosen
exec "$loader" --library-path "$libraries:$libraries/llama" "$program" "$@"
RUN
chmod +x "$dir/llama-server.tmp"
mv "$dir/llama-server.tmp" "$dir/llama-server"
"$dir/llama-server" --version >/dev/null 2>&1 || { rm "$dir/llama-server"; echo "fetch.sh: the fetched llama-server does not run here" >&2; exit 1; }
