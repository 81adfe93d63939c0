// Pulls a patient's records by fhirclient, the library of SMART's own authors, with a token that somebody was granted, and compares them
// with an export (NDJSON): the same records, each with the same members. Prints how many they are.
// usage: node fhirclient.mjs BASE TOKEN PATIENT TYPES_WITH_COMMAS EXPORT
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';

const require = createRequire(`${process.env.KEEPWELL_FHIRCLIENT_MODULES}/`);
const smart = require('fhirclient');
const [serverUrl, token, patient, types, exported] = process.argv.slice(2);

// The authorization was begun and ended elsewhere: neither a request of a browser nor a session is needed.
const nothing = { get: async () => undefined, set: async () => undefined, unset: async () => undefined };
const client = smart({ headers: {}, url: '/' }, {}, nothing)
  .client({ serverUrl, tokenResponse: { access_token: token, token_type: 'Bearer', patient } });

const theirs = new Map();
const put = (resource) => theirs.set(`${resource.resourceType}/${resource.id}`, resource);
put(await client.patient.read());
for (const type of types.split(',').filter((name) => name !== 'Patient')) {
  const found = await client.request(`${type}?patient=${patient}&_count=100`, { pageLimit: 0, flat: true });
  found.forEach(put);
}
const ours = readFileSync(exported, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
assert.deepEqual(ours.map((it) => `${it.resourceType}/${it.id}`).sort(), [...theirs.keys()].sort());
for (const resource of ours) assert.deepEqual(theirs.get(`${resource.resourceType}/${resource.id}`), resource);
console.log(theirs.size);
