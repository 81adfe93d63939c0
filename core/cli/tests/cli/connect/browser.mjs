// Plays a patient whom a clinic asks: logs in, reads what the app would get, agrees, and comes back to the app. Prints what was on the
// pages: {"consent": [TEXT…] or null if the clinic did not ask again, "page": what the app showed}.
// usage: node browser.mjs ADDRESS NAME   (the password is the name)
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import assert from 'node:assert/strict';

const require = createRequire(`${process.env.KEEPWELL_WEB_MODULES}/`);
const puppeteer = require('puppeteer-core');
const [address, name] = process.argv.slice(2);
const back = new URL(address).searchParams.get('redirect_uri');

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((program) => `/usr/bin/${program}`)
  .concat(process.env.CHROMIUM ?? [])
  .find((path) => path && existsSync(path));
assert(executablePath, 'no Chromium found; set CHROMIUM to its path');

const browser = await puppeteer.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--lang=en'],
});
try {
  const page = await browser.newPage();
  await page.goto(address);
  await page.type('#username', name);
  await page.type('#password', name);
  await Promise.all([page.waitForNavigation(), page.click('#kc-login')]);
  let consent = null;
  if (!page.url().startsWith(back)) {
    assert(await page.$('#kc-oauth'), `neither the app nor a question: ${page.url()} ${await page.$eval('body', (it) => it.innerText)}`);
    consent = await page.$$eval('#kc-oauth li', (all) => all.map((it) => it.innerText.trim()));
    await Promise.all([page.waitForNavigation(), page.click('#kc-login')]);
  }
  assert(page.url().startsWith(back), `not back at the app: ${page.url()}`);
  console.log(JSON.stringify({ consent, page: await page.$eval('body', (it) => it.innerText) }));
} finally {
  await browser.close();
}
