#!/usr/bin/env python3
"""tutorial.py DOCUMENT SOURCE: the document's code, block after block, is the source's, which is compiled and run."""

import difflib
import re
import sys
from pathlib import Path

document, source = map(Path, sys.argv[1:3])
language = {".kt": "kotlin", ".swift": "swift"}[source.suffix]
blocks = re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)
told = "\n".join(blocks)
difference = list(difflib.unified_diff(source.read_text().splitlines(), told.splitlines(), str(source), str(document), lineterm=""))
if difference:
    print("\n".join(difference))
    print(f"error: the code of {document} is not what runs", file=sys.stderr)
    sys.exit(1)
