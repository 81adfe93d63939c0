// Drives the desk page in Chromium: axe-core finds nothing serious in light and dark, the keyboard
// reaches everything, nothing that is put into a page runs as script, and the print version has no controls.
// usage: node desk_page.mjs URL CODE RECORD_PATH SHARE_LINK QR_FOLDER [PICTURES_FOLDER]
// What a camera would see of the clinic's own code is left in QR_FOLDER.
import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import assert from 'node:assert/strict';

const require = createRequire(`${process.env.KEEPWELL_WEB_MODULES}/`);
const puppeteer = require('puppeteer-core');
const axe = require('axe-core');
const [url, code, record, share, codes, pictures] = process.argv.slice(2);

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .concat(process.env.CHROMIUM ?? [])
  .find((path) => path && existsSync(path));
assert(executablePath, 'no Chromium found; set CHROMIUM to its path');
if (pictures) mkdirSync(pictures, { recursive: true });

const browser = await puppeteer.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
const page = await browser.newPage();
const trouble = [];
// The browser itself notes pages that were refused on purpose.
const refused = (message) => /\/(login|nothing)$/.test(message.location().url ?? '');
page.on('console', (message) => {
  if (message.type() === 'error' && !refused(message)) trouble.push(`${message.text()} ${message.location().url}`);
});
page.on('pageerror', (error) => trouble.push(String(error)));
page.on('request', (request) => {
  if (!request.url().startsWith(url)) trouble.push(`left the page: ${request.url()}`);
});

// The pages forbid scripts but their own, so axe runs where a page's policy does not reach: in the debugger's world.
await page.setBypassCSP(true);

