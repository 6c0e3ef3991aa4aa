/** The tests of a build, as jobs report them. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { fitsEveryWindow, openBrowser, standsOutOrIsCut, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';
import { type Case, ingest, ingestedBuild, junit, report } from '../support/reports';

let creel: Creel;
let browser: Browser;
beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

type Counts = { tests: { total: number } | null };
/** Once so many tests are counted. */
const counted = (id: string, total: number, timeout = 20_000) =>
  vi.waitFor(
    async () => {
      const { tests } = await creel.get<Counts>(`/builds/${id}`);
      if (tests?.total !== total) throw new Error(`${tests?.total} of ${total} tests are counted`);
    },
    { timeout, interval: 100 },
  );

/** Once its reports were read, whatever was in them. */
const filed = (id: string) =>
  vi.waitFor(
    async () => {
      const sets = await creel.get<{ items: unknown[]; waiting: number }>(
        `/builds/${id}/test-sets`,
      );
      if (sets.waiting > 0 || sets.items.length === 0) throw new Error('reports are being filed');
    },
    { timeout: 20_000, interval: 100 },
  );

let builds = 0;
const ciOf = (wish: Record<string, unknown> = {}) => ({
  ...{ provider: 'jenkins', source: 'ci.example.com', pipeline: 'shop', build: `b${++builds}` },
  ...{ number: builds, branch: 'main', commit: '9f3c2ab1d4e5f60718293a4b5c6d7e8f90a1b2c3' },
  ...{ job: 'linux', agent: 'vm-07' },
  ...wish,
});

/** 3 failed, 1 skipped, the others passed. */
const cases = (count: number): Case[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `does what it should, number ${n}`,
    seconds: 0.04 + (n % 9) / 10,
    ...(n < 3
      ? { failed: `expected 200, was 50${n} <b>not bold</b>`, stack: 'PayTest.java:41\nRunner:7' }
      : {}),
    skipped: n === 3,
  }));

const rows = (page: Page) => page.locator('[data-test]');
const focused = (page: Page) =>
  page.evaluate(() => (document.activeElement as HTMLElement | null)?.innerText);

