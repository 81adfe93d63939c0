// A SMART Health Link from its text to the files behind it (HL7 SMART Health Links, STU 1). The key stays in this module's hands: it is in
// no request, no storage and no element of the page.

/** Why a link was not opened: the name of a sentence in words.js, and what stands in it. */
export class Refusal extends Error {
  constructor(name, places = {}) {
    super(name);
    this.name = name;
    this.places = places;
  }
}

const LONGEST_ANSWER = 16 * 1024 * 1024;
const LONGEST_INFLATED = 50 * 1024 * 1024;
const MOST_FILES = 100;
const PATIENCE_MS = 30_000;

/** Reads what stands behind `#`. */
export function parseLink(fragment, origin) {
  const found = /shlink:\/([A-Za-z0-9_-]+)=*$/.exec(fragment);
  if (!found) throw new Refusal(fragment.includes('shlink:') ? 'damagedLink' : 'noLink');
  let said;
  try {
    said = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(found[1])));
  } catch {
    throw new Refusal('damagedLink');
  }
  const { url, key, label, exp, flag = '', v = 1 } = said ?? {};
  const isText = [url, key, flag].every((it) => typeof it === 'string');
  if (!isText || !/^[A-Za-z0-9_-]{43}$/.test(key) || url.length > 128 || !URL.canParse(url)) throw new Refusal('damagedLink');
  const [isDirect, needsPasscode, changes] = ['U', 'P', 'L'].map((letter) => flag.includes(letter));
  if (isDirect && needsPasscode) throw new Refusal('damagedLink');
  if (v !== 1) throw new Refusal('newerLink');
  const address = new URL(url);
  // The page's policy forbids it anyway; here it gets a sentence.
  if (address.origin !== origin) throw new Refusal('otherHost', { host: address.host });
  return {
    address,
    key: bytesOf(key),
    label: typeof label === 'string' ? [...label].slice(0, 80).join('') : '',
    ends: Number.isFinite(exp) && Math.abs(exp) < 8.64e12 ? new Date(exp * 1000) : undefined,
    isDirect,
    needsPasscode,
    changes,
  };
}

/** Fetches and opens the files: `{ contentType, content }`, as many as the link has. */
export async function openLink(link, recipient, passcode) {
  if (!globalThis.crypto?.subtle || !globalThis.DecompressionStream) throw new Refusal('noCrypto');
  const key = await crypto.subtle.importKey('raw', link.key, 'AES-GCM', false, ['decrypt']);
  if (link.isDirect) {
    const address = new URL(link.address);
    address.searchParams.set('recipient', recipient);
    const sealed = await ask(link, address, {});
    return [await decrypt(key, sealed)];
  }
  const body = JSON.stringify({ recipient, ...(passcode && { passcode }), embeddedLengthMax: LONGEST_ANSWER / 2 });
  const answer = await ask(link, link.address, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  let listed;
  try {
    listed = JSON.parse(answer).files.slice(0, MOST_FILES);
  } catch {
    throw new Refusal('serverTrouble');
  }
  const files = [];
  for (const file of listed) {
    files.push(await decrypt(key, file.embedded ?? (await askLocation(link, file.location)), file.contentType));
  }
  return files;
}

async function askLocation(link, location) {
  if (!URL.canParse(location) || new URL(location).origin !== link.address.origin) throw new Refusal('serverTrouble');
  return ask(link, location, {});
}

async function ask(link, address, request) {
  let answer;
  try {
    answer = await fetch(address, {
      ...request,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new Refusal('unreachable');
  }
  if (answer.ok) return text(answer);
  if (answer.status === 401) throw await passcodeRefusal(link, answer, request);
  if (answer.status === 404) {
    const hasEnded = link.ends && link.ends <= new Date();
    throw new Refusal(hasEnded ? 'expired' : 'gone', { time: link.ends });
  }
  if (answer.status === 429) throw new Refusal('wait', { seconds: Number(answer.headers.get('retry-after')) || 60 });
  throw new Refusal('serverTrouble');
}

async function passcodeRefusal(link, answer, request) {
  const { remainingAttempts } = await answer.json().catch(() => ({}));
  if (!Number.isInteger(remainingAttempts)) return new Refusal('serverTrouble');
  if (!JSON.parse(request.body ?? '{}').passcode) return new Refusal('passcodeNeeded', { left: remainingAttempts });
  return new Refusal(remainingAttempts > 0 ? 'wrongPasscode' : 'noMorePasscodes', { left: remainingAttempts });
}

async function text(answer) {
  const bytes = await bounded(answer.body, LONGEST_ANSWER, 'unreachable');
  return new TextDecoder().decode(bytes);
}

/** JWE in compact form, with `dir` and `A256GCM` alone (RFC 7516 §7.1, RFC 7518 §5.3). */
async function decrypt(key, sealed, listedType) {
  let header;
  let content;
  try {
    const [head, wrapped, iv, ciphertext, tag, ...more] = sealed.trim().split('.');
    header = JSON.parse(new TextDecoder().decode(bytesOf(head)));
    const { alg, enc, zip, crit } = header;
    const isOurs = alg === 'dir' && enc === 'A256GCM' && (zip === undefined || zip === 'DEF') && crit === undefined;
    if (!isOurs || wrapped !== '' || more.length > 0 || bytesOf(iv).length !== 12 || bytesOf(tag).length !== 16) {
      throw new Refusal('doesNotOpen');
    }
    const additionalData = new TextEncoder().encode(head);
    const whole = await new Blob([bytesOf(ciphertext), bytesOf(tag)]).arrayBuffer();
    content = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytesOf(iv), additionalData, tagLength: 128 }, key, whole);
  } catch {
    throw new Refusal('doesNotOpen');
  }
  content = new Uint8Array(content);
  if (header.zip === 'DEF') {
    const inflated = new Blob([content]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    content = await bounded(inflated, LONGEST_INFLATED, 'doesNotOpen');
  }
  return { contentType: header.cty ?? listedType ?? 'application/fhir+json', content };
}

/** All of a stream, unless it is longer than that. */
async function bounded(stream, longest, whereItBreaks) {
  const parts = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Refusal(whereItBreaks);
    });
    if (done) break;
    length += value.length;
    if (length > longest) {
      await reader.cancel();
      throw new Refusal('tooLarge');
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function bytesOf(base64url) {
  if (!/^[A-Za-z0-9_-]*$/.test(base64url)) throw new TypeError('not base64url');
  return Uint8Array.from(atob(base64url.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
}
