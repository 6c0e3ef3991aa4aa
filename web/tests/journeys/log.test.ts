/** A log of a million lines: where it opens, how one moves, searches, chooses and copies in it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, firstBuild, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';
import { giveLogs, type LongLog, textAt } from '../support/long-log';
import { expectFast } from '../support/speed';

const LINES = 1_000_000;
/** The design wants a second; the made-up log is answered by the test, on two busy cores. */
const MOST = { paint: 1_500, task: 300 };
const NODES_MAX = 400;

const id = (n: number) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;
const LONG: LongLog = { id: id(1), lines: LINES, errors: [2_214, 90_001, 734_532] };
const CALM: LongLog = { id: id(2), lines: 3_000, errors: [] };
const CUT: LongLog = { id: id(3), lines: 40, errors: [], cut: 'the first 1 GiB is kept' };
const REFUSED: LongLog = {
  ...{ id: id(4), lines: 0, errors: [], state: 'failed', is_complete: false },
  ...{ code: 'token_lacks_scope', reason: 'the token lacks Build (read)' },
};
const GONE: LongLog = {
  ...{ id: id(5), lines: 0, errors: [], state: 'unavailable', is_complete: false },
  ...{ code: 'gone', reason: 'the provider keeps it no longer' },
};

let creel: Creel;
let browser: Browser;
let build = '';

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
  await creel.hook('azure', azureBuild({ result: 'failed' }));
  build = await firstBuild(creel);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

async function open(log: LongLog, more = '', options: Parameters<typeof visit>[2] = {}) {
  const seen = await visit(browser, creel, options);
  await seen.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await giveLogs(seen.context, build, [LONG, CALM, CUT, REFUSED, GONE]);
  await seen.page.goto(`${address(log)}${more}`);
  return seen;
}
const line = (page: Page, n: number) => page.locator(`[data-n="${n}"] .text`);
/** It is there with its text, not only its number. */
const shows = (page: Page, log: LongLog, n: number) =>
  line(page, n)
    .filter({ hasText: textAt(log, n).trim().slice(0, 20) })
    .waitFor();
const inSight = (page: Page) =>
  page.evaluate(() => {
    const box = document.querySelector('.scroller')?.getBoundingClientRect();
    return [...document.querySelectorAll<HTMLElement>('[data-n]')]
      .filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return box !== undefined && bottom > box.top + 1 && top < box.bottom - 1;
      })
      .map((row) => Number(row.dataset.n));
  });
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

const address = (log: LongLog) => `/builds/${build}/logs/${log.id}`;

