// The viewer page: asks who opens, opens the link that stands behind `#`, and shows its records.
import { openLink, parseLink, Refusal } from './link.js';
import { LANGUAGES, say } from './words.js';

const it = (id) => document.getElementById(id);
const wasm = WebAssembly.instantiateStreaming(fetch(new URL('view.wasm', import.meta.url)), {}).then(({ instance }) => instance.exports);
wasm.catch(() => {});

let language = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => LANGUAGES.includes(tag)) ?? 'en';
let link;
// What the page says now, to be said again in another language.
let status;
let opened;

function time(date) {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(date);
}

function sentence(name, places = {}) {
  const shown = Object.entries(places).map(([place, value]) => [place, value instanceof Date ? time(value) : value]);
  return say(language, name, Object.fromEntries(shown));
}

function showStatus() {
  it('status').className = status ? `notice${status.refused ? ' refused' : ''}` : '';
  it('status').textContent = status ? sentence(status.name, status.places) : '';
}

function setStatus(next) {
  status = next;
  showStatus();
}

function showWords() {
  document.documentElement.lang = language;
  document.querySelectorAll('[data-say]').forEach((element) => { element.textContent = sentence(element.dataset.say); });
  document.querySelectorAll('[data-label]').forEach((element) => element.setAttribute('aria-label', sentence(element.dataset.label)));
  document.querySelectorAll('[data-language]').forEach((element) => {
    element.setAttribute('aria-pressed', String(element.dataset.language === language));
  });
  if (link) {
    const about = [
      link.label && sentence('label', { label: link.label }),
      link.ends && sentence('ends', { time: link.ends }),
      link.changes && sentence('changes'),
    ];
    it('what').textContent = about.filter(Boolean).join(' ');
  }
  if (opened) {
    const said = [sentence('opened', { time: opened.at })];
    if (link.changes) said.push(sentence('changes'));
    if (opened.leftOut > 0) said.push(sentence('leftOut', { count: opened.leftOut }));
    it('about').replaceChildren(...said.map((text) => Object.assign(document.createElement('p'), { className: 'quiet', textContent: text })));
  }
  showStatus();
}

function refuse(error) {
  const { name, places } = error instanceof Refusal ? error : new Refusal('noRecord');
  setStatus({ name, places, refused: true });
  if (name === 'passcodeNeeded') it('passcode-field').hidden = false;
}

function start() {
  link = undefined;
  opened = undefined;
  document.title = 'Keepwell';
  it('sheet').hidden = true;
  it('records').replaceChildren();
  it('heading').hidden = false;
  it('passcode').value = '';
  setStatus(undefined);
  try {
    link = parseLink(location.hash.slice(1), location.origin);
  } catch (error) {
    refuse(error);
  }
  it('ask').hidden = !link;
  it('passcode-field').hidden = !link?.needsPasscode;
  showWords();
}

async function open(event) {
  event.preventDefault();
  const button = it('ask').querySelector('button');
  button.disabled = true;
  setStatus({ name: 'opening' });
  try {
    const files = await openLink(link, it('recipient').value.trim(), it('passcode').value.trim());
    await show(files);
    it('ask').hidden = true;
    setStatus(undefined);
  } catch (error) {
    refuse(error);
  } finally {
    button.disabled = false;
    it('passcode').value = '';
  }
}

async function show(files) {
  const module = await wasm;
  module.forget();
  const read = files.filter(({ contentType, content }) => {
    if (!/^(application\/)?fhir\+json\s*(;|$)/i.test(contentType)) return false;
    const at = module.room(content.length);
    new Uint8Array(module.memory.buffer, at, content.length).set(content);
    return module.take() === 1;
  });
  if (read.length === 0) throw new Refusal('noRecord');
  opened = { at: new Date(), leftOut: files.length - read.length };
  // Every text of a record in it is escaped, and the page's policy runs no script but its own.
  it('records').innerHTML = written(module, module.html());
  const name = written(module, module.name());
  it('heading').hidden = it('records').querySelector('h1') !== null;
  it('running').textContent = name;
  document.title = name || 'Keepwell';
  it('sheet').hidden = false;
  showWords();
  it('main').focus();
}

function bytes(module, length) {
  return new Uint8Array(module.memory.buffer, module.output(), length).slice();
}

function written(module, length) {
  return new TextDecoder().decode(bytes(module, length));
}

/** Saves a document. It is never shown by the browser itself, whatever it says that it is. */
async function save(button) {
  const module = await wasm;
  const content = bytes(module, module.document(Number(button.dataset.document)));
  const isPdf = new TextDecoder().decode(content.slice(0, 5)) === '%PDF-';
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  const anchor = Object.assign(document.createElement('a'), { href: address, download: isPdf ? 'document.pdf' : 'document.bin' });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

it('ask').addEventListener('submit', open);
it('print').addEventListener('click', () => print());
it('records').addEventListener('click', (event) => {
  const button = event.target.closest('[data-document]');
  if (button) save(button);
});
document.querySelectorAll('[data-language]').forEach((button) => button.addEventListener('click', () => {
  language = button.dataset.language;
  showWords();
}));
// What is folded on the screen is read on paper.
let folded = [];
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll('details:not([open])')];
  folded.forEach((details) => { details.open = true; });
});
addEventListener('afterprint', () => folded.forEach((details) => { details.open = false; }));
addEventListener('hashchange', start);
start();
