// open_report.mjs: opens an HTML report in headless Chromium and reads it as a person would.
// Why: a report that is well-formed text may still show nothing; only a browser can tell.
//
//   node open_report.mjs REPORT.html EXPECTED_VERDICT [SCREENSHOT.png] [--dark] [--width N]
//
// Exit code 0 when the page shows the verdict, its tables and its charts, without a console error
// and without one request that is not the file itself; 1 otherwise; 2 for wrong usage.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

import {chromium} from 'playwright-core';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
               '--disable-background-networking', '--disable-component-update', '--disable-sync'];

function options(words) {
  const found = {dark: false, width: 1180, rest: []};
  for (let i = 0; i < words.length; ++i) {
    if (words[i] === '--dark') found.dark = true;
    else if (words[i] === '--width') found.width = Number(words[++i]);
    else found.rest.push(words[i]);
  }
  return found;
}

/** What the page shows, as plain data. Runs in the page. */
function look() {
  /** A canvas that shows nothing has one colour only. */
  const isBlank = (canvas) => {
    if (canvas.width === 0 || canvas.height === 0) return true;
    const copy = document.createElement('canvas');  // Reading the page's own would slow it down.
    copy.width = canvas.width;
    copy.height = canvas.height;
    const context = copy.getContext('2d', {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    const pixels = context.getImageData(0, 0, copy.width, copy.height).data;
    const words = new Uint32Array(pixels.buffer);
    return words.every((word) => word === words[0]);
  };
  const nameOf = (canvas) => canvas.closest('figure')?.querySelector('figcaption')?.textContent.trim() ?? '?';
  const canvases = [...document.querySelectorAll('canvas')].filter((one) => one.offsetParent !== null);
  const badge = document.getElementById('verdict');
  return {
    verdict: badge?.textContent.trim() ?? '',
    verdictShown: badge !== null && badge.getClientRects().length > 0,
    scenario: document.getElementById('scenario')?.textContent ?? '',
    expectationRows: document.querySelectorAll('#expectations tbody tr').length,
    outcomeRows: document.querySelectorAll('#outcomes tbody tr').length,
    drawn: document.documentElement.dataset.drawn === 'yes',
    canvases: canvases.length,
    blank: canvases.filter(isBlank).map(nameOf),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}

/** Moves over a lane and steps through it by keyboard: both must explain what is there. */
async function readLanes(page) {
  const canvas = page.locator('#lanes canvas');
  if (await canvas.count() === 0 || !await canvas.isVisible()) return null;
  await canvas.scrollIntoViewIfNeeded();
  const {width} = await canvas.boundingBox();
  await canvas.hover({position: {x: width * 0.6, y: 12}});
  const byMouse = await page.locator('#tip').textContent();
  await canvas.focus();
  await page.keyboard.press('ArrowRight');
  const byKeys = await page.locator('#tip').textContent();
  await page.keyboard.press('Escape');
  return {byMouse, byKeys};
}

/** Zooming in by keyboard offers the way back, and taking it withdraws the offer. */
async function zoomAndReturn(page) {
  const chart = page.locator('#latency');
  if (!await chart.isVisible()) return true;
  const back = page.locator('#unzoom');
  await chart.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('+');
  const offered = await back.isVisible();
  await page.keyboard.press('Escape');
  return offered && !await back.isVisible();
}

/** Every subject can be chosen, and each gives a chart that is not blank. */
async function chooseEverySubject(page) {
  const values = await page.locator('#subject option:not([disabled])').evaluateAll(
      (options) => options.map((option) => option.value));
  for (const value of values) {
    await page.selectOption('#subject', value);
    const {blank} = await page.evaluate(look);
    if (blank.length > 0) return `subject ${value}: ${blank.join(', ')} is blank`;
  }
  return '';
}

/** What is wrong with a report, one line each, and what was seen on its page. */
export async function openReport(report, expected, screenshot, {dark = false, width = 1180} = {}) {
  const complaints = [];
  let seen = null;
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'leapday-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags, offline: true,
    viewport: {width, height: 900}, colorScheme: dark ? 'dark' : 'light'});
  try {
    const address = pathToFileURL(path.resolve(report)).href;
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
    });
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      return dialog.dismiss();
    });
    page.on('pageerror', (error) => complaints.push(`script: ${error.stack ?? error.message}`));
    await context.route('**/*', (route) => {
      const asked = route.request().url();
      if (asked === address) return route.continue();
      complaints.push(`request: ${asked.slice(0, 200)}`);
      return route.abort();
    });
    await page.goto(address, {waitUntil: 'load'});
    seen = await page.evaluate(look);
    if (seen.verdict.toLowerCase() !== expected.toLowerCase() || !seen.verdictShown) {
      complaints.push(`verdict: the page says "${seen.verdict}", not "${expected}"`);
    }
    if (!seen.drawn) complaints.push('charts: the script did not finish');
    if (seen.canvases === 0) complaints.push('charts: there is none');
    seen.blank.forEach((name) => complaints.push(`charts: "${name}" is blank`));
    if (seen.outcomeRows < 3) complaints.push('tables: requests by outcome has too few rows');
    if (seen.overflow > 0) complaints.push(`layout: the page is ${seen.overflow} px too wide`);
    if (screenshot) await page.screenshot({path: screenshot, fullPage: true});
    const lanes = await readLanes(page);
    if (lanes && (!lanes.byMouse || !lanes.byKeys)) complaints.push('lanes: no tooltip');
    if (seen.drawn && !await zoomAndReturn(page)) complaints.push('zoom: no way in or back');
    const choice = await chooseEverySubject(page);
    if (choice) complaints.push(choice);
    seen = {...seen, lanes};
  } finally {
    await context.close();
    fs.rmSync(profile, {recursive: true, force: true});
  }
  return {complaints, seen};
}

async function main() {
  const {rest, ...how} = options(process.argv.slice(2));
  if (rest.length < 2 || rest.length > 3) {
    console.error('usage: node open_report.mjs REPORT.html EXPECTED_VERDICT [SCREENSHOT.png] [--dark] [--width N]');
    return 2;
  }
  const {complaints, seen} = await openReport(rest[0], rest[1], rest[2], how)
      .catch((error) => ({complaints: [`browser: ${error.message}`], seen: null}));
  console.log(JSON.stringify(seen));
  complaints.forEach((complaint) => console.error(complaint));
  return complaints.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main());
