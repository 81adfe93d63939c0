#!/usr/bin/env python3
"""The layout of a Maven repository, as Central takes it.

add REPOSITORY POM [--version V] [--packaging P] MAIN [CLASSIFIER=FILE…]   puts an artifact there, with its checksums
check REPOSITORY                                                          what each artifact needs is there and holds
missing REPOSITORY                                                        what still keeps it from an upload, a line each
"""
import hashlib
import shutil
import sys
import zipfile
import xml.etree.ElementTree as ET
from pathlib import Path

CHECKSUMS = ["md5", "sha1", "sha256", "sha512"]
NAMESPACE = "{http://maven.apache.org/POM/4.0.0}"
# ELF's number for the processor of each folder of native libraries, Android's and JNA's.
MACHINES = {"arm64-v8a": 183, "armeabi-v7a": 40, "x86_64": 62, "linux-x86-64": 62, "linux-aarch64": 183}
PHONES = ["arm64-v8a", "armeabi-v7a", "x86_64"]
# An AAR without the native libraries of phones, which nobody is to publish.
WITHOUT_NATIVES = "-without-natives"


def main():
    command, repository, *rest = sys.argv[1:]
    if command == "add":
        add(Path(repository), *rest)
        return
    problems = check(Path(repository)) if command == "check" else missing(Path(repository))
    for problem in problems:
        print(problem)
    if command == "check":
        sys.exit(1 if problems else 0)


def add(repository, pom, *rest):
    options, files = {}, []
    rest = list(rest)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            options[word[2:]] = rest.pop(0)
        else:
            files.append(word)
    text = Path(pom).read_text()
    project = ET.fromstring(text)
    version, packaging = value(project, "version"), value(project, "packaging") or "jar"
    if "version" in options:
        text = text.replace(f"<version>{version}</version>", f"<version>{options['version']}</version>", 1)
        version = options["version"]
    if "packaging" in options:
        packaging = options["packaging"]
        text = text.replace(f"<version>{version}</version>", f"<version>{version}</version>\n  <packaging>{packaging}</packaging>", 1)
    name = value(project, "artifactId")
    folder = repository / value(project, "groupId").replace(".", "/") / name / version
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / f"{name}-{version}.pom").write_text(text)
    for file in files:
        classifier, equals, path = file.rpartition("=")
        end = f"-{classifier}.jar" if equals else f".{packaging}"
        shutil.copyfile(path, folder / f"{name}-{version}{end}")
    for file in sorted(folder.iterdir()):
        for kind in CHECKSUMS:
            file.with_name(f"{file.name}.{kind}").write_text(digest(kind, file))


def check(repository):
    poms = sorted(repository.rglob("*.pom"))
    problems = [] if poms else [f"{repository}: no artifact"]
    for pom in poms:
        problems += [f"{pom.stem}: {problem}" for problem in check_artifact(pom)]
    return problems


def check_artifact(pom):
    project = ET.fromstring(pom.read_text())
    stem, folder = pom.with_suffix(""), pom.parent
    coordinates = [value(project, one) for one in ("groupId", "artifactId", "version")]
    if None in coordinates or f"{coordinates[1]}-{coordinates[2]}" != pom.stem:
        yield "the POM has other coordinates than its place"
    for path in ("name", "description", "url", "licenses/license/name", "licenses/license/url", "developers/developer/name", "scm/url", "scm/connection"):
        if not value(project, path):
            yield f"the POM has no {path}"
    if "${" in pom.read_text():
        yield "the POM has a property that is not filled in"
    if any(value(one, "scope") == "system" or "SNAPSHOT" in (value(one, "version") or "SNAPSHOT") for one in project.iter(f"{NAMESPACE}dependency")):
        yield "a dependency has no version that stays"
    wanted = [f".{value(project, 'packaging') or 'jar'}", "-sources.jar"]
    if not pom.stem.endswith(WITHOUT_NATIVES):
        wanted.append("-javadoc.jar")
    for end in wanted:
        if not Path(f"{stem}{end}").is_file():
            yield f"no {pom.stem}{end}"
    for file in sorted(folder.iterdir()):
        if file.suffix[1:] in CHECKSUMS or file.suffix == ".asc":
            continue
        for kind in CHECKSUMS:
            sum_file = file.with_name(f"{file.name}.{kind}")
            if not sum_file.is_file() or sum_file.read_text() != digest(kind, file):
                yield f"{sum_file.name} is missing or wrong"
        if file.suffix in (".jar", ".aar"):
            yield from check_archive(file)
    aar = Path(f"{stem}.aar")
    if aar.is_file() and not pom.stem.endswith(WITHOUT_NATIVES):
        with zipfile.ZipFile(aar) as archive:
            for phone in PHONES:
                if f"jni/{phone}/libkeepwell.so" not in archive.namelist():
                    yield f"no native library for {phone}"


def check_archive(file):
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        yield f"{file.name} is no archive"
        return
    with archive:
        names = archive.namelist()
        if archive.testzip() is not None or not any(not name.endswith("/") for name in names):
            yield f"{file.name} is damaged or empty"
        if file.suffix == ".aar" and not {"AndroidManifest.xml", "classes.jar"} <= set(names):
            yield f"{file.name} has no manifest or no classes"
        for name in names:
            if name.endswith(".so"):
                machine = MACHINES.get(name.split("/")[-2])
                head = archive.open(name).read(20)
                if head[:4] != b"\x7fELF" or int.from_bytes(head[18:20], "little") != machine:
                    yield f"{file.name}: {name} is for another processor"


def missing(repository):
    """What only who publishes can add."""
    for pom in sorted(repository.rglob("*.pom")):
        project = ET.fromstring(pom.read_text())
        if ".example/" in f"{value(project, 'url')}/":
            yield f"{pom.stem}: no address of the project (KEEPWELL_HOME_URL)"
        if pom.stem.endswith(WITHOUT_NATIVES):
            yield f"{pom.stem}: no native libraries for phones (ANDROID_NDK_HOME and cargo-ndk)"
        if not pom.with_name(f"{pom.name}.asc").is_file():
            yield f"{pom.stem}: no signatures (KEEPWELL_SIGNING_KEY)"


def value(element, path):
    found = element.find("/".join(NAMESPACE + step for step in path.split("/")))
    return found.text.strip() if found is not None and found.text and found.text.strip() else None


def digest(kind, file):
    return hashlib.new(kind, file.read_bytes()).hexdigest()


main()
