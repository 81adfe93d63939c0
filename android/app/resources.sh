#!/usr/bin/env bash
# usage: resources.sh AAPT2 FRAMEWORK_JAR AARS OUT   -> OUT/app.ap_ (binary resources and manifest), OUT/java/**/R.java, OUT/keep.pro (what R8 has to keep)
#
# Debian's aapt2 is of Android 10: it opens no ZIP64 file and can't read the compact entries of Android 14's resource
# table. So it links against the table of Android 13, repacked without compression; ids of the framework are stable.
set -euo pipefail
aapt2=$1 framework=$2 aars=$3 out=$4
cd "$(dirname "$0")"
mkdir -p "$out/java" "$out/flat"

if [ ! -e "$out/framework.apk" ]; then
  (
    cd "$out"
    unzip -qo "$framework" resources.arsc AndroidManifest.xml
    jar --create --no-compress --no-manifest --file framework.apk resources.arsc AndroidManifest.xml
    rm resources.arsc AndroidManifest.xml
  )
fi

packages=()
for aar in "$aars"/*/; do
  packages+=("$(sed -n 's/.*package="\([^"]*\)".*/\1/p' "$aar/AndroidManifest.xml" | head -1)")
  flat="$out/flat/$(basename "$aar").zip"
  if [ -d "$aar/res" ] && [ -n "$(ls -A "$aar/res")" ] && [ ! -e "$flat" ]; then
    "$aapt2" compile --dir "$aar/res" -o "$flat"
  fi
done
"$aapt2" compile --dir src/main/res -o "$out/app.zip"

overlays=()
for flat in "$out"/flat/*.zip "$out/app.zip"; do overlays+=(-R "$flat"); done
"$aapt2" link -I "$out/framework.apk" --manifest src/main/AndroidManifest.xml --auto-add-overlay --non-final-ids \
  --no-version-vectors --min-sdk-version 28 --target-sdk-version 35 \
  --extra-packages "$(printf '%s\n' "${packages[@]}" | sort -u | paste -sd:)" \
  --proguard "$out/keep.pro" --java "$out/java" -o "$out/app.ap_" "${overlays[@]}"
