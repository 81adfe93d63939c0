#!/usr/bin/env python3
"""Writes elements.txt: which elements each type of FHIR has, in five releases.

Usage: elements.py STU3_SCHEMAS R4_SCHEMAS R4B_PACKAGE R5_PACKAGE DSTU2_MODELS; fixtures/fhir-elements/README.md says where these are from.
"""
import ast
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"
NUMBERS = {"integer", "decimal", "positiveInt", "unsignedInt"}
# What stands in each element, or each resource, is not repeated.
COMMON = {"id", "extension", "modifierExtension"}
COMMON_OF_RESOURCES = COMMON | {"meta", "implicitRules", "language", "text", "contained"}


class Release:
    """The types of a release: name -> (is a resource, elements); an element is (name, is a list, kind)."""

    def __init__(self):
        self.types = {}
        self.names = {}

    def add(self, name, is_resource, elements):
        common = COMMON_OF_RESOURCES if is_resource else COMMON
        self.types[name] = (is_resource, [element for element in elements if element[0] not in common])


def kind_of_primitive(name):
    name = name[0].lower() + name[1:]
    return "?" if name == "boolean" else "#" if name in NUMBERS else ""


def from_schemas(folder):
    release, complex_types = Release(), {}
    for path in sorted(pathlib.Path(folder).glob("*.xsd")):
        if path.name in ("fhir-single.xsd", "fhir-all.xsd"):
            continue
        schema = ElementTree.parse(path).getroot()
        for item in schema if schema.get("targetNamespace") == "http://hl7.org/fhir" else ():
            if item.tag == XS + "complexType" and item.get("name"):
                complex_types.setdefault(item.get("name"), item)
    resources = {element.get("ref") for element in complex_types["ResourceContainer"].iter(XS + "element")}
    is_primitive = {name: any(attribute.get("name") == "value" for attribute in item.iter(XS + "attribute"))
                    for name, item in complex_types.items()}
    base_of = {name: next((e.get("base") for e in item.iter(XS + "extension")), None) for name, item in complex_types.items()}

    def elements_of(name):
        inherited = elements_of(base_of[name]) if base_of.get(name) in complex_types else []
        found = []
        def walk(node, many):
            for child in node:
                if child.tag == XS + "element":
                    found.append((child, many or child.get("maxOccurs") == "unbounded"))
                elif child.tag in (XS + "sequence", XS + "choice", XS + "complexContent", XS + "extension"):
                    walk(child, many or child.get("maxOccurs") == "unbounded")
        walk(complex_types[name], False)
        return inherited + found

    def define(name, canonical):
        release.names[name] = canonical
        elements = []
        for element, many in elements_of(name):
            if element.get("ref") == "xhtml:div":
                elements.append(("div", False, "<"))
                continue
            element_name, of = element.get("name"), element.get("type")
            if of == "ResourceContainer":
                kind = "!"
            elif is_primitive[of]:
                kind = kind_of_primitive(of)
            elif "." in of:
                if of not in release.names:
                    define(of, canonical + "." + element_name)
                kind = ":" + release.names[of]
            else:
                kind = ":" + of
            elements.append((element_name, many, kind))
        release.add(canonical, name in resources, elements)

    for name in complex_types:
        if "." not in name and not is_primitive[name] and name not in ("ResourceContainer", "Element", "BackboneElement", "Resource", "DomainResource"):
            define(name, name)
    return release


def from_package(folder):
    release, primitives, definitions = Release(), {"xhtml"}, []
    for path in sorted(pathlib.Path(folder).glob("StructureDefinition-*.json")):
        definition = json.loads(path.read_text())
        if definition.get("derivation") == "constraint" or definition.get("kind") == "logical":
            continue
        if definition["kind"] == "primitive-type":
            primitives.add(definition["type"])
        elif not definition.get("abstract"):
            definitions.append(definition)
    for definition in definitions:
        of_type = {}
        for element in definition["snapshot"]["element"][1:]:
            owner, name = element["path"].rsplit(".", 1)
            many = element["max"] not in ("0", "1")
            if element["max"] == "0":
                continue
            if "contentReference" in element:
                entries = [(name, many, ":" + element["contentReference"].rsplit("#", 1)[1])]
            else:
                types = [re.sub(r"^http://hl7.org/fhirpath/System\.", "", of["code"]) for of in element["type"]]
                entries = []
                for of in types:
                    full = name.replace("[x]", of[0].upper() + of[1:])
                    if of in ("BackboneElement", "Element", "BackboneType") and not name.endswith("[x]"):
                        kind = ":" + element["path"]
                        of_type.setdefault(element["path"], [])
                    elif of in ("Resource", "DomainResource"):
                        kind = "!"
                    elif of == "xhtml":
                        kind = "<"
                    elif of in primitives or of == "String":
                        kind = kind_of_primitive(of)
                    else:
                        kind = ":" + of
                    entries.append((full, many, kind))
            of_type.setdefault(owner, []).extend(entries)
        for name, elements in of_type.items():
            release.add(name, definition["kind"] == "resource" and "." not in name, elements)
    return release


