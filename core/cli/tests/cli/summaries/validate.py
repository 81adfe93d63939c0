"""Prints, as a JSON array of texts, every error that fhir.resources finds in a Bundle of FHIR R4B."""

import json
import sys

from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

errors = []
try:
    with open(sys.argv[1], encoding="utf-8") as file:
        Bundle.model_validate_json(file.read())
except ValidationError as error:
    errors = [f"fhir.resources: {one['msg']} ({one['loc']})" for one in error.errors()]
print(json.dumps(errors))
