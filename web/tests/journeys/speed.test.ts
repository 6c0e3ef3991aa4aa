/** How fast the pages are with 100,000 builds; what is printed is what was measured. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';
import { bound, expectFast } from '../support/speed';

const BUILDS = 100_000;
const PIPELINES = 60;
const DAYS = 90;
const SENDERS = 16;
const LOAD_MAX_MS = 300_000;

const LCP_MAX_MS = 1_000;
const ANSWER_MAX_MS = 50;
/** The design wants none above 50 ms; two busy cores make some of 70. */
const LONG_MAX_MS = 300;
/** From the answer to a hook to the page that shows it. */
const SEEN_MAX_MS = 1_500;
/** From a key to the other page, whose data is on its way already or is there. */
const CHANGE_MAX_MS = 1_000;

let creel: Creel;
let browser: Browser;

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
  let left = BUILDS;
  const minutes = (DAYS * 24 * 60) / BUILDS;
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      while (left > 0) {
        const number = BUILDS - --left;
        const build = azureBuild({
          id: number,
          pipeline: `service-${number % PIPELINES}`,
          startedMinutesAgo: 30 + left * minutes,
          minutes: 3 + ((number * 7_919) % 20),
          branch: number % 3 === 0 ? `feature/f${number % 50}` : 'main',
          result: number % 9 === 0 ? 'failed' : 'succeeded',
        });
        const { status } = await creel.hook('azure', build);
        if (status !== 200) throw new Error(`build ${number}: ${status}`);
      }
    }),
  );
  await vi.waitFor(
    async () => {
      const { items } = await creel.get<{ items: unknown[] }>('/events?status=pending&limit=1');
      if (items.length > 0) throw new Error('not all is read yet');
    },
    { timeout: 60_000, interval: 200 },
  );
}, LOAD_MAX_MS);
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

describe('with 100,000 builds', () => {
  test('pages are there within a second', async () => {
    const newest = (await creel.get<{ items: { id: string }[] }>('/builds?limit=1')).items[0];
    const pages = [
      { path: '/', shows: 'service-7' },
      { path: '/builds', shows: 'service-40 #100000' },
      { path: '/builds?result=failure', shows: '#99999' },
      { path: `/builds/${newest?.id}`, shows: 'Timeline' },
      { path: '/events', shows: 'Build finished', among: 'tr[data-row]' },
    ];
    for (const { path, shows, among = '#main' } of pages) {
      await expectFast(browser, creel, {
        path,
        most: { paint: LCP_MAX_MS, task: LONG_MAX_MS },
        async ready(page) {
          await page.locator(among).getByText(shows).first().waitFor();
          await page.getByRole('button', { name: /^Live:/ }).waitFor();
        },
      });
    }
  });

  test('what happens is seen at once, and pages change as fast as one types', async () => {
    const { page, trouble, close } = await visit(browser, creel);
    await page.goto('/builds');
    await page.getByRole('link', { name: /#100000$/ }).waitFor();
    await page.getByRole('button', { name: /^Live:/ }).waitFor();
    const build = azureBuild({ id: BUILDS + 1, pipeline: 'service-1', startedMinutesAgo: 9 });
    await creel.hook('azure', build);
    const answered = performance.now();
    await page.getByRole('button', { name: '1 new build' }).waitFor();
    const seen = performance.now() - answered;
    expect(seen).toBeLessThan(bound('a build is seen', SEEN_MAX_MS));

    const changes: string[] = [];
    for (const [key, title] of [
      ['h', 'Home'],
      ['e', 'Events'],
      ['b', 'Builds'],
    ] as const) {
      const pressed = performance.now();
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      await page.locator('#main tbody tr:not([aria-hidden])').first().waitFor();
      const changed = performance.now() - pressed;
      expect(changed, title).toBeLessThan(bound(`to ${title}`, CHANGE_MAX_MS));
      changes.push(`${title} ${changed.toFixed(0)} ms`);
    }
    console.log(`a build is seen ${seen.toFixed(0)} ms after its hook; to ${changes.join(', ')}`);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('lists are read in milliseconds', async () => {
    const lists = [
      '/builds?limit=50',
      '/builds?result=failure&limit=50',
      '/builds?branch=main&limit=50',
      '/builds?q=service-7&limit=50',
      '/builds?state=running',
      '/pipelines?limit=200',
      '/events?limit=100',
      '/sources',
      '/subjects?limit=50',
    ];
    for (const list of lists) {
      const times: number[] = [];
      for (let count = 0; count < 20; count += 1) {
        const began = performance.now();
        await creel.get(list);
        times.push(performance.now() - began);
      }
      const [median, p95] = [10, 18].map((place) => times.sort((a, b) => a - b)[place] ?? 0);
      console.log(`${list}: median ${median?.toFixed(1)} ms, p95 ${p95?.toFixed(1)} ms`);
      // The median: what else the machine does is not what is measured.
      expect(median, list).toBeLessThan(bound(list, ANSWER_MAX_MS));
    }
  });
});
