/** Tests across builds: their histories, how flaky ones are found, and two builds against each other. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fitsEveryWindow, openBrowser, standsOutOrIsCut, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { type Case, junit, report } from '../support/reports';

const BUILDS = 24;
const MINUTE = 60_000;
const commitOf = (number: number) =>
  `${String(number).padStart(2, '0')}3c2ab1d4e5f607`.repeat(3).slice(0, 40);

let creel: Creel;
let browser: Browser;
/** Ids of the builds of `shop`, the first at 1. */
const builds: string[] = [];
/** Ids of tests by their names. */
const tests = new Map<string, string>();

/** `retries` is flaky, `breaks` fails since #22, `rounds` is new and has failed once. */
function casesOf(number: number): Case[] {
  const failed = (says: string) => ({ failed: says, stack: 'com.acme.Pay.pay(Pay.java:41)' });
  return [
    { name: 'retries', seconds: 1.2, ...(number % 4 === 0 ? failed('no answer in 5 s') : {}) },
    { name: 'breaks', ...(number >= 22 ? failed('expected 3, was 4') : {}) },
    { name: 'pays', seconds: 0.3 + number / 100 },
    { name: 'leaves', skipped: number % 5 === 0 },
    ...(number >= 23
      ? [{ name: 'rounds', ...(number === 24 ? failed('was 0.30000000004') : {}) }]
      : []),
    ...(number < 20 ? [{ name: 'goes' }] : []),
  ];
}

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
  const begin = Date.now() - BUILDS * 10 * MINUTE;
  for (let number = 1; number <= BUILDS; number += 1) {
    const started = begin + number * 10 * MINUTE;
    const { build_id } = await report(
      creel,
      {
        ...{ provider: 'jenkins', source: 'ci.example.com', pipeline: 'shop', build: `b${number}` },
        ...{ number, branch: 'main', job: 'linux', agent: 'vm-07', requested_by: 'Ada' },
        // Two builds in a row have one commit: what passes and fails in them is flaky.
        commit: commitOf(number >> 1),
        started_at: new Date(started).toISOString(),
        finished_at: new Date(started + 4 * MINUTE).toISOString(),
      },
      { 'TEST-shop.xml': junit(casesOf(number)) },
    );
    builds[number] = build_id;
  }
  await vi.waitFor(
    async () => {
      type Row = { name: string; case_id: string; runs: number };
      type Answer = { items: Row[]; summary: { broken: number; flaky: number } };
      const { items, summary } = await creel.get<Answer>('/tests');
      for (const { name, case_id } of items) tests.set(name, case_id);
      const runs = items.find(({ name }) => name === 'retries')?.runs;
      if (runs !== BUILDS || summary.broken < 1 || summary.flaky < 1)
        throw new Error(`the tests are not assessed yet: ${runs} runs, ${JSON.stringify(summary)}`);
    },
    { timeout: 60_000, interval: 200 },
  );
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

const buildOf = (number: number) => builds[number] ?? '';
const testOf = (name: string) => tests.get(name) ?? '';

