#!/usr/bin/env python3
"""What Gradle and Xcode read, which run on no machine of the project, named nothing that is not there, and fits what does run.

Gradle: every module and every alias is there and used; the catalog has the poms' versions. Xcode: project.yml names files and products
that exist; the property lists can be read and say what the sources rely on. Needs PyYAML."""
import json
import plistlib
import re
import struct
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import yaml

problems = []


def hold(fact, problem):
    if not fact:
        problems.append(problem)


def gradle():
    android = Path("android")
    catalog = tomllib.loads((android / "gradle/libs.versions.toml").read_text())
    settings = (android / "settings.gradle.kts").read_text()
    folders = {name: android / name for name in re.findall(r'":(\w+)"', re.search(r"include\((.*)\)", settings)[1])}
    for name, folder in re.findall(r'project\(":(\w+)"\)\.projectDir = file\("(.*)"\)', settings):
        folders[name] = android / folder
    scripts = {"the root": android / "build.gradle.kts"} | {name: folder / "build.gradle.kts" for name, folder in folders.items()}
    used = set()
    for name, script in scripts.items():
        hold(script.is_file(), f"Gradle: {name} has no {script}")
        text = script.read_text() if script.is_file() else ""
        used |= set(re.findall(r"libs\.([\w.]+\w)", text))
        for module in re.findall(r'project\(":(\w+)"\)', text):
            hold(module in folders, f"Gradle: {name} names the module {module}, which the settings don't")
        for place in re.findall(r'srcDir\("(src/[^"]*)"\)', text):
            hold((script.parent / place).is_dir(), f"Gradle: {name} names {place}, which is not there")
    known = {key.replace("-", ".") for key in catalog["libraries"]} | {f"plugins.{key.replace('-', '.')}" for key in catalog["plugins"]}
    hold(used == known, f"Gradle: the catalog and the scripts differ by {sorted(used ^ known)}")

    poms = {}
    for pom in [*android.rglob("pom.xml"), Path("bindings/kotlin/pom.xml")]:
        if "target" not in pom.parts:
            read_pom(pom, poms)
    for alias, library in catalog["libraries"].items():
        group, artifact = library["module"].split(":")
        version = catalog["versions"][library["version"]["ref"]]
        # With Maven a library of several platforms is named with its own.
        found = {poms[name] for end in ("", "-android", "-jvm") if (name := f"{group}:{artifact}{end}") in poms}
        hold(found == {version}, f"Gradle: {alias} is {version} in the catalog, {sorted(found) or 'nothing'} in the poms")
    app = (android / "app/build.gradle.kts").read_text()
    manifest = ET.parse(android / "app/src/main/AndroidManifest.xml").getroot()
    name = "{http://schemas.android.com/apk/res/android}"
    hold(f'applicationId = "{manifest.get("package")}"' in app, "Gradle: another application than in the manifest")
    hold(f'versionName = "{manifest.get(name + "versionName")}"' in app, "Gradle: another version than in the manifest")
    hold(f"versionCode = {manifest.get(name + 'versionCode')}\n" in app, "Gradle: another version code than in the manifest")
    resources = (android / "app/resources.sh").read_text()
    for ours, gradles in (("min", "minSdk"), ("target", "targetSdk")):
        level = re.search(rf"--{ours}-sdk-version (\d+)", resources)[1]
        hold(f"{gradles} = {level}\n" in app, f"Gradle: {gradles} is not {level}")


def read_pom(pom, into):
    space = "{http://maven.apache.org/POM/4.0.0}"
    root = ET.parse(pom).getroot()
    parent = ET.parse("android/pom.xml").getroot()
    properties = {one.tag.removeprefix(space): one.text for tree in (parent, root) for one in tree.findall(f"{space}properties/*")}
    for one in root.findall(f"{space}dependencies/{space}dependency"):
        group, artifact, version = (one.findtext(space + key) for key in ("groupId", "artifactId", "version"))
        into[f"{group}:{artifact}"] = re.sub(r"\$\{([^}]*)\}", lambda found: properties[found[1]], version)