describe('the tests of a build', () => {
  test('stand failed first, say what they said as text, and tell where they come from', async () => {
    // XML has no place for the character that begins a colour; writers leave it out.
    const coloured = junit(cases(240)).replace('expected 200', `[31mexpected[0m 200`);
    const { build_id: id } = await report(creel, ciOf(), {
      'TEST-shop.xml': coloured,
      'TEST-till.xml': '<testsuite name="till"><testcase name="adds"/><testcase name="cut',
    });
    await counted(id, 241);
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${id}`);
    await page.getByText('3 of 241 failed').waitFor();
    await page.getByText('expected 200, was 501').waitFor();
    expect(await axe()).toEqual([]);
    await shots('build-why-tests');

    await page.keyboard.press('t');
    await page.getByRole('link', { name: /Tests 241/ }).waitFor();
    await expect.poll(() => rows(page).count()).toBeGreaterThanOrEqual(100);
    expect(await rows(page).first().innerText()).toContain('number 0');
    await rows(page).first().getByRole('link').click();
    const said = page.getByRole('region', { name: /^Message of/ });
    expect(await said.innerText()).toBe('expected 200, was 500 <b>not bold</b>');
    expect(await said.locator('.fg-red').innerText()).toBe('expected');
    await page.getByText('PayTest.java:41').waitFor();
    await page.getByText('1 test set is not whole').waitFor();
    await page
      .getByText(/TEST-till.xml: Line 1, column \d+: /)
      .first()
      .waitFor();
    await page.getByText('From 1 test set').click();
    await page.getByRole('cell', { name: 'Report' }).waitFor();
    expect(await axe()).toEqual([]);
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    await shots('build-tests');
    expect(trouble()).toEqual([]);
    await close();
  });

  test('are walked by keys, opened by Space, filtered and opened in the address', async () => {
    const { build_id: id } = await report(creel, ciOf(), { 'a.xml': junit(cases(160)) });
    await counted(id, 160);
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${id}?tab=tests`);
    await rows(page).first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('does what it should, number 1');
    await page.keyboard.press('Space');
    const said = page.getByRole('region', { name: 'Message of does what it should, number 1' });
    await said.waitFor();
    await page.waitForURL('**test=*');
    const shared = page.url();
    await page.keyboard.press('f');
    expect(await focused(page)).toBe('does what it should, number 2');
    await page.keyboard.press('F');
    await page.keyboard.press('Enter');
    await said.waitFor({ state: 'detached' });
    await expect.poll(() => page.url()).not.toContain('test=');

    await page.getByRole('link', { name: /^Failed 3/ }).click();
    await page.waitForURL('**tab=tests&outcome=failed');
    await page.getByText('3 tests of 160, and that is all').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('number 2');
    await page.waitForURL('**q=number+2');
    await page.getByText('1 test of 160, and that is all').waitFor();
    await page.goBack();
    await page.waitForURL('**tab=tests&outcome=failed');

    await page.goto(shared);
    await said.waitFor();
    // One that passed is found by its name, wherever it stands.
    await page.goto(`/builds/${id}?tab=tests&q=number+159`);
    await page.getByRole('link', { name: 'does what it should, number 159' }).click();
    await page.getByText('It left no message.').waitFor();
    await page.getByRole('link', { name: 'All 160' }).waitFor();
    await page.getByRole('searchbox').fill('no such test');
    await page.getByText('No test matches').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('of a job that was tried again are those of the last try, with the ones before on demand', async () => {
    const ci = ciOf();
    const red = junit([{ name: 'retries', failed: 'no answer in 5 s' }, { name: 'pays' }]);
    await report(creel, { ...ci, job_attempt: 1 }, { 'a.xml': red });
    const { build_id: id } = await report(
      creel,
      { ...ci, job_attempt: 2 },
      { 'a.xml': junit([{ name: 'retries' }, { name: 'pays' }]) },
    );
    await vi.waitFor(
      async () => {
        const { tests } = await creel.get<{ tests: { passed: number } }>(`/builds/${id}`);
        if (tests?.passed !== 2) throw new Error('the second try is not counted yet');
      },
      { timeout: 20_000, interval: 100 },
    );
    const { page, axe, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${id}?tab=tests`);
    await page.getByText('2 tests, and that is all').waitFor();
    await page.getByRole('link', { name: 'retries' }).click();
    const others = page.getByRole('list', { name: 'Other attempts' });
    await others.getByText('no answer in 5 s').waitFor();
    expect(await axe()).toEqual([]);
    await page.getByRole('button', { name: 'All attempts' }).click();
    await page.waitForURL('**every=1**');
    await page.getByText('4 results, and that is all').waitFor();
    await page.getByText('From 2 test sets, 1 of them counted').click();
    await page.getByText('not counted').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('that come while one looks are offered, and move nothing', async () => {
    const ci = ciOf();
    const { build_id: id } = await report(creel, ci, { 'a.xml': junit([{ name: 'pays' }]) });
    await counted(id, 1);
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${id}?tab=tests`);
    await page.getByText('1 test, and that is all').waitFor();
    await report(creel, { ...ci, job: 'mac' }, { 'b.xml': junit([{ name: 'packs' }]) });
    await page.getByRole('button', { name: /1 new result/ }).click();
    await page.getByText('2 tests, and that is all').waitFor();
    await page.getByRole('link', { name: 'Tests 2', exact: true }).waitFor();
    await page.getByRole('combobox', { name: 'Job' }).selectOption('mac');
    await page.waitForURL('**job=mac');
    await page.getByText('1 test of 2, and that is all').waitFor();
    await page.getByRole('link', { name: 'packs' }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('may be 100,000: what is far from the window is not in the page', async () => {
    const { build_id: id } = await report(creel, ciOf(), { 'many.xml': junit(cases(100_000)) });
    await counted(id, 100_000, 60_000);
    const { page, trouble, close } = await visit(browser, creel);
    let pages = 0;
    page.on('response', (response) => {
      if (response.url().includes('/tests?')) pages += 1;
    });
    await page.goto(`/builds/${id}?tab=tests`);
    await rows(page).first().waitFor();
    // Whoever goes on to the end is given the next page, until enough of them have come.
    await expect
      .poll(
        async () => {
          await page.evaluate(() => {
            scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
          });
          return pages;
        },
        { timeout: 60_000 },
      )
      .toBeGreaterThanOrEqual(12);
    await expect.poll(() => rows(page).count()).toBeLessThan(500);
    // What was left stands again where it stood.
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    await rows(page).getByText('number 0', { exact: false }).first().waitFor();
    // A search goes on until it has looked at all of them.
    await page.getByRole('searchbox').fill('number 99999');
    await page.getByText('1 test of 100,000, and that is all').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  }, 120_000);

  test('of which no report could be read say what was wrong with it, and that they are not none', async () => {
    const { build_id: id } = await report(creel, ciOf(), {
      'TEST-shop.xml': '<testsuite name="shop"><testcase',
    });
    await filed(id);
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${id}?tab=tests`);
    await page.getByText('No test could be read').waitFor();
    await page
      .getByText(/TEST-shop.xml: Line 1, column \d+: /)
      .first()
      .waitFor();
    await page.getByRole('heading', { name: '1 test set could not be read' }).waitFor();
    expect(await axe()).toEqual([]);
    await shots('build-tests-unread');
    await fitsEveryWindow(page, 'no test could be read', standsOutOrIsCut);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('of which only numbers were told are numbers, and nothing to filter', async () => {
    const build = randomUUID();
    await ingest(creel, 'builds', ingestedBuild(build, 88));
    const numbers = { passCount: 637, failCount: 2, skipCount: 1, duration: 61_000 };
    await ingest(creel, 'tests', { buildId: build, name: 'unit', ...numbers });
    await counted(build, 640);
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${build}?tab=tests`);
    await page.getByText('640 tests: 2 failed, 1 skipped, 637 passed.').waitFor();
    // That is all that was told, and nothing is wrong with it.
    expect(await page.getByText('not whole').count()).toBe(0);
    expect(await page.getByRole('searchbox').count()).toBe(0);
    await page.getByText('From 1 test set').click();
    await page.getByRole('cell', { name: 'BuildButler client' }).waitFor();
    expect(await axe()).toEqual([]);
    await shots('build-tests-numbers');
    await fitsEveryWindow(page, 'numbers alone', standsOutOrIsCut);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('that none published are not said to be none that passed', async () => {
    await creel.hook('azure', azureBuild({ id: 90_001 }));
    const { items } = await vi.waitFor(
      async () => {
        const list = await creel.get<{ items: { id: string }[] }>('/builds?provider=azure_devops');
        if (!list.items[0]) throw new Error('the build is not there yet');
        return list;
      },
      { timeout: 20_000, interval: 100 },
    );
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto(`/builds/${items[0]?.id}?tab=tests`);
    await page.getByText(/^No tests (are known|were published)/).waitFor();
    expect(await page.getByText('0 %').count()).toBe(0);
    expect(await axe()).toEqual([]);
    await shots('build-tests-none');
    await page.getByRole('link', { name: 'How to send reports' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sending test reports' }).waitFor();
    for (const way of ['Buildkite', 'Azure Pipelines', 'BuildButler clients', 'curl'])
      await page.getByRole('link', { name: way, exact: true }).click();
    await page.getByText(`${creel.url}/api/v1/reports`).waitFor();
    expect(await axe()).toEqual([]);
    await shots('help-reports');
    expect(trouble()).toEqual([]);
    await close();
  });

  test('that are still being filed are announced', async () => {
    const { build_id: id } = await report(creel, ciOf(), { 'a.xml': junit([{ name: 'pays' }]) });
    await counted(id, 1);
    const { page, close } = await visit(browser, creel);
    // For as long as one has to look.
    await page.route('**/test-sets', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), waiting: 2 } });
    });
    await page.goto(`/builds/${id}?tab=tests`);
    await page.getByText('2 reports are being filed').waitFor();
    await close();
  });

  test('that cannot be read say why, and come when they are asked for again', async () => {
    const { build_id: id } = await report(creel, ciOf(), { 'a.xml': junit([{ name: 'pays' }]) });
    await counted(id, 1);
    const { page, axe, close } = await visit(browser, creel);
    const json = { code: 'unavailable', title: 'Unavailable', status: 503, detail: 'is starting' };
    const contentType = 'application/problem+json';
    await page.route(/\/tests\?/, (route) => route.fulfill({ status: 503, contentType, json }));
    await page.goto(`/builds/${id}?tab=tests`);
    await page.getByText('The tests could not be read').waitFor();
    expect(await axe()).toEqual([]);
    await page.unroute(/\/tests\?/);
    await page.getByRole('button', { name: /again/i }).click();
    await page.getByRole('link', { name: 'pays' }).waitFor();
    await close();
  });

  test('fit every window', async () => {
    const { build_id: id } = await report(creel, ciOf(), { 'a.xml': junit(cases(40)) });
    await counted(id, 40);
    const { page, close } = await visit(browser, creel);
    for (const path of [`/builds/${id}?tab=tests`, '/help/reports']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      await fitsEveryWindow(page, path, standsOutOrIsCut);
    }
    await close();
  });
});
