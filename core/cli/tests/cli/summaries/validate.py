"""Prints, as JSON, for each file a list of the errors that fhir.resources finds in a Bundle of FHIR R4B."""

import json
import sys

from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError


def errors_in(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            Bundle.model_validate_json(file.read())
    except ValidationError as error:
        return [f"fhir.resources: {one['msg']} ({one['loc']})" for one in error.errors()]
    return []


print(json.dumps([errors_in(path) for path in sys.argv[1:]]))
