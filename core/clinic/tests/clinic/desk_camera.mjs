// Scans a link at the desk with the camera of Chromium, which is a film; then without a permission, and without a camera.
// usage: node desk_camera.mjs URL CODE FILM LINK [PICTURES_FOLDER]
import { createRequire } from 'node:module';
import { existsSync, mkdirSync } from 'node:fs';
import assert from 'node:assert/strict';

const require = createRequire(`${process.env.KEEPWELL_WEB_MODULES}/`);
const puppeteer = require('puppeteer-core');
const axe = require('axe-core');
const [url, code, film, link, pictures] = process.argv.slice(2);

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .concat(process.env.CHROMIUM ?? [])
  .find((path) => path && existsSync(path));
assert(executablePath, 'no Chromium found; set CHROMIUM to its path');
if (pictures) mkdirSync(pictures, { recursive: true });

const trouble = [];

/** Does something on the page that opens a share, in a browser with such a camera. */
async function with_browser(flags, work) {
  const browser = await puppeteer.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...flags],
  });
  try {
    const page = await browser.newPage();
    await page.evaluateOnNewDocument(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    page.on('console', (message) => {
      // Chromium notes answers that are refusals; a code that is no link is one.
      if (message.type() === 'error' && !/status of 422/.test(message.text())) trouble.push(message.text());
    });
    page.on('pageerror', (error) => trouble.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) trouble.push(`left the page: ${request.url()}`);
    });
    await page.goto(url);
    await page.type('#code', code);
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    await page.goto(`${url}/share`);
    await work(page, browser);
  } finally {
    await browser.close();
  }
}

const said = (page, words) => page.waitForFunction(
  (words) => document.querySelector('#scanned').textContent.includes(words), { timeout: 60_000 }, words);
const camera = (page) => page.$eval('#camera', (it) => it.checkVisibility());

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
    if (pictures) await page.screenshot({ path: `${pictures}/camera-${name}-${scheme}-${size}.png` });
  }
}

const FAKE = ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`];

await with_browser([...FAKE, '--use-fake-ui-for-media-stream'], async (page) => {
  // Stopped by hand, it lets go of the camera and says nothing more.
  await page.click('#scan');
  await said(page, 'Hold the code');
  assert(await camera(page), 'the camera is not shown');
  await page.click('#stop');
  assert.deepEqual([await camera(page), await page.$eval('#view', (it) => it.srcObject)], [false, null]);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'scan');

  await page.click('#scan');
  await said(page, 'not a SMART Health Link');
  await look(page, 'looking');
  await said(page, 'The link was read');
  assert.equal(await page.$eval('#link', (it) => it.value), link);
  assert.equal(await camera(page), false, 'the camera goes on');
  await look(page, 'found');
  // The focus is on the button that opens.
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(await page.$eval('h1', (it) => it.textContent), 'Ada Lovelace');
});

await with_browser(FAKE, async (page, browser) => {
  const session = await browser.target().createCDPSession();
  await session.send('Browser.setPermission', { origin: url, permission: { name: 'camera' }, setting: 'denied' });
  await page.click('#scan');
  await said(page, 'may not use the camera');
  assert.equal(await page.$eval('#scan', (it) => it.checkVisibility()), true);
  await look(page, 'refused');
});

await with_browser(['--use-fake-device-for-media-stream=device-count=0', '--use-fake-ui-for-media-stream'], async (page) => {
  await page.click('#scan');
  await said(page, 'no camera');
});

assert.deepEqual(trouble, []);
console.log('desk camera: a link is read from a film; without permission or camera it says so');
