// Opens links with the viewer page in Chromium: each kind shows its records or says why not, axe-core finds nothing, the page's policy is
// never broken, and no request has the key or goes elsewhere.
// usage: node view.mjs LINKS_AS_JSON [PICTURES_FOLDER]
import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import http from 'node:http';
import assert from 'node:assert/strict';

const require = createRequire(`${process.env.KEEPWELL_WEB_MODULES}/`);
const puppeteer = require('puppeteer-core');
const axe = require('axe-core');
const links = JSON.parse(process.argv[2]);
const pictures = process.argv[3];
const { origin } = new URL(links.direct);

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .concat(process.env.CHROMIUM ?? [])
  .find((path) => path && existsSync(path));
assert(executablePath, 'no Chromium found; set CHROMIUM to its path');
if (pictures) mkdirSync(pictures, { recursive: true });

// All that the browser sends goes through here: what is in no request here has not left it.
const wire = [];
const proxy = http.createServer((request, answer) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    wire.push(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)} ${body}`);
    const onward = http.request(request.url, { method: request.method, headers: request.headers }, (given) => {
      answer.writeHead(given.statusCode, given.rawHeaders);
      given.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    onward.end(body);
  });
});
proxy.on('connect', (request, socket) => {
  wire.push(`CONNECT ${request.url}`);
  socket.destroy();
});
await new Promise((done) => { proxy.listen(0, '127.0.0.1', done); });

const browser = await puppeteer.launch({
  executablePath,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--lang=en',
    `--proxy-server=http://127.0.0.1:${proxy.address().port}`, '--proxy-bypass-list=<-loopback>',
  ],
});
const trouble = [];
const asked = [];

/** A page at a link, in a language. */
async function at(link, language = 'en-GB') {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.evaluateOnNewDocument((tag) => {
    Object.defineProperty(navigator, 'languages', { get: () => [tag] });
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  }, language);
  page.on('console', (message) => {
    // The browser itself notes answers that are refusals.
    const isRefusal = message.text().startsWith('Failed to load resource') && /\/l\//.test(message.location().url ?? '');
    if (message.type() === 'error' && !isRefusal) trouble.push(message.text());
  });
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(link);
  return page;
}

const shown = (page, selector) => page.$eval(selector, (it) => it.textContent);
const status = (page) => shown(page, '#status');

async function open(page, recipient, passcode) {
  await page.$eval('#recipient', (it) => { it.value = ''; });
  await page.type('#recipient', recipient);
  if (passcode) await page.type('#passcode', passcode);
  await page.click('#ask button');
  await page.waitForFunction(() => !document.querySelector('#ask button').disabled);
}

