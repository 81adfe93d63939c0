# What the steps need from the machine. Sourced by ./dev and the steps; installs only into $cache.
# shellcheck shell=bash
cache="${XDG_CACHE_HOME:-$HOME/.cache}/keepwell"
export KEEPWELL_DATA="${KEEPWELL_DATA:-$(cd .. && pwd)/shared}"

say() { printf '== %s\n' "$*" >&2; }

# without WHAT UNTESTED: a tool or data is missing. Fine on a laptop, never in CI.
without() {
  say "SKIPPED: no $1, so this stays untested: $2"
  if [ "${CI:-}" = true ]; then
    say "CI=true: nothing may be skipped"
    exit 1
  fi
}

# flaky NAME…: tests that failed and passed when they were run again. Each is a fault, in the test or in what it tests, that somebody has to
# find; on a machine that is busy with something else it keeps nobody from landing.
flaky() { say "flaky: $*"; }

# flaky_in MAVEN_LOG: those that Surefire ran again.
flaky_in() {
  local names
  mapfile -t names < <(sed -nE '/^\[WARNING\] Flakes: *$/,/ Tests run:/ s/^\[WARNING\] ([A-Za-z][A-Za-z0-9_.]*\.[^ ]+).*$/\1/p' "$1")
  [ ${#names[@]} = 0 ] || flaky "${names[@]}"
}

need_rust() {
  command -v cargo >/dev/null || {
    echo "error: Rust is missing; install it from https://rustup.rs, then run this again" >&2
    exit 1
  }
  # The host's viewer page is built for it. rustup adds it when it installs the toolchain, not to one that is there.
  ! command -v rustup >/dev/null || rustup target list --installed | grep -qx wasm32-unknown-unknown ||
    rustup target add wasm32-unknown-unknown
}

need_cc() {
  command -v "${CC:-cc}" >/dev/null || {
    echo "error: a C compiler is missing (Debian: apt install gcc libc6-dev; macOS: xcode-select --install)" >&2
    exit 1
  }
}

# stamped NAME WANTED COMMAND…: runs the command unless it already succeeded for the same WANTED.
stamped() {
  local stamp="$cache/$1.stamp" wanted="$2"
  shift 2
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  mkdir -p "$cache"
  "$@" || return 1
  printf '%s' "$wanted" >"$stamp"
}

# A Python with stock SQLCipher: the judge of our store files. Exports KEEPWELL_SQLCIPHER_PYTHON if it can be had.
sqlcipher_python() {
  local venv="$cache/sqlcipher" package='sqlcipher3==0.6.4'
  if ! command -v python3 >/dev/null; then
    without python3 "that stock SQLCipher opens our store and we open its"
    return 0
  fi
  if stamped sqlcipher "$package $venv" install_python "$venv" "$package" sqlcipher3; then
    export KEEPWELL_SQLCIPHER_PYTHON="$venv/bin/python"
  else
    without "$package from PyPI" "that stock SQLCipher opens our store and we open its"
  fi
}

# A Python with fhir.resources, a model of FHIR that is not ours. Exports KEEPWELL_FHIR_PYTHON if it can be had.
fhir_python() {
  local venv="$cache/fhir" package='fhir.resources==8.3.0'
  if command -v python3 >/dev/null && stamped fhir "$package $venv" install_python "$venv" "$package" fhir.resources; then
    export KEEPWELL_FHIR_PYTHON="$venv/bin/python"
  else
    without "$package from PyPI" "what a model of FHIR that is not ours says of our documents, and how the import compares with it"
  fi
}

# A Python with jwcrypto, which opens what we encrypt. Exports KEEPWELL_JOSE_PYTHON if it can be had.
jose_python() {
  local venv="$cache/jose" package='jwcrypto==1.6.1'
  if command -v python3 >/dev/null && stamped jose "$package $venv" install_python "$venv" "$package" jwcrypto; then
    export KEEPWELL_JOSE_PYTHON="$venv/bin/python"
  else
    without "$package from PyPI" "that clients that are not ours open our links"
  fi
}

# Prints a Python that reads YAML: this machine's, or one with PyYAML installed; nothing if it can't be had.
yaml_python() {
  local venv="$cache/yaml" package='pyyaml==6.0.3'
  if python3 -c 'import yaml' 2>/dev/null; then
    printf python3
  elif command -v python3 >/dev/null && stamped yaml "$package $venv" install_python "$venv" "$package" yaml; then
    printf '%s' "$venv/bin/python"
  else
    without "$package from PyPI" "that what Gradle and Xcode read fits the sources"
  fi
}

# install_python VENV PACKAGE MODULE
install_python() {
  say "installing $2 from PyPI into $1"
  rm -rf "$1"
  python3 -m venv "$1" && "$1/bin/python" -m pip install --quiet --only-binary :all: "$2" &&
    "$1/bin/python" -c "import $3"
}

# Prints where cargo-deny is, built where it is not there yet; nothing if it can't be had.
cargo_deny() {
  local folder="$cache/cargo-deny" version=0.20.2
  # Unoptimised: it runs for seconds, and its own release profile compiles for minutes.
  if stamped cargo-deny "$version $folder" install_cargo_deny "$folder" "$version"; then
    printf '%s' "$folder/bin/cargo-deny"
  else
    without "cargo-deny $version from crates.io" "licences, banned crates and sources of dependencies"
  fi
}

install_cargo_deny() {
  say "installing cargo-deny $2 from crates.io into $1"
  cargo install --locked --quiet --debug --version "$2" --root "$1" cargo-deny >&2 || return 1
}

# Prints where CometBFT is, of the version that is named or else of ours, built by Go where it is not there yet; nothing if it can't
# be had.
cometbft() {
  # Exactly this one: what the ledger's blocks are recomputed against.
  local version="${1:-0.38.25}" folder
  folder="$cache/cometbft-$version"
  if stamped "cometbft-$version" "$folder" install_cometbft "$folder" "$version"; then
    printf '%s' "$folder/cometbft"
  else
    without "CometBFT $version, which Go (https://go.dev, 1.22.11 or newer) builds from its module" "the ledger under real CometBFT nodes"
  fi
}

install_cometbft() {
  command -v go >/dev/null || return 1
  say "installing CometBFT $2 by the Go toolchain into $1 (some minutes)"
  # 0.40.0 calls itself 0.39.0, so that its name is all there is to go by.
  GOFLAGS='' GOBIN="$1" go install "github.com/cometbft/cometbft/cmd/cometbft@v$2" >&2
}
