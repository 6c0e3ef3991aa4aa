/** Pages that look the same each time look as they did when somebody last looked at them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { changesOf, hasTheFonts } from '../support/looks';

let creel: Creel;
let fresh: Creel;
let browser: Browser;

beforeAll(async () => {
  [creel, fresh, browser] = await Promise.all([
    startCreel(),
    startCreel({ firstStart: true }),
    openBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([creel?.stop(), fresh?.stop()]);
});

const PAGES = [
  { name: 'signin', path: '/signin', title: 'Sign in', stranger: true },
  { name: 'setup', path: '/setup', title: 'Welcome', stranger: true, isFresh: true },
  { name: 'home-empty', path: '/', title: 'Home' },
  { name: 'builds-empty', path: '/builds', title: 'Builds' },
  { name: 'events-empty', path: '/events', title: 'Events' },
  { name: 'connect', path: '/sources/new', title: 'Connect a source' },
  { name: 'local', path: '/help/local', title: 'Local development' },
  { name: 'appearance', path: '/settings/appearance', title: 'Appearance' },
  { name: 'not-found', path: '/no/such/page', title: 'Not found' },
];

test.for(PAGES)('$path', async ({ name, path, title, stranger, isFresh }, { skip }) => {
  const { page, close } = await visit(browser, isFresh ? fresh : creel, {
    // Half the size shows what moved, went or changed its colour, and keeps the pictures small.
    scale: 0.5,
    ...(stranger ? { stranger } : {}),
  });
  await page.goto(path);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  if (!stranger) await page.getByRole('button', { name: /^Live:/ }).waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  if (!(await hasTheFonts(page))) skip('this machine has other fonts than the pictures');
  expect(await changesOf(page, name)).toEqual([]);
  await close();
});