async function look(name) {
  for (const [scheme, size, width] of [['light', 'wide', 1280], ['dark', 'wide', 1280], ['light', 'narrow', 390]]) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height: 900 });
    await page.evaluate(axe.source);
    const result = await page.evaluate(() =>
      axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    const found = result.violations.map((it) => `${it.id} (${it.impact}): ${it.nodes[0].html} ${it.nodes[0].failureSummary}`);
    assert.deepEqual(found, [], `${name}, ${scheme}, ${size}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert(overflow <= 0, `${name} is ${overflow} px wider than a ${size} screen`);
    if (pictures) await page.screenshot({ path: `${pictures}/${name}-${scheme}-${size}.png` });
  }
  await page.setViewport({ width: 1280, height: 900 });
}

// Every control is reached by Tab, in order, and shows that it has the focus.
async function walk(name) {
  const wanted = await page.evaluate(() => {
    const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select, summary, [tabindex="0"]');
    const shown = [...all].filter((it) => it.checkVisibility());
    shown.forEach((it, at) => it.setAttribute('data-walk', at));
    // From the top, wherever the focus was.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
    return shown.length;
  });
  const seen = new Set();
  for (let step = 0; step < Math.min(wanted, 60); step += 1) {
    await page.keyboard.press('Tab');
    const { at, shown } = await page.evaluate(() => {
      const it = document.activeElement;
      const style = getComputedStyle(it);
      return { at: it.getAttribute('data-walk'), shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
    });
    if (at === null) break;
    assert(shown, `${name}: control ${at} does not show the focus`);
    seen.add(at);
  }
  assert.equal(seen.size, Math.min(wanted, 60), `${name}: the keyboard does not reach every control`);
}

async function submit(text) {
  const buttons = await page.$$('button');
  for (const button of buttons) {
    if ((await button.evaluate((it) => it.textContent)).startsWith(text)) {
      await Promise.all([page.waitForNavigation(), button.click()]);
      return;
    }
  }
  assert.fail(`no button ${text}`);
}

try {
  await page.goto(url);
  await look('login');
  await walk('login');
  await page.type('#code', 'WRONG');
  await submit('Log in');
  assert.match(await page.$eval('[role=alert]', (it) => it.textContent), /not the code/);
  // By keyboard alone.
  await page.focus('#code');
  await page.keyboard.type(code);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(await page.$eval('h1', (it) => it.textContent), 'Patients');
  await look('patients');
  await walk('patients');
  await submit('Look for new grants');
  assert.match(await page.$eval('[role=status]', (it) => it.textContent), /No new grants/);

  await page.setViewport({ width: 1280, height: 800 });
  const begun = performance.now();
  await page.goto(url + record);
  const took = Math.round(performance.now() - begun);
  const screens = await page.evaluate(() => document.documentElement.scrollHeight / window.innerHeight);
  const told = await page.$eval('main', (it) => it.textContent);
  assert(screens <= 5, `the record has ${screens} screens`);
  assert.match(told, /Latest results/);
  await look('record');
  await walk('record');
  // A link into a folded section unfolds it, and the name stays in view.
  await page.evaluate(() => { window.location.hash = '#medications'; });
  await page.waitForFunction(() => document.querySelector('#medications').checkVisibility() && window.scrollY > 100);
  const name = await page.$eval('.who', (it) => it.getBoundingClientRect().top);
  assert(name >= 0 && name < 5, `the name is at ${name}`);
  await page.evaluate(() => document.querySelectorAll('details').forEach((it) => { it.open = it.querySelector('#results, #vitals') !== null; }));
  await page.evaluate(() => { document.querySelector('.test').open = true; });
  await look('record-open');
  if (pictures) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    await page.evaluate(() => document.querySelector('#results').scrollIntoView({ behavior: 'instant' }));
    await page.screenshot({ path: `${pictures}/record-results.png` });
    await page.evaluate(() => document.querySelectorAll('.kind > details').forEach((it) => { it.open = it.querySelector('#care-plans, #documents, #medications') !== null; }));
    await page.evaluate(() => document.querySelector('#medications').scrollIntoView({ behavior: 'instant' }));
    await page.screenshot({ path: `${pictures}/record-medications.png` });
    await page.evaluate(() => document.querySelector('#care-plans').scrollIntoView({ behavior: 'instant' }));
    await page.screenshot({ path: `${pictures}/record-care-plans.png` });
  }
  // On paper everything is there, and the name on each sheet.
  await page.goto(url + record);
  await page.emulateMediaType('print');
  const controls = await page.$$eval('nav, form, .skip', (all) => all.filter((it) => it.checkVisibility()).length);
  assert.equal(controls, 0, 'controls are printed');
  const folded = await page.$$eval('main td, main dd, .letter', (all) => all.filter((it) => !it.closest('form') && it.textContent.trim() && !it.checkVisibility()).map((it) => it.outerHTML));
  assert.deepEqual(folded.filter((it) => !/download/.test(it)), [], 'something is folded on paper');
  assert.equal(await page.$eval('.sheet > thead', (it) => getComputedStyle(it).display), 'table-header-group');
  assert.match(await page.$eval('.running', (it) => it.textContent), /Vivien121 Nolan344, born 2000-08-06/);
  if (pictures) await page.pdf({ path: `${pictures}/record.pdf`, format: 'A4' });
  await page.emulateMediaType(null);
  await page.goto(`${url}${record}?category=vitals`);
  assert.equal(await page.$$eval('section', (all) => all.length), 1);
  await page.goto(url + record);
  await page.type('#find', 'hemoglobin blood');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.match(await page.$eval('main', (it) => it.textContent), /Records with “hemoglobin blood”: [1-9][0-9]* of 1[0-9]{3}\./);
  await look('record-found');

  await page.goto(`${url}/share`);
  await look('share');
  await walk('share');
  await page.type('#link', share);
  await submit('Open');
  assert.match(await page.$eval('main', (it) => it.textContent), /not stored/);
  await look('shared');

  await page.goto(`${url}/request`);
  await look('request');
  await walk('request');
  await submit('Make the code');
  assert.match(await page.$eval('main', (it) => it.textContent), /asks to read/);
  await look('request-code');
  await walk('request-code');
  await (await page.$('figure')).screenshot({ path: `${codes}/request.png` });

  await page.goto(`${url}/qr`);
  await look('qr');
  await walk('qr');
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await (await page.$('figure')).screenshot({ path: `${codes}/${scheme}.png` });
  }

  await page.goto(`${url}/nothing`);
  await look('message');

  // With the page's own policy in force, nothing that is put into it runs.
  await page.setBypassCSP(false);
  await page.goto(url);
  const injected = trouble.length;
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran = true">');
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
  });
  await new Promise((done) => setTimeout(done, 200));
  assert.equal(await page.evaluate(() => window.ran), undefined, 'a script ran');
  trouble.splice(injected);
  assert.deepEqual(trouble, []);
  console.log(`desk page: a record of ${screens.toFixed(1)} screens in ${took} ms; accessible in light and dark, wide and narrow; keyboard reaches everything; no script that is put into it runs`);
} finally {
  await browser.close();
}
