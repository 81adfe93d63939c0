// Asks the desk by itself, while somebody looks at the page: for the list of patients, of which only what changed is replaced and nothing
// in which somebody types; or for the answer to a request. Without this script the page is loaded again by hand.
const it = (id) => document.getElementById(id);
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

const EACH = 5_000;
const UNREACHABLE = 'This page can’t reach the desk, so it may be out of date. It tries again.';

/** A part of a page; none where there is nothing to say. */
async function ask(path) {
  const answer = await fetch(path, { redirect: 'manual' });
  // Nobody is logged in any more: what is on the screen goes, too.
  if (answer.type === 'opaqueredirect') location.assign('/login');
  if (answer.type === 'opaqueredirect' || answer.status === 204) return null;
  if (answer.status === 502) throw new Error(await answer.text());
  if (!answer.ok) throw new Error(UNREACHABLE);
  return new DOMParser().parseFromString(await answer.text(), 'text/html').body;
}

const rows = (within) => [...within.querySelectorAll('[data-grant]')];
const inputs = (within) => [...within.querySelectorAll('input:not([type=hidden])')];
const isInUse = (cell) => cell.contains(document.activeElement) || inputs(cell).some((input) => input.value);

/** What a row says, whatever has the focus. */
function content(row) {
  const copy = row.cloneNode(true);
  copy.querySelectorAll('[autofocus]').forEach((input) => input.removeAttribute('autofocus'));
  return copy.outerHTML;
}

const said = new Map(rows(document).map((row) => [row.dataset.grant, content(row)]));

function replaceList(next) {
  const list = it('list');
  const before = new Set(rows(list).map((row) => row.dataset.grant));
  const arrived = rows(next).filter((row) => !before.has(row.dataset.grant));
  const names = arrived.map((row) => row.querySelector('th').firstChild.textContent);
  if (rows(list).length === 0 || rows(next).length === 0) {
    next.querySelector('#checking')?.remove();
    list.replaceChildren(...next.childNodes);
    rows(list).forEach((row) => said.set(row.dataset.grant, content(row)));
  } else {
    replaceRows(list, next);
  }
  if (names.length > 0) it('arrived').textContent = `New: ${names.join(', ')}`;
}

/** Puts into a row what it says now. Where it goes on asking for digits, those that are typed stay, and who types them. */
function renew(old, row) {
  [...row.cells].forEach((cell, at) => {
    const kept = old.cells[at];
    const goesOn = inputs(cell).length > 0 && inputs(kept).length > 0;
    if (!goesOn || !isInUse(kept)) kept.replaceWith(cell);
  });
}

function replaceRows(list, next) {
  const known = new Map(rows(list).map((row) => [row.dataset.grant, row]));
  const shown = rows(next).map((row) => {
    const id = row.dataset.grant;
    const old = known.get(id);
    const now = content(row);
    if (old && said.get(id) !== now) renew(old, row);
    said.set(id, now);
    return old ?? row;
  });
  const body = list.querySelector('tbody');
  const isTyping = body.contains(document.activeElement);
  known.forEach((row) => { if (!shown.includes(row)) row.remove(); });
  // A row that is moved loses its focus: then only new ones are put in.
  shown.forEach((row, at) => {
    const isMoved = body.children[at] !== row && !(isTyping && row.parentNode === body);
    if (isMoved) body.insertBefore(row, body.children[at] ?? null);
  });
  list.querySelector('caption').textContent = next.querySelector('caption').textContent;
  list.querySelectorAll('.notice').forEach((notice) => notice.remove());
  list.prepend(...next.querySelectorAll('.notice'));
}

/** Whether there is more to be asked. */
async function work(target) {
  if (target.id === 'list') {
    const next = await ask('/live/list');
    if (next) replaceList(next);
    return true;
  }
  const next = await ask(`/live/request/${target.dataset.request}`);
  if (next) target.replaceChildren(...next.childNodes);
  // A request is answered once.
  return next === null;
}

// It asks the ledger by itself, too.
it('checking')?.remove();
const target = it('list') ?? it('answer');
const note = it('arrived') ?? it('answer');
let goesOn = true;
let trouble = '';
while (goesOn) {
  await pause(EACH);
  if (document.visibilityState !== 'visible') continue;
  try {
    goesOn = await work(target);
    if (trouble && note.textContent === trouble) note.textContent = '';
    trouble = '';
  } catch (error) {
    trouble = error instanceof TypeError ? UNREACHABLE : error.message;
    note.textContent = trouble;
  }
}
