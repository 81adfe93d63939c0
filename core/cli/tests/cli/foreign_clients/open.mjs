// open.mjs CLIENT LINK PASSCODE EMBEDDED: opens a SMART Health Link with a client that is not ours and prints, as JSON, the types
// of the resources in its files. PASSCODE and EMBEDDED (the longest file within the list) may be empty.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.KEEPWELL_WEB_MODULES}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
// Of newer versions of Node.
globalThis.WebSocket ??= class {};
const [client, link, passcode, embedded] = process.argv.slice(2);
const question = {
  recipient: client,
  ...(passcode && { passcode }),
  ...(embedded && { embeddedLengthMax: Number(embedded) }),
};

const openers = {
  async 'kill-the-clipboard'() {
    const { SHLViewer } = await load('kill-the-clipboard');
    const resolved = await new SHLViewer({ shlinkURI: link }).resolveSHL(question);
    return resolved.fhirResources;
  },
  async medplum() {
    const [{ parseSmartHealthLink }, { compactDecrypt, base64url }] = [await load('@medplum/core'), await load('jose')];
    const { url, key, flag = '' } = parseSmartHealthLink(link);
    const open = async (jwe) => {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, base64url.decode(key));
      if (protectedHeader.cty !== 'application/fhir+json') throw new Error(`cty ${protectedHeader.cty}`);
      return JSON.parse(new TextDecoder().decode(plaintext));
    };
    const text = async (answer, type) => {
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      if (answer.headers.get('content-type') !== type) throw new Error(answer.headers.get('content-type'));
      return answer.text();
    };
    if (flag.includes('U')) {
      const file = new URL(url);
      file.searchParams.set('recipient', client);
      return [await open(await text(await fetch(file), 'application/jose'))];
    }
    const asked = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
    });
    const { files } = JSON.parse(await text(asked, 'application/json'));
    const jwe = async (file) => file.embedded ?? text(await fetch(file.location), 'application/jose');
    return Promise.all(files.map(async (file) => open(await jwe(file))));
  },
};
const bundles = await openers[client]();
console.log(JSON.stringify(bundles.flatMap((bundle) => bundle.entry.map(({ resource }) => resource.resourceType))));