def from_models(folder):
    release, classes = Release(), {}
    for path in sorted(pathlib.Path(folder).glob("*.py")):
        for item in ast.parse(path.read_text()).body:
            if isinstance(item, ast.ClassDef) and path.name != "fhirtypes.py":
                base = item.bases[0].id if item.bases and isinstance(item.bases[0], ast.Name) else \
                    item.bases[0].attr if item.bases and isinstance(item.bases[0], ast.Attribute) else None
                fields = []
                for line in item.body:
                    if isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Call):
                        alias = next((k.value.value for k in line.value.keywords if k.arg == "alias"), line.target.id)
                        fields.append((alias, ast.unparse(line.annotation)))
                classes[item.name] = (base, fields, path)
    def is_resource(name):
        while name in classes:
            if name in ("Resource", "DomainResource"):
                return True
            name = classes[name][0]
        return False
    def fields_of(name):
        base, fields, _ = classes.get(name, (None, [], None))
        return (fields_of(base) if base in classes else []) + fields
    owners = {}
    for name, (_, _, path) in classes.items():
        owners.setdefault(path, []).append(name)
    # A file begins or ends with the type that it is called by; the others in it are parts of that.
    main = {max((n for n in names if n.lower() == path.stem), default=None): path for path, names in owners.items()}
    def define(name, canonical):
        release.names[name] = canonical
        elements = []
        for alias, annotation in fields_of(name):
            if alias.startswith("_") or alias.endswith("__ext") or alias in ("resource_type", "fhir_comments"):
                continue
            many = annotation.startswith(("ListType", "typing.List"))
            of = re.sub(r"^((ListType|typing.List)\[)?(typing\.Optional\[)?(fhirtypes\.)?|\]+$", "", annotation)
            if alias == "div":
                kind = "<"
            elif of in ("ResourceType",):
                kind = "!"
            elif of.endswith("Type") and of[:-4] in classes:
                of = of[:-4]
                if of not in main:
                    if of not in release.names:
                        define(of, canonical + "." + alias)
                    kind = ":" + release.names[of]
                else:
                    kind = ":" + of
            elif of in ("bool", "Boolean"):
                kind = "?"
            elif of.endswith("Type"):
                raise SystemExit(f"unknown type {of} of {name}.{alias}")
            else:
                kind = kind_of_primitive(of)
            elements.append((alias, many, kind))
        release.add(canonical, is_resource(name), elements)
    for name in main:
        if name and name not in ("Element", "BackboneElement", "Resource", "DomainResource", "FHIRAbstractModel", "FHIRAbstractBase", "FHIRPrimitiveExtension"):
            if name in classes and fields_of(name):
                define(name, name)
    return release


def main(arguments):
    stu3, r4, r4b, r5, dstu2 = arguments
    # In the order in which a reader tries them.
    releases = [from_schemas(r4), from_package(r4b), from_package(r5), from_schemas(stu3), from_models(dstu2)]
    masks = "12345"
    names = sorted({name for release in releases for name in release.types})
    for name in names:
        in_releases = [n for n, release in zip(masks, releases) if name in release.types]
        is_resource = any(release.types[name][0] for release in releases if name in release.types)
        elements = {}
        for n, release in zip(masks, releases):
            for element in release.types.get(name, (False, []))[1]:
                seen = elements.setdefault(element, [])
                if n not in seen:
                    seen.append(n)
        words = []
        for (element, many, kind), of in elements.items():
            if kind == ":" + name + "." + element:
                kind = "."
            mask = "" if of == in_releases else "@" + "".join(of)
            words.append(element + ("*" if many else "") + kind + mask)
        print(name + ("!" if is_resource else ""), *words)


if __name__ == "__main__":
    main(sys.argv[1:])