describe('a log of a million lines', () => {
  test('is painted in little more than a second', async () => {
    await expectFast(browser, creel, {
      path: address(LONG),
      prepare: (page) => giveLogs(page.context(), build, [LONG]),
      ready: (page) => shows(page, LONG, 2_214),
      most: MOST,
    });
  });

  test('opens at its first error, with all else folded, in few nodes', async () => {
    const { page, axe, shots, trouble, close } = await open(LONG);
    await shows(page, LONG, 2_214);
    const lines = await inSight(page);
    expect(lines).toContain(2_214);
    expect(await page.getByText('error 1 of 3').count()).toBeGreaterThan(0);
    const nodes = await page.locator('.log *').count();
    expect(nodes).toBeLessThan(NODES_MAX);
    // Its group is open, the one before is a line.
    expect(await page.locator('[data-n="2201"].open, .current').count()).toBeGreaterThan(0);
    expect(await axe()).toEqual([]);
    await shots('log');

    await page.keyboard.press(']');
    await shows(page, LONG, 90_001);
    await page.keyboard.press(']');
    await shows(page, LONG, 734_532);
    await page.keyboard.press(']');
    await shows(page, LONG, 2_214);
    await page.keyboard.press('[');
    await shows(page, LONG, 734_532);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('is walked line by line, from end to end, and the focus stays in it', async () => {
    const { page, trouble, close } = await open(LONG, '#L700000');
    await shows(page, LONG, 700_000);
    await page.locator('.scroller').focus();
    await page.keyboard.press('ArrowDown');
    await shows(page, LONG, 700_001);
    const focused = () =>
      page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.n);
    expect(await focused()).toBe('700001');
    await page.keyboard.press('End');
    await shows(page, LONG, LINES);
    expect(await focused()).toBe(String(LINES));
    await page.keyboard.press('PageUp');
    await page.keyboard.press('Home');
    await shows(page, LONG, 1);
    expect(await focused()).toBe('1');
    // A group is folded and opened where one stands on its first line.
    await page.keyboard.press('ArrowLeft');
    await line(page, 2).waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowRight');
    await shows(page, LONG, 2);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('scrolls by what the wheel turns, and jumps with the scrollbar', async () => {
    const { page, close } = await open(LONG, '#L500000');
    await shows(page, LONG, 500_000);
    const [before] = await inSight(page);
    const box = await page.locator('.scroller').boundingBox();
    await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
    await page.mouse.wheel(0, 400);
    await expect.poll(async () => (await inSight(page))[0]).toBe((before ?? 0) + 20);
    await page.locator('.scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await shows(page, LONG, LINES);
    await page.locator('.scroller').evaluate((scroller) => {
      scroller.scrollTop = 0;
    });
    await shows(page, LONG, 1);
    await close();
  });

  test('gives lines by address: chosen by mouse and keys, copied clean or as Markdown', async () => {
    const { page, trouble, close } = await open(CALM, '#L1200-L1202');
    await shows(page, CALM, 1_200);
    expect(await page.locator('.line.selected').count()).toBe(3);
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    const lines = [1_200, 1_201, 1_202].map((n) => textAt(CALM, n)).join('\n');
    await expect.poll(() => clipboard(page)).toBe(lines);
    await page.getByRole('button', { name: 'Copy as Markdown' }).click();
    await expect
      .poll(() => clipboard(page))
      .toMatch(/^\[Log, lines 1200 to 1202\]\(http.*#L1200-L1202\)\n\n```text\n/);

    const gutter = async (n: number) => {
      const row = await page.locator(`[data-n="${n}"]`).boundingBox();
      const box = await page.locator('.scroller').boundingBox();
      await page.mouse.click((box?.x ?? 0) + 20, (row?.y ?? 0) + 10);
    };
    await gutter(1_205);
    await expect.poll(() => new URL(page.url()).hash).toBe('#L1205');
    await page.keyboard.down('Shift');
    await gutter(1_208);
    await page.keyboard.up('Shift');
    await expect.poll(() => new URL(page.url()).hash).toBe('#L1205-L1208');
    await page.keyboard.press('Control+c');
    await expect.poll(async () => (await clipboard(page)).split('\n').length).toBe(4);
    await page.reload();
    await shows(page, CALM, 1_205);
    expect(await page.locator('.line.selected').count()).toBe(4);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('is searched by the server, and Ctrl+F twice is the browser’s', async () => {
    const { page, axe, close } = await open(LONG, '#L1');
    await shows(page, LONG, 1);
    await page.keyboard.press('/');
    await page.keyboard.type('E0308');
    await page.getByText('1 of 3', { exact: true }).waitFor();
    await shows(page, LONG, 2_214);
    await page.keyboard.press('Enter');
    await page.getByText('2 of 3', { exact: true }).waitFor();
    await shows(page, LONG, 90_001);
    expect(new URL(page.url()).searchParams.get('q')).toBe('E0308');
    expect(await page.locator('mark').first().innerText()).toBe('E0308');
    await page.getByRole('button', { name: 'Only the lines that were found' }).click();
    await expect.poll(() => inSight(page)).toEqual([2_214, 90_001, 734_532]);
    expect(await axe()).toEqual([]);

    // An address with lines and words opens at the lines.
    await page.goto(`/builds/${build}/logs/${LONG.id}?q=E0308#L90001`);
    await page.getByText('2 of 3', { exact: true }).waitFor();
    expect(await inSight(page)).toContain(90_001);

    await page.getByRole('button', { name: 'As a regular expression' }).click();
    await page.getByText('the pattern has an unclosed group').waitFor();
    await page.locator('h1').click();
    await page.keyboard.press('Control+f');
    const isInField = () =>
      page.evaluate(() => document.activeElement?.matches('[data-page-search]') ?? false);
    expect(await isInField()).toBe(true);
    const taken = await page.evaluate(() => {
      const second = new KeyboardEvent('keydown', {
        ...{ key: 'f', ctrlKey: true, bubbles: true, cancelable: true },
      });
      document.activeElement?.dispatchEvent(second);
      return second.defaultPrevented;
    });
    expect(taken).toBe(false);
    await close();
  });

  test('has `g t` for itself: the times beside the lines change, and the help says nothing else', async () => {
    const { page, close } = await open(CALM, '#L1210');
    await shows(page, CALM, 1_210);
    const times = page.getByRole('button', { name: /^Times: / });
    const told = () => times.getAttribute('aria-label');
    const turn = async () => {
      const before = await told();
      await page.keyboard.press('g');
      await page.keyboard.press('t');
      await expect.poll(told).not.toBe(before);
    };
    // The focus is on the page's title, not in the log.
    await turn();
    await page.keyboard.press('n');
    await turn();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys and words' });
    await help.waitFor();
    const labels = await help
      .locator('dl div', { hasText: /g\s*then\s*t/ })
      .locator('dt')
      .allInnerTexts();
    expect(labels).toEqual(['Times beside the lines']);
    await close();
  });

  test('can be wrapped, and fill the window', async () => {
    const { page, axe, shots, trouble, close } = await open(CALM, '#L1210', { width: 1_024 });
    await shows(page, CALM, 1_210);
    await page.keyboard.press('w');
    const height = () =>
      page.locator('[data-n="1210"]').evaluate((row) => (row as HTMLElement).offsetHeight);
    await expect.poll(height).toBeGreaterThan(20);
    await page.locator('.scroller').focus();
    await page.keyboard.press('End');
    await shows(page, CALM, 3_000);
    expect((await inSight(page)).at(-1)).toBe(3_000);
    await page.keyboard.press('z');
    expect(
      await page.locator('nav.rail').evaluate((rail) => rail.closest('[inert]') !== null),
    ).toBe(true);
    expect(await axe()).toEqual([]);
    await shots('log-whole-window');
    await page.keyboard.press('Escape');
    expect(await page.locator('[inert]').count()).toBe(0);
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('a log that is not there, or not all of it', () => {
  test('says why', async () => {
    for (const [log, title, reason] of [
      [REFUSED, 'The log could not be read', 'The token lacks Build (read).'],
      [GONE, 'There is no log any more', 'The provider keeps it no longer.'],
    ] as const) {
      const { page, axe, close } = await open(log);
      await page.getByText(title).waitFor();
      await page.getByText(reason).waitFor();
      expect(await axe()).toEqual([]);
      await close();
    }
    const { page, close } = await open(CUT);
    await page.getByText('The first 1 GiB is kept.').waitFor();
    await close();
  });
  test('is told apart from an address that is wrong', async () => {
    const { page, close } = await visit(browser, creel);
    await page.goto(`/builds/${build}/logs/job:nobody`);
    await page.getByText('There is no such log').waitFor();
    await close();
  });
});
