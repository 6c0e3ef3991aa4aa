/** A log that is written while it is read, and what becomes of lines that somebody chose in it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Step } from '$lib/api/types';
import { openBrowser, visit } from '../support/browser';
import { type Creel, firstBuild, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';
import { giveLogs, type LongLog, textAt } from '../support/long-log';
import { giveTold, toldStep } from '../support/told';

const id = (n: number) => `00000000-0000-5000-8000-${String(n).padStart(12, '0')}`;

let creel: Creel;
let browser: Browser;
let build = '';
let told = 0;
/** Something of the build changed: who looks at its log looks again. */
const ring = () => creel.hook('azure', azureBuild({ id: 900, by: `Ada ${(told += 1)}` }));

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
  await ring();
  build = await firstBuild(creel);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

async function open(log: LongLog, fragment = '', wish: Partial<Step> = {}) {
  const seen = await visit(browser, creel);
  await giveLogs(seen.context, build, [log]);
  const job = toldStep('job:linux', {
    ...{ log_id: log.id, state: 'running', result: null, ...wish },
  });
  await giveTold(seen.context, build, { steps: { items: [job], next_cursor: null } });
  await seen.page.goto(`/builds/${build}/logs/job:linux${fragment}`);
  await seen.page.getByRole('button', { name: /^Live:/ }).waitFor();
  return seen;
}
const shows = (page: Page, log: LongLog, n: number) =>
  page
    .locator(`[data-n="${n}"] .text`)
    .filter({ hasText: textAt(log, n).trim().slice(0, 20) })
    .waitFor();
/** The first line in sight and the last. */
const inSight = (page: Page) =>
  page.evaluate(() => {
    const box = document.querySelector('.scroller')?.getBoundingClientRect();
    const seen = [...document.querySelectorAll<HTMLElement>('[data-n]')].filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return box !== undefined && bottom > box.top + 1 && top < box.bottom - 1;
    });
    return [Number(seen[0]?.dataset.n), Number(seen.at(-1)?.dataset.n)];
  });
async function scrollUp(page: Page): Promise<void> {
  const box = await page.locator('.scroller').boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
  await page.mouse.wheel(0, -1_200);
}

describe('a log that goes on', () => {
  test('stays at its end until somebody scrolls up, and then counts what comes', async () => {
    const log: LongLog = { id: id(1), lines: 300, errors: [], is_complete: false };
    const { page, axe, trouble, close } = await open(log);
    await shows(page, log, 300);
    await page.getByText('following what comes').waitFor();
    expect((await inSight(page))[1]).toBe(300);

    log.lines = 420;
    await ring();
    await shows(page, log, 420);
    await expect.poll(async () => (await inSight(page))[1]).toBe(420);

    await scrollUp(page);
    await page.getByText('more may come').waitFor();
    await expect.poll(async () => (await inSight(page))[1]).toBeLessThan(400);
    const before = await inSight(page);
    log.lines = 634;
    await ring();
    const pill = page.getByRole('button', { name: '▼ 214 new lines' });
    await pill.waitFor();
    expect(await inSight(page)).toEqual(before);
    expect(await axe()).toEqual([]);
    await pill.click();
    await shows(page, log, 634);
    await pill.waitFor({ state: 'detached' });
    await page.getByText('following what comes').waitFor();

    // Its last lines are told of too, when it is whole by then.
    await scrollUp(page);
    await page.getByText('more may come').waitFor();
    Object.assign(log, { lines: 700, is_complete: true });
    await ring();
    await page.getByRole('button', { name: '▼ 66 new lines' }).click();
    await shows(page, log, 700);
    await expect.poll(async () => (await inSight(page))[1]).toBe(700);
    await page.getByText('700 lines, 28 kB', { exact: true }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('is waited for while nothing of it is here', async () => {
    const log: LongLog = {
      ...{ id: id(2), lines: 0, errors: [], state: 'pending', is_complete: false },
    };
    const { page, axe, close } = await open(log);
    await page.getByText('The log is not here yet').waitFor();
    await page.getByText('The job goes on.').waitFor();
    expect(await axe()).toEqual([]);
    Object.assign(log, { lines: 12, state: 'done' });
    await ring();
    await shows(page, log, 12);
    await page.getByText('following what comes').waitFor();
    await close();
  });

  test('is told apart from one that nobody writes yet', async () => {
    const log: LongLog = { id: id(5), lines: 0, errors: [] };
    const { page, axe, close } = await open(log, '', { log_id: null, state: 'queued' });
    await page.getByText('The step has not begun').waitFor();
    expect(await axe()).toEqual([]);
    await close();
  });

  test('has lines chosen as far as there are any, and more of them when they come', async () => {
    const log: LongLog = { id: id(3), lines: 400, errors: [], is_complete: false };
    const { page, close } = await open(log, '#L395-L410');
    await shows(page, log, 395);
    await page.getByText('lines 395 to 400').waitFor();
    expect(await page.locator('.line.selected').count()).toBe(6);
    log.lines = 500;
    await ring();
    await page.getByText('lines 395 to 410').waitFor();
    await close();

    const beyond = await open(log, '#L9000');
    await shows(beyond.page, log, 500);
    expect(await beyond.page.locator('.line.selected').count()).toBe(0);
    await beyond.close();
  });
});

describe('a copy of many lines', () => {
  test('can be stopped, and is given up by who leaves', async () => {
    const log: LongLog = { id: id(4), lines: 60_000, errors: [] };
    const { page, context, close } = await open(log, '#L1-L40000');
    await shows(page, log, 1);
    await page.getByText('lines 1 to 40000').waitFor();
    // From now on the server does not answer.
    const asked: string[] = [];
    const given: string[] = [];
    await context.route(`**/api/v1/logs/${log.id}?*count=5000`, (route) => {
      asked.push(route.request().url());
    });
    page.on('requestfailed', (request) => given.push(request.url()));
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByText('are being read…').waitFor();
    await expect.poll(() => asked.length).toBe(1);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Copy', exact: true }).waitFor();
    await expect.poll(() => given).toEqual(asked);

    await page.getByRole('button', { name: 'Copy as Markdown' }).click();
    await expect.poll(() => asked.length).toBe(2);
    await page.keyboard.press('u');
    await page.waitForURL((url) => url.pathname === `/builds/${build}`);
    await expect.poll(() => given).toEqual(asked);
    expect(await page.getByText('could not be read').count()).toBe(0);
    await close();
  });
});
