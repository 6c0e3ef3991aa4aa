/** Home, the list of builds, and a build: from what is red to what is known of it. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { buildkiteBuild, failedBuild } from '../support/buildkite';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name }).waitFor();
const rows = (page: Page) => page.locator('[data-build]');
const live = (page: Page) => page.getByRole('button', { name: /^Live:/ }).waitFor();
/** A page must never be wider than its window. */
const isTooWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

describe('Home', () => {
  let creel: Creel;
  beforeAll(async () => {
    creel = await startCreel();
  });
  afterAll(() => creel?.stop());

  test('leads from nothing to a broken branch, to calm again, without a reload', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto('/');
    await page.getByText('No source yet').waitFor();
    const offers = page.locator('main .actions a');
    expect(await offers.evaluateAll((all) => all.map((one) => one.getAttribute('href')))).toEqual([
      ...['/sources/new', '/sources/new/sample'],
    ]);
    expect(await axe()).toEqual([]);
    await live(page);

    await creel.hook('azure', azureBuild({ id: 4211, startedMinutesAgo: 90 }));
    await page.getByText('All default branches are green.').waitFor();

    await creel.hook('azure', azureBuild({ id: 4212, startedMinutesAgo: 60.5, result: 'failed' }));
    await creel.hook('azure', azureBuild({ id: 4213, startedMinutesAgo: 20, result: 'failed' }));
    await page.getByText('broken, 2 in a row').waitFor();
    const item = page.getByRole('listitem').filter({ hasText: 'shop-ci · main' });
    expect(await item.innerText()).toMatch(/for 52 min/);
    expect(await item.getByRole('link', { name: '#4213' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Why am I seeing this: shop-ci · main' }).click();
    await page.getByText('it began with #4212').waitFor();
    await page.keyboard.press('Escape');
    await shots('home');
    expect(await axe()).toEqual([]);

    await page.getByRole('button', { name: 'Snooze shop-ci · main' }).click();
    await page.getByRole('button', { name: 'For a day' }).click();
    await page.getByText('Nothing else.').waitFor();
    // The row went with the button that was pressed; who uses keys goes on from here.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('attention');
    await page.reload();
    await page.getByRole('button', { name: '1 snoozed' }).click();
    await page.getByRole('button', { name: 'Wake' }).click();
    await page.getByText('broken, 2 in a row').waitFor();

    await live(page);
    await creel.hook('azure', azureBuild({ id: 4214, startedMinutesAgo: 10 }));
    await page.getByText('All default branches are green.').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('shows what runs, measured by what is usual, until it is over', async () => {
    const { page, axe, trouble, close } = await visit(browser, creel, { theme: 'dark' });
    for (const number of [1, 2, 3]) {
      const build = buildkiteBuild(creel, { number, secondsAgo: 3_600 * (4 - number) });
      await build.send('build.finished', 'passed', { finished: 600 });
    }
    await page.goto('/');
    await live(page);
    const build = buildkiteBuild(creel, { number: 4, secondsAgo: 120 });
    await build.send('build.running', 'running');
    await page.getByRole('progressbar', { name: /^storefront #4: 2 m .* of about 10 m/ }).waitFor();
    expect(await axe()).toEqual([]);

    await build.send('build.finished', 'passed', { finished: 119 });
    await page.getByText('Nothing runs and nothing waits.').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('does not call nothing what could not be read', async () => {
    const { page, close } = await visit(browser, creel);
    await page.route(/\/api\/v1\/builds\?.*state=running/, (route) =>
      route.fulfill({ status: 503, json: { code: 'busy', detail: 'Much is going on.' } }),
    );
    await page.goto('/');
    await page.getByText('Not all of the overview could be read').waitFor();
    await page.getByRole('heading', { name: 'Default branches' }).waitFor();
    const running = page.getByRole('region', { name: 'Running and waiting' });
    await running.getByText('Not known yet.').waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await running.getByText('Nothing runs and nothing waits.').waitFor();
    await close();
  });

  test('fits a phone', async () => {
    const { page, close } = await visit(browser, creel, { width: 390, height: 844 });
    await page.goto('/');
    await page.getByRole('heading', { name: 'Default branches' }).waitFor();
    expect(await isTooWide(page)).toBe(false);
    await close();
  });

  test('leads to all that runs and to all that waits, each by itself', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await buildkiteBuild(creel, { number: 100, secondsAgo: 60 }).send('build.running', 'running');
    for (let number = 101; number <= 113; number += 1) {
      const build = buildkiteBuild(creel, { number, secondsAgo: 60 });
      await build.send('build.scheduled', 'scheduled');
    }
    await page.goto('/?source=acme');
    const running = page.getByRole('region', { name: 'Running and waiting' });
    const href = (name: string) => running.getByRole('link', { name }).getAttribute('href');
    expect(await href('1 build running')).toBe('/builds?state=running&source=acme');
    expect(await href('13 builds queued')).toBe('/builds?state=queued&source=acme');
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('Builds and a build', () => {
  let creel: Creel;
  let failedEntry: number;
  beforeAll(async () => {
    creel = await startCreel();
    failedEntry = await failedBuild(creel, { number: 88, secondsAgo: 1_800 });
    for (let id = 4_301; id <= 4_306; id += 1) {
      await creel.hook(
        'azure',
        azureBuild({ id, startedMinutesAgo: 20, branch: id % 2 === 0 ? 'main' : 'feature/retry' }),
      );
    }
  });
  afterAll(() => creel?.stop());

  test('from a red build in the list to what is known of its failure: two keys', async () => {
    const { page, axe, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    await page.getByRole('link', { name: 'storefront #88' }).waitFor();

    await page.keyboard.press('f');
    await page.keyboard.press('Enter');

    await heading(page, 'storefront #88');
    const known = page.getByRole('region', { name: 'What failed' });
    await known.getByText('Browser tests').waitFor();
    // "on an agent, told by an event" comes with the facts, a moment later.
    await known.getByRole('link', { name: `event ${failedEntry}` }).waitFor();
    const text = await known.innerText();
    expect(text).toContain('Failed job');
    expect(text).toContain('3 m 20 s after the start');
    expect(text).toContain('ran 2 m 30 s');
    expect(text).toContain('on builder-7');
    expect(text).not.toContain('Lint');
    expect(await axe()).toEqual([]);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('what is typed becomes chips in the address; Back undoes it, buttons clear it', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    await rows(page).nth(6).waitFor();
    await shots('builds');

    const search = page.getByRole('searchbox', { name: 'Search builds' });
    await search.fill('is:green branch:feature/retry');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.search === '?result=success&branch=feature%2Fretry');
    await page.getByRole('button', { name: 'Without branch feature/retry' }).waitFor();
    await expect.poll(() => rows(page).count()).toBe(3);

    await page.goBack();
    await expect.poll(() => rows(page).count()).toBe(7);
    await page.getByRole('link', { name: 'Failed', exact: true }).click();
    await expect.poll(() => rows(page).count()).toBe(1);
    await page.getByRole('link', { name: 'Default branches' }).click();
    await expect.poll(() => rows(page).count()).toBe(4);

    await search.fill('pipeline:nothing');
    await page.keyboard.press('Enter');
    await page.getByText('No builds match').waitFor();
    expect(await axe()).toEqual([]);
    await page
      .getByRole('button', { name: 'Without pipeline nothing', exact: true })
      .last()
      .click();
    await expect.poll(() => rows(page).count()).toBe(4);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('Space peeks, j and k take the peek along, Escape closes it and the row has the focus', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    await rows(page).nth(6).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    const peek = page.getByRole('complementary', { name: /at a glance/ });

    await page.keyboard.press('f');
    await page.keyboard.press(' ');
    await peek.getByRole('link', { name: 'Browser tests' }).waitFor();
    await shots('builds-peek');
    expect(await axe()).toEqual([]);
    await page.keyboard.press('k');
    await peek.getByRole('link', { name: /^shop-ci #43/ }).waitFor();
    const name = await peek.locator('.title').innerText();
    expect((await focused())?.replace(/\s+/g, ' ')).toBe(name);

    await page.keyboard.press('Escape');
    await peek.waitFor({ state: 'detached' });
    expect((await focused())?.replace(/\s+/g, ' ')).toBe(name);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('builds are grouped, and saved as they are loaded', async () => {
    const { page, axe, trouble, close } = await visit(browser, creel, { theme: 'dark' });
    await page.goto('/builds?group=pipeline');
    await page.getByText('6 builds').waitFor();
    expect(await page.getByRole('img', { name: /^Last 6: 6 passed/ }).count()).toBe(1);
    await page.getByRole('combobox', { name: 'Group' }).selectOption('By commit');
    await page.getByText('7 builds here', { exact: true }).waitFor();
    expect(await axe()).toEqual([]);

    await page.getByRole('button', { name: 'Save the loaded builds as a file' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/^id,provider,/);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('the steps stand over time, and keys move through them', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.goto('/builds?result=failure');
    await page.getByRole('link', { name: 'storefront #88' }).click();
    const lint = page.getByRole('row', { name: /Lint/ });
    await lint.waitFor();
    expect(await lint.innerText()).toContain('waited 5.0 s, ran 25 s');
    await shots('build');

    await page.keyboard.press('f');
    const panel = page.getByRole('complementary', { name: 'Job Browser tests' });
    await panel.getByText('builder-7').waitFor();
    await page.waitForURL(/step=job/);
    expect(await axe()).toEqual([]);
    const ofTests = page.url();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Job Lint' }).waitFor();
    // The address follows what is shown.
    await page.waitForURL((url) => url.href !== ofTests);

    // A menu has the keyboard for itself: Escape closes it and nothing else.
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    const copies = page.getByRole('button', { name: 'Link as Markdown' });
    await copies.waitFor();
    await page.keyboard.press('d');
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).not.toBe('dark');
    await page.keyboard.press('Escape');
    await copies.waitFor({ state: 'detached' });
    await page.getByRole('complementary', { name: 'Job Lint' }).waitFor();

    const width = () => lint.locator('.run').evaluate((bar) => bar.getBoundingClientRect().width);
    const before = await width();
    await page.keyboard.press('+');
    await expect.poll(width).toBeGreaterThan(before * 1.4);
    await page.keyboard.press('0');
    await expect.poll(width).toBeCloseTo(before, 0);
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });

    // The step goes with its tab; the keyboard goes on from the tab that came.
    await page.keyboard.press('f');
    await page.keyboard.press('e');
    await page.waitForURL(/tab=events/);
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await expect.poll(focused).toBe('Events');
    expect(trouble()).toEqual([]);
    await close();
  });

  test('what a build is known from is told fact by fact, and event by event', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel, { theme: 'dark' });
    await page.goto('/builds?result=failure');
    await page.getByRole('link', { name: 'storefront #88' }).click();
    await page.getByRole('link', { name: 'Facts', exact: true }).click();
    const failed = page.getByRole('row', { name: /Job Browser tests/ });
    await failed.waitFor();
    expect(await failed.innerText()).toContain('Applied');
    expect(await failed.getByRole('link').innerText()).toBe(`event ${failedEntry}`);
    await shots('build-facts');
    expect(await axe()).toEqual([]);

    await page.keyboard.press('e');
    await page.getByRole('row', { name: /Build finished/ }).waitFor();
    expect(await page.locator('main tbody tr').count()).toBe(4);
    await shots('build-events');
    expect(await axe()).toEqual([]);
    await page.locator(`main tbody th a[href="/events/${failedEntry}"]`).click();
    await heading(page, new RegExp(String(failedEntry)));
    expect(trouble()).toEqual([]);
    await close();
  });

  test('a running build goes on by itself, and can be followed to its end', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    const build = buildkiteBuild(creel, { number: 89, secondsAgo: 60, branch: 'feature/live' });
    await build.send('build.running', 'running');
    const lint = build.job({ name: 'Lint', state: 'running', scheduled: 0, started: 5 });
    await build.send('job.started', 'running', { job: lint });

    await page.goto('/builds?state=running');
    await page.getByRole('link', { name: 'storefront #89' }).click();
    await live(page);
    await page.getByRole('row', { name: /Running .*Lint/ }).waitFor();
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.getByRole('complementary', { name: 'Job Lint' }).waitFor();

    await build.send('job.finished', 'running', {
      job: { ...lint, state: 'passed', finished: 40 },
    });
    const tests = build.job({ name: 'Tests', state: 'running', scheduled: 40, started: 45 });
    await build.send('job.started', 'running', { job: tests });
    await page.getByRole('complementary', { name: 'Job Tests' }).waitFor();

    await build.send('build.finished', 'passed', { finished: 59 });
    await page.getByRole('button', { name: 'Follow' }).waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'The build' }).getByText('Passed').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('of a long build that lost a word, the step ends with it, and Tab comes to the rows in sight', async () => {
    const build = buildkiteBuild(creel, {
      ...{ number: 90, pipeline: 'warehouse', secondsAgo: 3 * 86_400 },
    });
    for (let at = 1; at <= 160; at += 1) {
      const job = build.job({
        ...{ name: `Part ${at}`, state: 'passed', scheduled: at, started: at, finished: at + 9 },
      });
      await build.send('job.finished', 'running', { job });
    }
    const lost = build.job({ name: 'Lost', state: 'running', scheduled: 170, started: 180 });
    await build.send('job.started', 'running', { job: lost });
    await build.send('build.finished', 'passed', { finished: 480 });

    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/builds?pipeline=warehouse');
    await page.getByRole('link', { name: 'warehouse #90' }).click();
    await page.getByRole('row', { name: /Part 1 / }).waitFor();
    const door = page.locator('[data-step][tabindex="0"]');
    const first = await door.getAttribute('data-step');
    await page.evaluate(() => scrollTo({ top: document.body.scrollHeight }));
    const last = page.getByRole('row', { name: /Lost/ });
    await last.waitFor();
    expect(await last.innerText()).toContain('from 3 m 20 s after the begin; its end was not told');
    expect(await door.count()).toBe(1);
    expect(await door.getAttribute('data-step')).not.toBe(first);
    await last.click();
    const panel = page.getByRole('complementary', { name: 'Job Lost' });
    await panel.getByText('not known: its end was not told').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('of many failures the rest is shown on request, and keys go on with it', async () => {
    const build = buildkiteBuild(creel, { number: 91, pipeline: 'warehouse', secondsAgo: 900 });
    for (let at = 1; at <= 10; at += 1) {
      const job = build.job({
        ...{ name: `Part ${at}`, state: 'failed', scheduled: at, started: at, finished: at + 9 },
      });
      await build.send('job.finished', 'failing', { job });
    }
    await build.send('build.finished', 'failed', { finished: 60 });

    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/builds?pipeline=warehouse&result=failure');
    await page.getByRole('link', { name: 'warehouse #91' }).click();
    await page.getByRole('button', { name: 'Show all 10' }).press('Enter');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toBe('Part 9');
    expect(trouble()).toEqual([]);
    await close();
  });

  test('a build that does not exist says so in a sentence', async () => {
    const { page, axe, close } = await visit(browser, creel);
    await page.goto('/builds/00000000-0000-0000-0000-000000000000');
    await heading(page, 'Build not found');
    await page.getByText('The address may be cut short').waitFor();
    expect(await axe()).toEqual([]);
    await close();
  });

  test('a browser without scripts is told the gist of it', async () => {
    const { page, shots, close } = await visit(browser, creel, { scripts: false });
    await page.goto('/');
    await page.getByText(/^storefront, main: failed, #88/).waitFor();
    await page.getByRole('link', { name: '#88' }).click();
    await heading(page, 'storefront #88');
    expect(await page.title()).toBe('storefront #88: failed · Creel');
    await page.getByRole('listitem').filter({ hasText: 'Browser tests' }).waitFor();
    await shots('build-without-scripts');
    await close();
  });

  test('both fit a phone, where the bars are still there', async () => {
    const { page, axe, close } = await visit(browser, creel, { width: 390, height: 844 });
    await page.goto('/builds');
    await rows(page).first().waitFor();
    expect(await isTooWide(page)).toBe(false);
    expect(await axe()).toEqual([]);
    await page.goto('/builds?result=failure');
    await page.getByRole('link', { name: 'storefront #88' }).click();
    await page.getByRole('row', { name: /Lint/ }).waitFor();
    expect(await isTooWide(page)).toBe(false);
    expect(await page.locator('[data-step] .run').count()).toBe(2);
    expect(await axe()).toEqual([]);
    await close();
  });
});

describe('many builds', () => {
  let creel: Creel;
  const COUNT = 420;
  beforeAll(async () => {
    creel = await startCreel();
    for (let sent = 0; sent < COUNT; sent += 30) {
      await Promise.all(
        Array.from({ length: 30 }, (_, at) =>
          creel.hook(
            'azure',
            azureBuild({
              id: 10_000 + sent + at,
              startedMinutesAgo: 10 + COUNT - sent - at,
              minutes: 5,
              ...(sent + at === 5 ? { result: 'failed' as const } : {}),
            }),
          ),
        ),
      );
    }
  });
  afterAll(() => creel?.stop());

  test('come page by page, while only the rows in sight are in the page', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    await rows(page).first().waitFor();
    const down = () => page.evaluate(() => scrollTo({ top: document.body.scrollHeight }));
    await expect
      .poll(
        async () => {
          await down();
          return page.getByText('420 builds, and that is all.').count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    await down();
    await page.getByRole('link', { name: 'shop-ci #10000' }).waitFor();
    expect(await rows(page).count()).toBeLessThan(120);

    await page.evaluate(() => scrollTo({ top: 0 }));
    await page.getByRole('link', { name: 'shop-ci #10419' }).waitFor();
    // The only failure is far below, where no row is in the page yet.
    await page.keyboard.press('f');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent?.replace(/\s+/g, ' ')))
      .toBe('shop-ci #10005');
    await page.keyboard.press('Enter');
    await heading(page, 'shop-ci #10005');
    await page.getByText('No hook has told of a step of this build;').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('are left for a page that begins at its top, by a typed address too', async () => {
    const { page, close } = await visit(browser, creel);
    await page.goto('/builds');
    await rows(page).first().waitFor();
    await page.evaluate(() => scrollTo({ top: 400 }));
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(400);
    await page.goto('/events');
    await heading(page, 'Events');
    const tall = () => page.evaluate(() => document.documentElement.scrollHeight);
    await expect.poll(tall).toBeGreaterThan(1_400);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await close();
  });

  test('that come meanwhile wait, and nothing moves', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    const first = page.getByRole('link', { name: 'shop-ci #10419' });
    await first.waitFor();
    await live(page);
    const place = () => first.evaluate((link) => link.getBoundingClientRect().top);
    const before = await place();
    await creel.hook('azure', azureBuild({ id: 10_900, startedMinutesAgo: 1, minutes: 1 }));
    const pill = page.getByRole('button', { name: '1 new build' });
    await pill.waitFor();
    expect(await place()).toBe(before);
    // It lies on nothing: neither on the tabs nor on the head of the table.
    const tab = page.getByRole('link', { name: 'Default branches' });
    const boxes = () =>
      Promise.all([pill.boundingBox(), page.locator('thead').boundingBox(), tab.boundingBox()]);
    for (const width of [640, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const [own, head, left] = await boxes();
      expect((own?.y ?? 0) + (own?.height ?? 0)).toBeLessThan(head?.y ?? 0);
      expect(own?.x ?? 0).toBeGreaterThan((left?.x ?? 0) + (left?.width ?? 0));
    }
    await page.keyboard.press('n');
    await page.getByRole('link', { name: 'shop-ci #10900' }).waitFor();

    await creel.hook('azure', azureBuild({ id: 10_901, startedMinutesAgo: 0.5, minutes: 0.1 }));
    await page.getByRole('button', { name: '1 new build' }).press('Enter');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toMatch(/shop-ci\s+#10901/);
    expect(trouble()).toEqual([]);
    await close();
  });
});