async function look(page, name) {
  for (const [scheme, size, width] of [['light', 'wide', 1280], ['dark', 'wide', 1280], ['light', 'narrow', 390], ['dark', 'narrow', 390]]) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height: 900 });
    if (pictures) await page.screenshot({ path: `${pictures}/viewer-${name}-${scheme}-${size}.png` });
    // The page's policy holds for what is put into it, too: axe-core runs in the debugger's world.
    await page.evaluate(axe.source);
    const result = await page.evaluate(() =>
      axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    const found = result.violations.map((it) => `${it.id} (${it.impact}): ${it.nodes[0].html} ${it.nodes[0].failureSummary}`);
    assert.deepEqual(found, [], `${name}, ${scheme}, ${size}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert(overflow <= 0, `${name} is ${overflow} px wider than a ${size} screen`);
  }
}

try {
  // A link to one file.
  let page = await at(links.direct);
  assert.match(await shown(page, '#what'), /It can be opened until/);
  await look(page, 'ask');
  const before = Date.now();
  await open(page, 'Clínica Ñandú');
  const took = Date.now() - before;
  assert.equal(await status(page), '');
  assert.equal(await shown(page, '#records h1'), 'Ms. Vivien121 Jocelyn538 Nolan344');
  assert.equal(await page.title(), 'Ms. Vivien121 Jocelyn538 Nolan344');
  assert(await page.$('#allergies'), 'no allergies are shown');
  await look(page, 'record');
  const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie, document.documentElement.outerHTML]);
  assert.deepEqual(kept.slice(0, 3), [0, 0, '']);
  const keyOf = (link) => JSON.parse(Buffer.from(link.split('shlink:/')[1], 'base64url').toString()).key;
  assert(!kept[3].includes(keyOf(links.direct)) && !kept[3].includes('shlink:'), 'the key is in the page');

  // On paper: the name on each sheet, no controls.
  await page.emulateMediaType('print');
  assert.equal(await page.$eval('#sheet > thead', (it) => getComputedStyle(it).display), 'table-header-group');
  assert.equal(await shown(page, '#running'), 'Ms. Vivien121 Jocelyn538 Nolan344');
  const controls = await page.$$eval('nav, form, #print, .skip', (all) => all.filter((it) => it.checkVisibility()).length);
  assert.equal(controls, 0, 'controls are printed');
  if (pictures) await page.pdf({ path: `${pictures}/viewer-record.pdf`, format: 'A4' });
  await page.emulateMediaType(null);

  // In Spanish, and back.
  await page.click('[data-language=es]');
  assert.equal(await page.$eval('html', (it) => it.lang), 'es');
  assert.match(await shown(page, '#about'), /No se guarda nada/);
  assert.equal(await page.$eval('#records', (it) => it.lang), 'en');
  await page.click('[data-language=en]');
  page = await at(links.direct, 'es-MX');
  assert.equal(await page.$eval('html', (it) => it.lang), 'es');
  assert.equal(await shown(page, '#ask button'), 'Abrir');
  await look(page, 'ask-es');

  // A list of files whose content changes.
  page = await at(links.listed);
  assert.match(await shown(page, '#what'), /may change/);
  await open(page, 'City Hospital');
  assert.equal(await shown(page, '#records h1'), 'Ms. Vivien121 Jocelyn538 Nolan344');

  // A passcode: a wrong one costs one, the right one opens.
  page = await at(links.guarded);
  await look(page, 'passcode');
  await open(page, 'City Hospital');
  const left = Number((await status(page)).match(/passcode\. Wrong ones that are taken: (\d+)/)[1]);
  await open(page, 'City Hospital', 'green-otter');
  assert.equal(await status(page), `This is not the passcode. Wrong ones that are still taken: ${left - 1}.`);
  await look(page, 'wrong-passcode');
  await open(page, 'City Hospital', 'blue-otter');
  assert.equal(await shown(page, '#records h1'), 'Ms. Vivien121 Jocelyn538 Nolan344');
  assert.equal(await page.$eval('#passcode', (it) => it.value), '', 'the passcode is kept');

  // Links that open nothing.
  page = await at(links.once);
  await open(page, 'City Hospital');
  assert.equal(await status(page), '');
  page = await at(links.once);
  await open(page, 'City Hospital');
  assert.match(await status(page), /as often as it may be/);
  await look(page, 'gone');
  for (const link of [links.revoked, links.paused]) {
    page = await at(link);
    await open(page, 'City Hospital');
    assert.match(await status(page), /not active/);
  }
  const made = (payload) => `${origin}/view#shlink:/${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  const payload = JSON.parse(Buffer.from(links.direct.split('shlink:/')[1], 'base64url').toString());
  for (const [link, expected] of [
    [`${origin}/view`, /no link here/],
    [`${origin}/view#shlink:/e!`, /damaged/],
    [`${origin}/view#shlink:/e30`, /damaged/],
    [made({ ...payload, flag: 'PU' }), /damaged/],
    [made({ ...payload, key: 'short' }), /damaged/],
    [made({ ...payload, v: 2 }), /later kind/],
    [made({ ...payload, url: 'https://elsewhere.example/l/x' }), /leads to elsewhere\.example/],
    [made({ ...payload, url: 'javascript:alert(1)' }), /only links of its own address/],
  ]) {
    page = await at(link);
    assert.match(await status(page), expected);
    assert.equal(await page.$eval('#ask', (it) => it.hidden), true);
  }
  await look(page, 'refused');
  for (const [link, expected] of [
    [made({ ...payload, url: `${origin}/l/${'A'.repeat(43)}`, exp: 1_600_000_000 }), /expired: it could be opened until/],
    [made({ ...payload, key: 'A'.repeat(43) }), /can’t be opened with its key/],
    [made({ ...payload, label: '<img src=x onerror="window.ran=1">' }), /^$/],
  ]) {
    page = await at(link);
    await open(page, 'City Hospital');
    assert.match(await status(page), expected);
    assert.equal(await page.evaluate(() => window.ran), undefined, 'a label ran');
  }
  page = await at(links.direct);
  await page.setOfflineMode(true);
  await open(page, 'City Hospital');
  assert.match(await status(page), /can’t be reached/);
  // What the browser says of that is no fault of the page.
  for (let at = trouble.length - 1; at >= 0; at -= 1) if (/ERR_INTERNET_DISCONNECTED/.test(trouble[at])) trouble.splice(at, 1);

  // Records whose every text is an attack.
  page = await at(links.hostile);
  await open(page, 'City Hospital');
  assert.match(await shown(page, '#records'), /onerror="window\.ran=1"/);
  assert.equal(await page.$('#records img, #records script'), null, 'markup of a record is in the page');
  await new Promise((done) => setTimeout(done, 200));
  assert.equal(await page.evaluate(() => window.ran), undefined, 'a record ran');

  assert.deepEqual(trouble, []);
  for (const address of asked) assert(address.startsWith(`${origin}/`), `left the host: ${address}`);
  for (const request of wire) {
    assert(!request.includes('shlink') && !request.includes('#'), `the fragment is in a request: ${request}`);
    for (const link of Object.values(links)) assert(!request.includes(keyOf(link)), `the key is in a request: ${request}`);
  }
  for (const part of ['GET', 'POST']) assert(wire.some((it) => it.startsWith(`${part} ${origin}/l/`)), `no ${part} of a link was seen`);
  console.log(`viewer page: each kind of link opened or refused with its sentence, the first in ${took} ms; nothing left the host`);
} finally {
  await browser.close();
  proxy.close();
}
