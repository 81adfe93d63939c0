# Sourced: what the app runs on, for D8 and R8. Needs `mvn test` and the artifacts that dev.d/android fetches.
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
framework=$(echo "$repository"/org/robolectric/android-all/16-*/android-all-16-*.jar)
r8=$repository/com/android/tools/r8/9.5.28/r8-9.5.28.jar
jna=$repository/net/java/dev/jna/jna/5.19.1/jna-5.19.1.aar

# usage: collect_inputs OUT   -> inputs=(…), JNA unpacked in OUT/jna
# As Maven resolved it: folders are our own modules, JNA's classes are those of its AAR.
collect_inputs() {
  local entry entries module
  mkdir -p "$1/jna"
  unzip -qo "$jna" -d "$1/jna"
  inputs=("$1/jna/classes.jar")
  IFS=: read -ra entries <<<"$(<app/target/runtime.classpath)"
  for entry in "$PWD/app/target/classes" "${entries[@]}"; do
    case "$entry" in
      *.aar | */net/java/dev/jna/*) ;; # an AAR's classes are those of our module `aars`
      *.jar) inputs+=("$entry") ;;
      *)
        module=$(basename "$(dirname "$(dirname "$entry")")")
        (cd "$entry" && jar --create --no-manifest --file "$1/$module.jar" .)
        inputs+=("$1/$module.jar")
        ;;
    esac
  done
}
