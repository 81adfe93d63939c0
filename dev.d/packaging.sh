# What is published for developers of other apps: org.keepwell:keepwell and keepwell-android as Maven Central lays them out, and the
# Swift package. Sourced after library.sh.
# shellcheck shell=bash
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

# this_platform: what JNA calls this machine.
this_platform() {
  case "$(uname -sm)" in
    "Linux x86_64") echo linux-x86-64 ;;
    "Linux aarch64") echo linux-aarch64 ;;
    "Darwin arm64") echo darwin-aarch64 ;;
    "Darwin x86_64") echo darwin-x86-64 ;;
    *) echo "error: no name is known for the library on $(uname -sm)" >&2 && return 1 ;;
  esac
}

# kotlin_package REPOSITORY LIBRARY: what Maven made of the Kotlin library with the profile `release`, and this machine's native library.
kotlin_package() {
  local made="$target/kotlin/maven/keepwell-$version" pom="$target/kotlin/maven/.flattened-pom.xml" natives="$target/kotlin/natives" platform
  platform=$(this_platform)
  rm -rf "$natives"
  mkdir -p "$natives/$platform"
  cp "$2" "$natives/$platform/"
  strip -x "$natives/$platform"/* # after the sources were generated from it
  jar --create --no-manifest --file "$natives/natives.jar" -C "$natives" "$platform"
  python3 dev.d/maven-layout.py add "$1" "$pom" "$made.jar" "sources=$made-sources.jar" "javadoc=$made-javadoc.jar" "natives-$platform=$natives/natives.jar"
}

# android_package REPOSITORY JNI: what Maven compiled of android/library with the profile `release`, and the native libraries in the folders
# of JNI. Without those of every phone its version says that it is not for publishing.
android_package() {
  local made=android/library/target aar="$target/android/aar" out="$target/android/keepwell-android.aar" files own="$version" phone
  rm -rf "$aar" "$out"
  mkdir -p "$aar"
  jar --create --no-manifest --file "$aar/classes.jar" -C "$made/classes" .
  jar --create --no-manifest --file "$target/android/sources.jar" -C android/library/src/main/kotlin .
  cp android/library/src/main/AndroidManifest.xml "$aar/"
  : >"$aar/R.txt"
  for phone in arm64-v8a armeabi-v7a x86_64; do
    if [ -e "$2/$phone/libkeepwell.so" ]; then
      mkdir -p "$aar/jni/$phone"
      cp "$2/$phone/libkeepwell.so" "$aar/jni/$phone/"
    else
      own="$version-without-natives"
    fi
  done
  jar --create --no-manifest --file "$out" -C "$aar" .
  files=("$out" "sources=$target/android/sources.jar")
  [ ! -e "$made/keepwell-android-$version-javadoc.jar" ] || files+=("javadoc=$made/keepwell-android-$version-javadoc.jar")
  python3 dev.d/maven-layout.py add "$1" "$made/.flattened-pom.xml" --version "$own" --packaging aar "${files[@]}"
}

# layout_refusals REPOSITORY: what the check of the layout has to refuse, each in a copy of one that it takes.
layout_refusals() {
  local copy="$target/packages/refused" pom rule
  # What it has to say, and what is done to the copy: a refusal for another reason is none.
  for rule in 'jar.md5 is missing or wrong|printf x >>"$one.jar"' 'no keepwell-.*-javadoc.jar|rm "$one-javadoc.jar"' \
    'sources.jar.sha512 is missing|rm "$one-sources.jar.sha512"' 'has no scm/url|sed -i.before "/<scm>/,/<.scm>/d" "$one.pom"' \
    'other coordinates|mv "$one.pom" "${one%-*}-9.pom"'; do
    rm -rf "$copy" && cp -R "$1" "$copy"
    pom=$(find "$copy" -name "keepwell-$version.pom")
    one=${pom%.pom} bash -c "${rule#*|}"
    if ! grep -q "${rule%%|*}" <<<"$(python3 dev.d/maven-layout.py check "$copy" 2>&1)"; then
      echo "error: the check of the layout does not say '${rule%%|*}' after: ${rule#*|}" >&2
      return 1
    fi
  done
  rm -rf "$copy"
}

# swift_package FOLDER URL CHECKSUM: the Swift package `Keepwell` with the framework as a binary target. On Linux, where there is no such
# target, the linker is told where libkeepwell is.
swift_package() {
  rm -rf "$1"
  mkdir -p "$1/Sources"
  cp -R ios/Sources/KeepwellCoreFFI ios/Sources/KeepwellCore ios/Sources/Keepwell "$1/Sources/"
  cp LICENSE-MIT LICENSE-APACHE "$1/"
  cat >"$1/Package.swift" <<END
// swift-tools-version:6.0
import PackageDescription

#if os(Linux)
    let library = Target.systemLibrary(name: "KeepwellCoreFFI")
#else
    let library = Target.binaryTarget(
        name: "KeepwellCoreFFI",
        url: "$2",
        checksum: "$3"
    )
#endif

let package = Package(
    name: "Keepwell",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "Keepwell", targets: ["Keepwell"])],
    targets: [
        library,
        // Generated. Swift 6 mode does not take what is generated for an asynchronous protocol of the app's.
        .target(name: "KeepwellCore", dependencies: ["KeepwellCoreFFI"], swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(name: "Keepwell", dependencies: ["KeepwellCore"]),
    ],
    swiftLanguageModes: [.v6]
)
END
}
