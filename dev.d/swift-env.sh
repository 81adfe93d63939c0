# Where Swift comes from. Sourced after library.sh: `swift_env` finds or makes one, `swift_run COMMAND…` runs a command in it, in
# the repository. $swift_build is where that command puts what it builds; here it is $target/swift.
# shellcheck shell=bash

# Swift of the machine if it is 6 or newer; else Debian 13's in a root of its own: bookworm has none, and Debian 13's
# package would replace the machine's libc. That root is entered in a private mount namespace, so that nothing stays
# mounted and no later `rm -rf` can reach the repository through it.
swift_packages="swiftlang libc6-dev libstdc++-14-dev ca-certificates"
swift_unread="lib/swift_static/* lib/liblldb* lib/libLTO* lib/libsourcekitdInProc.so bin/lldb* bin/clangd bin/sourcekit-lsp"
swift_root="$cache/swift-trixie"
PATH="$PATH:/usr/sbin:/sbin" # chroot, where a PATH lacks it

# swift_env UNTESTED: false, and said, when no Swift can be had.
swift_env() {
  mkdir -p "$target/swift"
  if swift_is_6; then
    swift_where=here
    swift_build="$target/swift"
  elif [ "$(uname -s)" != Linux ]; then
    without "Swift 6 (Xcode 16 or newer)" "$1" && return 1
  elif [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || ! command -v unshare >/dev/null; then
    without "Swift 6 on PATH, nor root on Debian to make a root that has it" "$1" && return 1
  elif ! stamped swift "trixie $swift_packages $swift_unread" make_swift_root; then
    without "Debian 13's swiftlang" "$1" && return 1
  else
    swift_where=root
    swift_build=/target/swift
  fi
}

swift_is_6() {
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\).*/\1/p' | head -n 1) || return 1
  [ "${version:-0}" -ge 6 ]
}

make_swift_root() {
  local mirror path excludes=()
  command -v mmdebstrap >/dev/null || {
    say "installing mmdebstrap from Debian (apt-get)"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends mmdebstrap >/dev/null ||
      return 1
  }
  # The mirror that this machine's apt already uses.
  # shellcheck disable=SC2016 # apt's own placeholders
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n '\,/debian/$,{p;q}')
  say "making a Debian 13 root with Swift in $swift_root (about 550 MB to fetch, 1.7 GB on disk, 2 to 4 minutes)"
  for path in $swift_unread; do excludes+=("--dpkgopt=path-exclude=/usr/libexec/swift/$path"); done
  rm -rf --one-file-system "$swift_root"
  mkdir -p "$cache"
  mmdebstrap --quiet --variant=apt --include="${swift_packages// /,}" "${excludes[@]}" \
    trixie "$swift_root" "${mirror:-http://deb.debian.org/debian/}" >&2 || return 1
}

swift_run() {
  if [ "$swift_where" = here ]; then
    "$@"
  else
    # /proc: without it Swift's runtime is not found (its path is relative to /proc/self/exe).
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --fork bash -c '
      set -e; root=$1 repo=$2 target=$3; shift 3
      mkdir -p "$root/src" "$root/target"
      mount --make-rprivate /
      mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount --bind "$repo" "$root/src"
      mount --bind "$target" "$root/target"
      exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/libexec/swift/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
        ${CI:+CI="$CI"} ${KEEPWELL_SERVERS:+KEEPWELL_SERVERS="${KEEPWELL_SERVERS/#"$target"//target}"} \
        bash -c "cd /src && exec \"\$@\"" -- "$@"
    ' -- "$swift_root" "$PWD" "$target" "$@"
  fi
}
