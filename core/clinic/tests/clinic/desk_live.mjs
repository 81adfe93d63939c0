// The list of patients and the page of a request at the desk in Chromium: what is new comes by itself, and nothing that is typed is lost.
// usage: node desk_live.mjs URL CODE GRANT [PICTURES_FOLDER]
// Says on its output what is to happen next: `grant now`, `answer REQUEST`, `revoke now`, `later MINUTES`, `tick now`.
import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import assert from 'node:assert/strict';

const require = createRequire(`${process.env.KEEPWELL_WEB_MODULES}/`);
const puppeteer = require('puppeteer-core');
const axe = require('axe-core');
const [url, code, grant, pictures] = process.argv.slice(2);

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
// The desk's clock goes on by eleven seconds with each line.
const ticking = setInterval(() => console.log('tick now'), 1_000);

async function look(page, name) {
  for (const [scheme, size, width] of [['light', 'wide', 1280], ['dark', 'wide', 1280], ['light', 'narrow', 390], ['dark', 'narrow', 390]]) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.setViewport({ width, height: 900 });
    await page.evaluate(axe.source);
    const result = await page.evaluate(() =>
      axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    const found = result.violations.map((it) => `${it.id} (${it.impact}): ${it.nodes[0].html} ${it.nodes[0].failureSummary}`);
    assert.deepEqual(found, [], `${name}, ${scheme}, ${size}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert(overflow <= 0, `${name} is ${overflow} px wider than a ${size} screen`);
    if (size === 'narrow') {
      const hidden = await page.$$eval('.scroll', (all) => all.filter((it) => it.scrollWidth > it.clientWidth).length);
      assert.equal(hidden, 0, `${name}: part of the list is beside a narrow screen`);
    }
    if (pictures) await page.screenshot({ path: `${pictures}/live-${name}-${scheme}-${size}.png` });
  }
  await page.setViewport({ width: 1280, height: 900 });
}

const count = (page) => page.$$eval('[data-grant]', (rows) => rows.length);
const until = (page, check, ...given) => page.waitForFunction(check, { timeout: 60_000 }, ...given);
// A browser gives a page its focus when it draws it, which may be after it has loaded.
const focuses = (page, id) => until(page, (id) => document.activeElement.id === id, id);
const focused = (page) => page.evaluate(() => document.activeElement.id);

try {
  const page = await browser.newPage();
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !/40[01]/.test(message.text())) trouble.push(message.text()); });
  await page.goto(url);
  await focuses(page, 'code');
  await page.keyboard.type(code);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);

  // Digits are typed while another grant comes.
  await focuses(page, `match-${grant}`);
  await page.keyboard.type('12');
  console.log('grant now');
  await until(page, () => document.querySelectorAll('[data-grant]').length === 2);
  assert.match(await page.$eval('#arrived', (it) => it.textContent), /^New: Ada Lovelace$/);
  await page.keyboard.type('3456');
  assert.deepEqual([await focused(page), await page.$eval(`#match-${grant}`, (it) => it.value)], [`match-${grant}`, '123456']);
  const order = await page.$$eval('[data-grant]', (rows) => rows.map((row) => row.dataset.grant));
  await look(page, 'list');

  // Wrong ones stay on their row, also once the list has been asked for again.
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await focuses(page, `match-${grant}`);
  await new Promise((done) => { setTimeout(done, 6_500); });
  assert.match(await page.$eval(`[data-grant="${grant}"]`, (it) => it.textContent), /not the six digits/);
  assert.equal(await page.$eval(`#match-${grant}`, (it) => it.value), '123456');
  assert.deepEqual(await page.$$eval('[data-grant]', (rows) => rows.map((row) => row.dataset.grant)), order);
  await look(page, 'wrong');

  // Who answers a request is told on its page.
  await page.goto(`${url}/request`);
  await Promise.all([page.waitForNavigation(), page.click('.panel button')]);
  console.log(`answer ${await page.$eval('figure code', (it) => it.textContent)}`);
  await until(page, () => document.querySelector('#answer a') !== null);
  assert.match(await page.$eval('#answer', (it) => it.textContent), /Ada Lovelace.*has agreed/);
  await look(page, 'answered');
  await Promise.all([page.waitForNavigation(), page.click('#answer a')]);
  assert.equal(await page.$eval('h1', (it) => it.textContent), 'Ada Lovelace');

  // A grant that ends is closed on the list, though the digits that it asks for have the focus.
  await page.goto(url);
  await page.type(`#match-${grant}`, '12');
  assert.equal(await focused(page), `match-${grant}`);
  console.log('revoke now');
  await until(page, (id) => document.querySelector(`[data-grant="${id}"] .state`).textContent === 'revoked', grant);
  assert.equal(await page.$(`[data-grant="${grant}"] :is(input, a)`), null);

  // A list that is left alone shows nothing once its session is over.
  await page.goto(url);
  assert.equal(await count(page), 3);
  console.log('later 31');
  await until(page, () => location.pathname === '/login');
  assert.deepEqual(trouble, []);
  console.error('desk live: what is new comes by itself, and nothing that is typed is lost');
} finally {
  clearInterval(ticking);
  await browser.close();
}
