#!/usr/bin/env bash
# usage: [KEEPWELL_CONNECTION=FILE] [KEEPWELL_NATIVES=FOLDER] apk.sh OUT   -> OUT/keepwell.apk, signed with a key made on the spot; it offers to connect where
# FILE says (docs/run-a-pilot.md), and nowhere without one. Needs `mvn test` and the artifacts that
# dev.d/android fetches. It shows that dex, resources, manifest and signature fit together. A phone can use it only where FOLDER has
# the wallet's own library for it (arm64-v8a/libkeepwell.so …), which ./dev packages makes with an NDK.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "$1"
out=$(cd "$1" && pwd)
source app/inputs.sh

rm -rf "$out/stage" "$out/jna" "$out/dex"
mkdir -p "$out/stage" "$out/dex"
collect_inputs "$out"

# D8 needs the framework and the JDK: without the second, java.lang.Object is missing.
java -Xmx2g -cp "$r8" com.android.tools.r8.D8 --debug --min-api 28 --lib "$framework" --lib "$java_home" \
  --output "$out/dex" "${inputs[@]}"

natives=()
for abi in arm64-v8a armeabi-v7a x86_64; do
  mkdir -p "$out/stage/lib/$abi"
  cp "$out/jna/jni/$abi/libjnidispatch.so" "$out/stage/lib/$abi/"
  for aar in aars/target/aar/*/; do
    [ ! -d "$aar/jni/$abi" ] || cp "$aar/jni/$abi"/*.so "$out/stage/lib/$abi/"
  done
  if [ -n "${KEEPWELL_NATIVES:-}" ] && [ -e "$KEEPWELL_NATIVES/$abi/libkeepwell.so" ]; then
    cp "$KEEPWELL_NATIVES/$abi/libkeepwell.so" "$out/stage/lib/$abi/"
    natives+=("$abi")
  fi
done
cp "$out"/dex/*.dex "$out/stage/"
if [ -n "${KEEPWELL_CONNECTION:-}" ]; then
  mkdir -p "$out/stage/assets"
  cp "$KEEPWELL_CONNECTION" "$out/stage/assets/connection.json"
fi
cp app/target/res/app.ap_ "$out/unaligned.apk"
(cd "$out/stage" && jar --update --no-compress --no-manifest --file "$out/unaligned.apk" ./*)
zipalign -f -p 4 "$out/unaligned.apk" "$out/aligned.apk"

[ -e "$out/debug.jks" ] || keytool -genkeypair -keystore "$out/debug.jks" -storepass android -keypass android -alias debug \
  -keyalg RSA -keysize 2048 -validity 30 -dname CN=debug >/dev/null 2>&1
apksigner sign --ks "$out/debug.jks" --ks-pass pass:android --min-sdk-version 28 --out "$out/keepwell.apk" "$out/aligned.apk"
apksigner verify --verbose --min-sdk-version 28 "$out/keepwell.apk" | grep -E '^Verifies|v3 scheme'
aapt2 dump badging "$out/keepwell.apk" | grep -E '^(package|sdkVersion|targetSdkVersion|launchable)'
echo "the wallet's own library: ${natives[*]:-for no phone (./dev packages makes it with an NDK)}"