describe('the tests of a build', () => {
  test('each have the sentence that their history says, and lead to it', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${buildOf(24)}?tab=tests`);
    const row = page.getByRole('listitem').filter({ has: page.locator('[data-test]') });
    const broken = row.filter({ hasText: 'breaks' });
    await broken.getByText('Broken since #22').waitFor();
    await row
      .filter({ hasText: 'retries' })
      .getByText(/^Known flaky/)
      .waitFor();
    await broken.getByRole('link', { name: 'breaks' }).click();
    await broken.getByRole('img', { name: /^Last \d+ runs: / }).waitFor();
    expect(await axe()).toEqual([]);
    await shots('build-tests-sentences');
    await page.getByRole('combobox', { name: 'Order' }).selectOption('duration');
    await page.waitForURL('**sort=duration**');
    await expect.poll(() => row.first().innerText()).toContain('retries');
    await broken.getByRole('link', { name: 'History of the test' }).click();
    await page.getByRole('heading', { level: 1, name: 'breaks' }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('of which one passed say all the same that it is flaky', async () => {
    const { page, close } = await visit(browser, creel);
    await page.goto(`/builds/${buildOf(21)}?tab=tests`);
    const row = page.getByRole('listitem').filter({ hasText: 'retries' });
    await row.getByText('Flaky', { exact: true }).waitFor();
    await close();
  });
});

describe('Tests', () => {
  test('lists the worst first, by keys, and keeps its filter in the address', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto('/');
    await page.locator('h1').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.getByRole('heading', { level: 1, name: 'Tests' }).waitFor();
    const rows = page.locator('tbody th a');
    await expect.poll(() => rows.first().innerText()).toBe('breaks');
    await page.getByRole('cell', { name: /^6\/24 fail/ }).waitFor();
    await page.getByText(/^rate 5\/23: \d/).waitFor();
    await page
      .getByRole('img', {
        name: /^Last 24 runs: 18 passed, 6 failed|^Last 24 runs: 6 failed, 18 passed/,
      })
      .waitFor();
    expect(await axe()).toEqual([]);
    await shots('tests');

    await page.getByRole('link', { name: /^Flaky 1/ }).click();
    await page.waitForURL('**/tests?status=flaky');
    await expect.poll(() => rows.allInnerTexts()).toEqual(['retries']);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'retries' }).waitFor();
    await page.goBack();
    await page.waitForURL('**/tests?status=flaky');
    await expect.poll(() => rows.count()).toBe(1);
    await page.keyboard.press('/');
    await page.keyboard.type('pays');
    await page.getByText('No tests match').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByRole('combobox', { name: 'Pipeline' }).selectOption({ label: 'shop' });
    await page.waitForURL('**source=**pipeline=shop**');
    await expect.poll(() => rows.count()).toBeGreaterThan(3);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('says how tests come while there are none', async () => {
    const empty = await startCreel();
    const { page, axe, shots, close } = await visit(browser, empty);
    await page.goto('/tests');
    await page.getByText('No tests yet').waitFor();
    expect(await axe()).toEqual([]);
    await shots('tests-none');
    await page.getByRole('link', { name: 'How to send reports' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sending test reports' }).waitFor();
    await close();
    await empty.stop();
  });
});

describe('a test', () => {
  test('tells how it stands, where it began, how long it takes and what it said', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto(`/tests/${testOf('breaks')}`);
    await page.getByRole('heading', { level: 1, name: 'breaks' }).waitFor();
    expect(await page.title()).toBe('breaks · Creel');
    await page.getByText('Broken', { exact: true }).first().waitFor();
    await page.getByText('3 of 24', { exact: true }).waitFor();
    const began = page.getByRole('region', { name: /^First bad|^One of/ });
    await began.getByRole('link', { name: '#22' }).waitFor();
    await page.getByRole('img', { name: /^How long it took: 24 runs/ }).waitFor();
    await page.getByText('Show as table').click();
    await page.getByRole('region', { name: 'How long each run took' }).waitFor();
    await page.getByText('Show as table').click();
    await page.getByText('3 times', { exact: true }).click();
    await page
      .getByRole('region', { name: 'A message of the test' })
      .getByText('expected 3')
      .waitFor();
    expect(await axe()).toEqual([]);
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    await shots('test');

    await page.getByRole('combobox', { name: 'Branch' }).selectOption('main');
    await page.waitForURL('**?branch=main');
    await page.getByText('24 runs, and that is all').waitFor();
    await page
      .getByRole('region', { name: 'Runs of the test' })
      .getByRole('link', { name: '#23' })
      .click();
    await page.getByRole('region', { name: 'Message of breaks' }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('that is not there says so', async () => {
    const { page, axe, close } = await visit(browser, creel);
    await page.goto('/tests/00000000-0000-4000-8000-000000000000');
    await page.getByText('There is no test with this id').waitFor();
    expect(await axe()).toEqual([]);
    await close();
  });
});

describe('Detection', () => {
  test('shows what would be found while one tries, and saves what was shown', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto('/tests');
    await page.getByRole('link', { name: 'Detection' }).click();
    await page.getByRole('heading', { level: 1, name: 'Detection' }).waitFor();
    const found = page.getByRole('region', { name: 'What they would find' });
    await found.getByText('Just as they are now.').waitFor();
    await found.getByRole('link', { name: 'retries' }).waitFor();
    expect(await axe()).toEqual([]);
    await shots('detection');
    const save = page.getByRole('button', { name: 'Save', exact: true });
    expect(await save.isDisabled()).toBe(true);

    const ways = page.getByRole('region', { name: 'Both ways on one commit' });
    await ways.getByRole('checkbox', { name: 'On' }).uncheck();
    const flips = page.getByRole('region', { name: 'Changes of its outcome' });
    await flips.getByRole('checkbox', { name: 'On' }).uncheck();
    const rate = page.getByRole('region', { name: 'How often it fails' });
    await rate.getByRole('checkbox', { name: 'On' }).uncheck();
    await found.getByText('0 tests more than now, 1 no longer').waitFor();
    await found.getByRole('heading', { name: 'Would go' }).waitFor();
    await shots('detection-tried');
    await page.getByRole('button', { name: 'BuildButler-compatible' }).click();
    await found.getByRole('link', { name: 'retries' }).waitFor();
    await save.click();
    await page.getByText('Monitors saved').first().waitFor();
    await expect.poll(() => save.isDisabled()).toBe(true);
    await page.getByText(/^Saved by ada/).waitFor();
    await page.getByRole('button', { name: 'Creel', exact: true }).click();
    await save.click();
    await expect.poll(() => save.isDisabled()).toBe(true);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('tells an error at its field, by itself or as the server says', async () => {
    const { page, axe, close } = await visit(browser, creel);
    await page.goto('/tests/detection');
    const flips = page.getByRole('region', { name: 'Changes of its outcome' });
    const most = flips.getByLabel('Of its runs, at most (%)', { exact: true });
    await most.fill('101');
    await flips.getByText('From 0 to 100.').waitFor();
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
    await most.fill('50');
    await page.getByText('That does not go together').waitFor();
    expect(await axe()).toEqual([]);
    await close();
  });
});

describe('two builds', () => {
  test('are chosen in the list, by key or by pointer, and compared in the order of time', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    await page.locator(`[data-build="${buildOf(24)}"]`).focus();
    await page.keyboard.press('x');
    await page.getByText('Choose one more.').waitFor();
    expect(await axe()).toEqual([]);
    await page.getByRole('checkbox', { name: 'Compare shop #19' }).check();
    await shots('builds-choose');
    const bar = page.getByRole('region', { name: 'Compare builds' });
    await bar.getByRole('link', { name: 'Compare' }).click();
    await page.waitForURL(`**/compare?base=${buildOf(19)}&head=${buildOf(24)}`);

    await page.getByRole('link', { name: /Regressions 1/ }).waitFor();
    await page.getByRole('row', { name: /^Failed 0 3 \+3/ }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'breaks' }).getByText('Failed').waitFor();
    expect(await axe()).toEqual([]);
    await shots('compare');
    await page.getByRole('link', { name: /New 1/ }).click();
    await page.getByRole('link', { name: 'rounds' }).waitFor();
    await page.getByRole('link', { name: /Gone 1/ }).click();
    await page.getByRole('link', { name: 'goes' }).waitFor();
    await page.getByRole('link', { name: 'The other way round' }).click();
    await page.waitForURL(`**/compare?base=${buildOf(24)}&head=${buildOf(19)}`);
    await page.getByRole('link', { name: /Fixed 1/ }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('a failed one is compared with the last green by one link', async () => {
    const { page, close } = await visit(browser, creel);
    await page.goto(`/builds/${buildOf(24)}`);
    const link = page.getByRole('link', { name: /^Compare with #21/ });
    expect(await link.getAttribute('href')).toBe(
      `/compare?base=${buildOf(21)}&head=${buildOf(24)}`,
    );
    await page.goto('/compare');
    await page.getByText('Choose two builds').waitFor();
    await page.goto(`/compare?base=${buildOf(24)}&head=00000000-0000-4000-8000-000000000000`);
    await page.getByText('The builds could not be compared').waitFor();
    await close();
  });
});

test('who may only read changes nothing, and is told who does', async () => {
  const { page, axe, trouble, close } = await visit(browser, creel);
  await page.route('**/api/v1/session', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), may: ['read'] } });
  });
  await page.goto(`/tests/${testOf('breaks')}`);
  await page.getByRole('button', { name: 'Test id' }).waitFor();
  expect(await page.getByRole('button', { name: 'Mark as fixed' }).count()).toBe(0);
  await page.goto('/tests/detection');
  await page.getByText('Administrators try and change them.').waitFor();
  const flips = page.getByRole('region', { name: 'Changes of its outcome' });
  expect(await flips.getByRole('checkbox', { name: 'On' }).isDisabled()).toBe(true);
  expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  expect(await axe()).toEqual([]);
  expect(trouble()).toEqual([]);
  await close();
});

test('all fit every window', async () => {
  const { page, close } = await visit(browser, creel);
  const paths = [
    ...['/tests', `/tests/${testOf('retries')}`, '/tests/detection'],
    ...[`/builds/${buildOf(24)}?tab=tests`, `/compare?base=${buildOf(19)}&head=${buildOf(24)}`],
    '/builds?choose=1',
  ];
  for (const path of paths) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await fitsEveryWindow(page, path, standsOutOrIsCut);
  }
  await close();
});

test('a test is marked as fixed by whoever may, after a question', async () => {
  const { page, axe, trouble, close } = await visit(browser, creel);
  await page.goto(`/tests/${testOf('retries')}`);
  await page.getByRole('button', { name: 'Mark as fixed' }).click();
  const dialog = page.getByRole('dialog', { name: 'Mark the test as fixed?' });
  await dialog.waitFor();
  expect(await axe()).toEqual([]);
  await dialog.getByRole('button', { name: 'Mark as fixed' }).click();
  await page.getByText('Marked as fixed by ada').waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Mark as fixed' }).count()).toBe(0);
  expect(trouble()).toEqual([]);
  await close();
});
