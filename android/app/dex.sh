#!/usr/bin/env bash
# usage: dex.sh OUT   -> OUT/classes*.dex, the app's code as a release has it, shrunk by R8; prints how large it is.
# Needs what apk.sh needs.
set -euo pipefail
cd "$(dirname "$0")/.."
source app/inputs.sh
mkdir -p "$1"
out=$(cd "$1" && pwd)
rm -rf "$out"/*.dex "$out/rules"
mkdir -p "$out/rules"
collect_inputs "$out"

# What the manifest names, as aapt2 says; what libraries bring along in their AARs and jars; and Android's own enums and parcels.
rules=(--pg-conf app/target/res/keep.pro --pg-conf app/release.pro)
for rule in aars/target/aar/*/proguard.txt "$out/jna/proguard.txt"; do
  [ ! -s "$rule" ] || rules+=(--pg-conf "$rule")
done
for input in "${inputs[@]}"; do
  folder="$out/rules/$(basename "$input" .jar)"
  unzip -qo "$input" 'META-INF/proguard/*' 'META-INF/com.android.tools/r8*/*' -d "$folder" 2>/dev/null || continue
  while read -r rule; do rules+=(--pg-conf "$rule"); done < <(find "$folder" -type f)
done

java -Xmx2g -cp "$r8" com.android.tools.r8.R8 --release --min-api 28 --lib "$framework" --lib "$java_home" \
  "${rules[@]}" --output "$out" "${inputs[@]}" >"$out/r8.log" 2>&1 || { tail -20 "$out/r8.log" >&2; exit 1; }
cat "$out"/*.dex | wc -c
