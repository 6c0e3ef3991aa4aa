/**
 * From a red build to the line that says why, with what make-believe providers told when they were asked: steps,
 * logs and the reason are the server's own.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Build, List, LogLines, Why } from '$lib/api/types';
import { openBrowser, visit } from '../support/browser';
import { startDemo } from '../support/creel';

const KEYS_MAX = 2;
const WAY_MAX_MS = 10_000;
/** The demo asks for two weeks of builds; those that failed come first. */
const ASKED_MAX_MS = 50_000;

let demo: Awaited<ReturnType<typeof startDemo>>;
let browser: Browser;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
});

async function get<T>(address: string): Promise<T> {
  const response = await fetch(`${demo.url}/api/v1${address}`);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json() as Promise<T>;
}

/** The newest red build of a provider whose reason is a line of its log. */
const redBuild = (provider: Build['provider']) =>
  vi.waitFor(
    async () => {
      const red = await get<List<Build>>(`/builds?result=failure&provider=${provider}&limit=50`);
      for (const build of red.items) {
        if (build.enrichment?.logs !== 'done' || !build.queued_at) continue;
        const [item] = (await get<Why>(`/builds/${build.id}/why`)).items;
        if (!item?.log_id || item.line === null) continue;
        const log = await get<LogLines>(`/logs/${item.log_id}?from=${item.line}&count=1`);
        const text = log.items[0]?.runs.map((run) => run.text).join('') ?? '';
        return { build, line: item.line, text };
      }
      throw new Error(`no red build of ${provider} has been read to its failing line yet`);
    },
    { timeout: ASKED_MAX_MS, interval: 250 },
  );

/** What stands in the window, below what sticks to its top. */
const inSight = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const { top, bottom, left } = element.getBoundingClientRect();
      const over = document.elementFromPoint(left + 4, (top + bottom) / 2);
      return top >= 0 && bottom <= innerHeight && element.contains(over);
    });

/** The list as it stood when the build was queued: the demo goes on. */
function listWith({ provider, queued_at }: Build): string {
  const until = new Date(Date.parse(queued_at ?? '') + 1_000).toISOString();
  return `/builds?${new URLSearchParams({ provider, until })}`;
}

describe.each(['azure_devops', 'buildkite'] as const)('a red build of %s', (provider) => {
  test('is two keys and a moment away from the line that says why', async () => {
    const { build, line, text } = await redBuild(provider);
    const { page, axe, trouble, close } = await visit(browser, demo);
    await page.goto(listWith(build));
    await page.locator(`[data-build="${build.id}"]`).waitFor();

    let keys = 0;
    const press = (key: string) => {
      keys += 1;
      return page.keyboard.press(key);
    };
    const began = performance.now();
    await press('f');
    await page.locator(`[data-build="${build.id}"]:focus`).waitFor();
    await press('Enter');
    const told = page.getByRole('region', { name: 'Why it failed' }).locator('.it').first();
    await told.waitFor();
    const took = performance.now() - began;
    console.log(`${provider}: the failing line after ${keys} keys and ${took.toFixed(0)} ms`);
    expect(keys).toBeLessThanOrEqual(KEYS_MAX);
    expect(took).toBeLessThan(WAY_MAX_MS);
    expect(await told.getAttribute('data-n')).toBe(String(line));
    expect((await told.innerText()).trim()).toBe(text.trim());
    expect(await inSight(page, '.it')).toBe(true);
    expect(await axe()).toEqual([]);

    // And one more into the log itself, where it is chosen among all that was written.
    const again = performance.now();
    await press('l');
    await page.locator(`[data-n="${line}"].selected`).waitFor();
    await expect.poll(() => inSight(page, `[data-n="${line}"].selected .text`)).toBe(true);
    expect((await page.locator(`[data-n="${line}"] .text`).innerText()).trim()).toBe(text.trim());
    console.log(
      `${provider}: in its log after another ${(performance.now() - again).toFixed(0)} ms`,
    );
    expect(trouble()).toEqual([]);
    await close();
  });

  test('says why beside the list, with the way to the line', async () => {
    const { build, line } = await redBuild(provider);
    const { page, axe, trouble, close } = await visit(browser, demo);
    await page.goto(listWith(build));
    await page.locator(`[data-build="${build.id}"]`).waitFor();
    await page.keyboard.press('f');
    await page.locator(`[data-build="${build.id}"]:focus`).waitFor();
    await page.keyboard.press('Space');
    const link = page.getByRole('complementary').getByRole('link', { name: 'The line in the log' });
    expect(await link.getAttribute('href')).toMatch(new RegExp(`/logs/[^#]+#L${line}$`));
    expect(await axe()).toEqual([]);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('shows the line in the log of its step, beside the others', async () => {
    const { build, line } = await redBuild(provider);
    const { page, trouble, close } = await visit(browser, demo);
    await page.goto(`/builds/${build.id}`);
    await page.getByRole('region', { name: 'Why it failed' }).waitFor();
    await page.keyboard.press('f');
    await page.locator(`.scroller [data-n="${line}"].told`).waitFor();
    await expect.poll(() => inSight(page, `[data-n="${line}"].told .text`)).toBe(true);
    expect(trouble()).toEqual([]);
    await close();
  });
});
