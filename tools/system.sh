#!/bin/sh
# Check for the system's libraries; install what is missing where that is allowed, else print the command to run.
# usage: system.sh documents   Pango and fonts, for PDF documents
#        system.sh browser     also Chromium, for the browser tests
set -eu
need=$1

has_pango() {
    for python in .venv/bin/python python3; do
        if command -v "$python" >/dev/null; then
            "$python" - <<'PY' && return 0
import ctypes.util, sys
needed = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
sys.exit(any(ctypes.util.find_library(name) is None for name in needed))
PY
            return 1
        fi
    done
}
has_font() { command -v fc-list >/dev/null && [ -n "$(fc-list "$1" 2>/dev/null | head -n 1)" ]; }
has_chromium() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
        [ -d "/Applications/Google Chrome.app" ]
}

packages=""
case $(uname) in
Darwin)
    has_pango || packages="pango"
    [ "$need" = browser ] && { has_chromium || packages="$packages --cask google-chrome"; }
    install="brew install"
    ;;
*)
    has_pango || packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    command -v fc-list >/dev/null || packages="$packages fontconfig"
    has_font Inter || packages="$packages fonts-inter"
    has_font "Noto Sans" || packages="$packages fonts-noto-core"
    has_font "Noto Sans CJK JP" || packages="$packages fonts-noto-cjk"
    [ "$need" = browser ] && { has_chromium || packages="$packages chromium"; }
    install="apt-get install -y --no-install-recommends"
    ;;
esac
packages=$(echo "$packages" | xargs)
[ -n "$packages" ] || exit 0

echo "Missing on this system: $packages"
if [ "$(uname)" = Darwin ] && command -v brew >/dev/null; then
    $install $packages
elif command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive $install -qq $packages >/dev/null
elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
    sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive $install -qq $packages >/dev/null
else
    echo "Install them with this command, then run make again:" >&2
    echo "    sudo $install $packages" >&2
    exit 1
fi