def xcode():
    app = Path("ios/App")
    project = yaml.safe_load((app / "project.yml").read_text())
    target = project["targets"]["Keepwell"]
    settings = target["settings"]["base"]
    named = [one["path"] for one in target["sources"]] + [settings["INFOPLIST_FILE"], settings["CODE_SIGN_ENTITLEMENTS"]]
    for place in named + [project["packages"]["Keepwell"]["path"]]:
        hold((app / place).exists(), f"Xcode: {place} is not there")
    manifest = Path("ios/Package.swift").read_text()
    for one in target["dependencies"]:
        hold(f'name: "{one["product"]}"' in manifest, f"Xcode: the package has no product {one['product']}")
    version = re.search(r'^version = "(.*)"', Path("Cargo.toml").read_text(), re.MULTILINE)[1]
    hold(settings["MARKETING_VERSION"] == version, f"Xcode: the version is not {version}")
    hold(f".iOS(.v{project['options']['deploymentTarget']['iOS'].split('.')[0]})" in manifest, "Xcode: another iOS than the package's")

    info = plistlib.loads((app / settings["INFOPLIST_FILE"]).read_bytes())
    sources = "".join(file.read_text() for file in sorted(Path("ios/Sources").rglob("*.swift")) if "KeepwellCore" not in file.parts)
    waking = re.search(r'wakingName = "(.*)"', sources)[1]
    hold(info["BGTaskSchedulerPermittedIdentifiers"] == [waking], f"Info.plist: the background task is not {waking}")
    hold("fetch" in info["UIBackgroundModes"], "Info.plist: no background mode fetch")
    schemes = [scheme for one in info["CFBundleURLTypes"] for scheme in one["CFBundleURLSchemes"]]
    hold(schemes == ["keepwell", "shlink"], f"Info.plist: the schemes are {schemes}")
    types = {kind for one in info["CFBundleDocumentTypes"] for kind in one["LSItemContentTypes"]}
    declared = {one["UTTypeIdentifier"] for one in info["UTImportedTypeDeclarations"]}
    hold("public.json" in types, "Info.plist: no document type for JSON")
    hold({kind for kind in types if kind.startswith("org.keepwell")} == declared, "Info.plist: a document type that is not declared")
    # A use of what the system asks the person for, and the sentence that it shows then.
    for use, key in (("LAContext", "NSFaceIDUsageDescription"), ("AVCapture", "NSCameraUsageDescription"), ("HKHealthStore", "NSHealthShareUsageDescription")):
        hold((use in sources) == bool(info.get(key)), f"Info.plist: {key} does not fit the sources ({use})")
    usages = {key: value for key, value in info.items() if key.endswith("UsageDescription")}
    for language in info["CFBundleLocalizations"]:
        table = app / f"Resources/{language}.lproj/InfoPlist.strings"
        told = dict(re.findall(r'^"(.*)" = "(.*)";$', table.read_text(), re.MULTILINE)) if table.is_file() else {}
        hold(all(told.get(key) for key in usages), f"Xcode: {table} lacks a usage text")
        hold(language != info["CFBundleDevelopmentRegion"] or all(told.get(key) == value for key, value in usages.items()), f"Xcode: {table} says something else")
        hold((Path("ios/Sources/KeepwellKit/Resources") / f"{language}.lproj").is_dir(), f"Info.plist: no texts in {language}")

    plistlib.loads((app / settings["CODE_SIGN_ENTITLEMENTS"]).read_bytes())
    privacy = plistlib.loads((app / "Resources/PrivacyInfo.xcprivacy").read_bytes())
    hold(privacy["NSPrivacyTracking"] is False and privacy["NSPrivacyTrackingDomains"] == [], "PrivacyInfo: it tracks")
    hold(all(one["NSPrivacyAccessedAPITypeReasons"] for one in privacy["NSPrivacyAccessedAPITypes"]), "PrivacyInfo: a use without a reason")
    assets = app / "Resources/Assets.xcassets"
    for setting, kind in (("ASSETCATALOG_COMPILER_APPICON_NAME", "appiconset"), ("ASSETCATALOG_COMPILER_GLOBAL_ACCENT_COLOR_NAME", "colorset")):
        hold((assets / f"{settings[setting]}.{kind}/Contents.json").is_file(), f"Xcode: no {settings[setting]}.{kind}")
    for contents in assets.rglob("Contents.json"):
        for image in json.loads(contents.read_text()).get("images", []):
            picture = (contents.parent / image["filename"]).read_bytes()
            width, height, depth, colours = struct.unpack(">IIBB", picture[16:26])
            hold((f"{width}x{height}", depth, colours) == (image["size"], 8, 2), f"Xcode: {image['filename']} is not {image['size']} without transparency")


gradle()
xcode()
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
