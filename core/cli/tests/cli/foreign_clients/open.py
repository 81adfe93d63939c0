"""open.py LINK PASSCODE EMBEDDED: opens a SMART Health Link with jwcrypto and prints, as JSON, the types of the resources in its
files. PASSCODE and EMBEDDED (the longest file within the list) may be empty."""
import base64
import json
import sys
import urllib.parse
import urllib.request

from jwcrypto import jwe, jwk

link, passcode, embedded = sys.argv[1:]
payload = link.split("shlink:/")[1]
payload = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
key = jwk.JWK(kty="oct", k=payload["key"])


def opened(text):
    token = jwe.JWE(algs=["dir", "A256GCM"])
    token.deserialize(text, key)
    return json.loads(token.payload)


def fetched(request):
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


if "U" in payload.get("flag", ""):
    files = [fetched(payload["url"] + "?" + urllib.parse.urlencode({"recipient": "jwcrypto"}))]
else:
    question = {"recipient": "jwcrypto"}
    if passcode:
        question["passcode"] = passcode
    if embedded:
        question["embeddedLengthMax"] = int(embedded)
    headers = {"content-type": "application/json"}
    listed = json.loads(fetched(urllib.request.Request(payload["url"], json.dumps(question).encode(), headers)))
    files = [file.get("embedded") or fetched(file["location"]) for file in listed["files"]]
bundles = [opened(file) for file in files]
print(json.dumps([entry["resource"]["resourceType"] for bundle in bundles for entry in bundle["entry"]]))
