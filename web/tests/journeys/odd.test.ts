/** What nobody plans for: names of any length, sources of one name, lists that overtake each other. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fitsEveryWindow, openBrowser, visit } from '../support/browser';
import { buildkiteBuild } from '../support/buildkite';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

let creel: Creel;
let browser: Browser;
beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

const live = (page: Page) => page.getByRole('button', { name: /^Live:/ }).waitFor();

describe('names of any length', () => {
  const LONG = `feature/${'a-branch-that-does-not-end-'.repeat(13)}`;

  test('make no page wider than its window, and leave room for the others', async () => {
    const build = buildkiteBuild(creel, { number: 7, secondsAgo: 900, pipeline: 'x'.repeat(100) });
    const job = build.job({
      name: 'y'.repeat(300),
      state: 'failed',
      scheduled: 0,
      started: 5,
      finished: 60,
      agent: 'z'.repeat(300),
    });
    await build.send('job.finished', 'running', { job });
    await build.send('build.finished', 'failed', { finished: 120 });
    const pipeline = `${'Checkout and everything around it '.repeat(6)}`.trim();
    await creel.hook('azure', azureBuild({ id: 1, pipeline, branch: LONG, by: 'Ada '.repeat(80) }));
    await creel.hook('azure', azureBuild({ id: 2, pipeline, branch: LONG, result: 'failed' }));
    const { items } = await creel.get<{ items: { id: string }[] }>('/builds');

    const { page, trouble, shots, close } = await visit(browser, creel);
    const paths = [
      '/',
      '/builds',
      '/events',
      '/sources',
      ...items.map(({ id }) => `/builds/${id}`),
    ];
    for (const [index, path] of paths.entries()) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await live(page);
      await page.waitForLoadState('networkidle').catch(() => undefined);
      await fitsEveryWindow(page, path);
      await shots(`odd-${index}`);
    }
    expect(trouble()).toEqual([]);
    await close();
  });

  test('of a pipeline are read in the list also where the window is half as wide', async () => {
    const { page, close } = await visit(browser, creel);
    await page.goto('/builds');
    const rows = page.locator('[data-build]');
    const name = rows.locator('.pipeline').first();
    // The columns follow the window a moment later.
    const widthOf = async () => (await name.boundingBox())?.width ?? 0;
    for (const width of [1024, 820, 768, 700, 640]) {
      await page.setViewportSize({ width, height: 900 });
      await expect.poll(widthOf, { message: `the name at ${width}` }).toBeGreaterThan(80);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await rows.last().focus();
    await page.keyboard.press('Space');
    await page.getByRole('link', { name: 'Open the build' }).waitFor();
    await expect.poll(widthOf, { message: 'the name beside a peek' }).toBeGreaterThan(80);
    await close();
  });

  test('leave what waits inside its card on a phone', async () => {
    const wish = { number: 70, secondsAgo: 60, pipeline: 'storefront-checkout' };
    const build = buildkiteBuild(creel, { ...wish, branch: 'feature/retry-payment' });
    await build.send('build.scheduled', 'scheduled');
    const { page, close } = await visit(browser, creel);
    await page.goto('/');
    const card = page.getByRole('region', { name: 'Running and waiting' });
    const row = card.getByRole('listitem').filter({ hasText: 'storefront-checkout #70' });
    await row.waitFor();
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 900 });
      const right = await row.locator('.chip').evaluate((one) => one.getBoundingClientRect().right);
      const end = await card.evaluate((one) => one.getBoundingClientRect().right);
      expect(right, `the branch at ${width}`).toBeLessThan(end);
    }
    await build.send('build.finished', 'passed', { finished: 50 });
    await close();
  });
});

describe('pipelines of one name', () => {
  test('each have a row on Home, also where nothing but their folders tell them apart', async () => {
    for (const [id, folder] of [
      [51, 1_001],
      [52, 1_002],
    ] as const) {
      const hook = azureBuild({ id, pipeline: 'nightly' });
      const resource = { ...hook.resource, definition: { id: folder, name: 'nightly' } };
      await creel.hook('azure', { ...hook, resource });
    }
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/');
    const names = page.getByRole('rowheader').filter({ hasText: 'nightly' });
    await expect.poll(() => names.count()).toBe(2);
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('sources of one name', () => {
  test('are told apart everywhere', async () => {
    const of = (id: string, host: string, number: number) => ({
      ...azureBuild({ id: number, pipeline: 'twin' }),
      resourceContainers: {
        collection: { id, baseUrl: `https://${host}/tfs/DefaultCollection/` },
      },
    });
    for (const host of ['tfs1.test', 'tfs2.test']) {
      const id = randomUUID();
      for (const number of [31, 32]) await creel.hook('azure', of(id, host, number));
    }
    const { page, trouble, close } = await visit(browser, creel);
    for (const path of ['/', '/builds', '/events']) {
      await page.goto(path);
      const select = page.getByRole('combobox', { name: 'Source' });
      await select.waitFor();
      const options = (await select.locator('option').allTextContents()).filter((text) =>
        text.startsWith('DefaultCollection'),
      );
      expect(options.toSorted(), path).toEqual([
        'DefaultCollection (tfs1.test)',
        'DefaultCollection (tfs2.test)',
      ]);
    }
    await page.goto('/builds');
    await page
      .getByRole('combobox', { name: 'Source' })
      .selectOption('DefaultCollection (tfs2.test)');
    await page.getByRole('link', { name: 'twin #32' }).waitFor();
    await expect.poll(() => page.locator('[data-build]').count()).toBe(2);
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('lists that overtake each other', () => {
  test('show a build once, where it is by now', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    let hold: Promise<void> | null = null;
    await page.route('**/api/v1/builds?state=running**', async (route) => {
      await hold;
      await route.continue();
    });
    await page.goto('/');
    await live(page);
    let go = () => {};
    hold = new Promise((resolve) => (go = resolve));
    const build = buildkiteBuild(creel, { number: 9, secondsAgo: 30, pipeline: 'overtaken' });
    await build.send('build.scheduled', 'scheduled');
    await page.getByText('waits for an agent').first().waitFor();
    await build.send('build.running', 'running');
    go();
    await page.getByRole('link', { name: 'overtaken #9' }).first().waitFor();
    await expect
      .poll(() => page.getByRole('region', { name: 'Running and waiting' }).innerText())
      .not.toContain('waits for an agent');
    expect(await page.getByRole('link', { name: 'overtaken #9' }).count()).toBe(1);
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('a filter that nobody knows', () => {
  test('shows nothing as if it were what was asked for, and goes by a click', async () => {
    const { page, close } = await visit(browser, creel);
    await page.goto('/builds?result=nonsense');
    await page.getByText('it is one of').waitFor();
    expect(await page.locator('[data-build]').count()).toBe(0);
    await page.getByRole('button', { name: /nonsense/ }).click();
    await page.locator('[data-build]').first().waitFor();
    await close();
  });

  test('says what is left out of an address, and what is only searched for', async () => {
    const { page, axe, trouble, close } = await visit(browser, creel);
    await page.goto('/builds?pipeline=twin&pipeline=nightly&t=14d');
    const out = page.getByRole('button', { name: 'Without pipeline nightly, which is left out' });
    await page.getByRole('button', { name: 'Without since 14 d ago' }).waitFor();
    await page
      .getByRole('link', { name: /^twin #/ })
      .first()
      .waitFor();
    expect(await axe()).toEqual([]);
    await out.click();
    await page.waitForURL((url) => url.search === '?pipeline=twin&t=14d');
    await out.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.waitForURL((url) => url.search === '');

    const search = page.getByRole('searchbox', { name: 'Search builds' });
    await search.fill('author:ada');
    await page.keyboard.press('Enter');
    await page.getByText('author:ada: no part of the filter').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });
});
