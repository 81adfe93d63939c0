# The native library and what is generated from it. Sourced after setup.sh by the steps of other languages.
# shellcheck shell=bash
target=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)

# For an app: `cargo rustc --profile phone --package keepwell-bindings --lib --crate-type … -- "${phone[@]}"`. One crate type, because
# Cargo does not optimise across crates what is a library for Rust as well. The level of this crate decides how all others are
# finished (see the profile); by these attributes its own code is small all the same.
# shellcheck disable=SC2034
phone=(-C llvm-args=-force-attribute=minsize -C llvm-args=-force-attribute=optsize)

# need_maven UNTESTED: Maven and a JDK, from Debian where we may install them; false, and said, when they can't be had.
need_maven() {
  local packages=(maven openjdk-17-jdk-headless)
  if command -v mvn >/dev/null && command -v javac >/dev/null; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    without "Maven and a JDK (Debian: apt install ${packages[*]})" "$1" && return 1
  fi
  say "installing ${packages[*]} from Debian (apt-get)"
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends "${packages[@]}" >/dev/null; }; then
    without "${packages[*]} from Debian" "$1" && return 1
  fi
}

# The command line, the library that fails on purpose and the FHIR server of the tests, with the features of ./dev test core, so that
# nothing is built twice.
debug_library() {
  cargo build --locked --quiet --workspace --lib --bins --example smart_server \
    --features keepwell-bindings/testing,keepwell-protocol/testing
  library=$(library_in "$target/debug")
}

# library_in FOLDER: the path of the shared library there.
library_in() { find "$1" -maxdepth 1 \( -name libkeepwell.so -o -name libkeepwell.dylib \) | head -n 1; }

# A workspace of its own: in the other one Cargo would build the library with what only the generators need.
bindgen() { cargo build --locked --quiet --manifest-path bindings/bindgen/Cargo.toml --target-dir "$target"; }

# generate_kotlin LIBRARY: the Kotlin sources of the built library, into $target/kotlin/sources.
generate_kotlin() {
  bindgen
  rm -rf "$target/kotlin/sources"
  "$target/debug/uniffi-bindgen" generate --no-format -l kotlin -o "$target/kotlin/sources" "$1"
  # uniffi looks whether an object was closed only where it is called, not where it is an argument: freed memory was cloned then.
  local passed='return value.uniffiCloneHandle()' checked='return value.callWithHandle { it }'
  PASSED="$passed" CHECKED="$checked" perl -pi -e 's/\Q$ENV{PASSED}\E/$ENV{CHECKED}/' "$target"/kotlin/sources/org/keepwell/*.kt
  grep -qF "$checked" "$target"/kotlin/sources/org/keepwell/*.kt || {
    echo "error: uniffi passes objects in another way now; see generate_kotlin" >&2
    return 1
  }
}

# generate_swift LIBRARY: the Swift sources and the C header of the built library, into the package.
generate_swift() {
  bindgen
  mkdir -p ios/Sources/KeepwellCore
  "$target/debug/uniffi-bindgen-swift" --swift-sources "$1" ios/Sources/KeepwellCore
  "$target/debug/uniffi-bindgen-swift" --headers "$1" ios/Sources/KeepwellCoreFFI
}
