/** Storage: what is kept for how long, and how long the disk lasts. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';
import { azureBuild } from '../support/hooks';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let creel: Creel;
let browser: Browser;

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

const before = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

const kept = (name: string, file: string, days: number | null, more: object = {}) => ({
  class: name,
  file,
  age_ms: days === null ? null : days * DAY_MS,
  size_bytes: null,
  oldest_at: before(Math.min(days ?? 400, 120)),
  held: 0,
  removed: 0,
  reclaimed_bytes: 0,
  last_run_at: new Date(Date.now() - HOUR_MS / 2).toISOString(),
  ...more,
});

/** As a server would tell it that has run for four months and will be full. */
const FILLING = {
  classes: [
    kept('bodies', 'journal.db', 90, {
      size_bytes: 20_000_000_000,
      removed: 412_345,
      reclaimed_bytes: 260_000_000,
      held: 12,
    }),
    kept('events', 'books.db', 365),
    kept('builds', 'books.db', null),
    kept('aggregates', 'books.db', 5 * 365),
  ],
  files: [
    { name: 'journal.db', bytes: 9_400_000_000, used_bytes: 9_100_000_000, log_bytes: 8_300_000 },
    { name: 'books.db', bytes: 22_000_000_000, used_bytes: 21_900_000_000, log_bytes: 16_400_000 },
  ],
  disk: { free_bytes: 12_000_000_000, low_water_bytes: 268_435_456 },
  forecast: {
    outlook: 'runs_out',
    sentence:
      'At this rate (270 MB a day) the disk reaches its low-water mark on 2027-01-09, before enough is old enough to be removed: give it more room, or keep less.',
    written_per_day_bytes: 270_000_000,
    levels_off_at: null,
    levels_off_bytes: null,
    full_at: before(-44),
  },
  history: Array.from({ length: 90 }, (_, day) => ({
    at: before(90 - day),
    journal_bytes: 7_000_000_000 + day * 24_000_000,
    books_bytes: 9_000_000_000 + day * 145_000_000,
    logs_bytes: 0,
  })),
};

describe('Storage', () => {
  test('a young server says what it keeps, and that it is too early to say more', async () => {
    await creel.hook('azure', azureBuild({ result: 'succeeded' }));
    const { page, axe, trouble, close } = await visit(browser, creel);
    await page.goto('/settings');
    await page.getByRole('link', { name: 'Storage' }).click();
    await page.getByRole('heading', { level: 1, name: 'Storage' }).waitFor();
    await page.getByText('Too early to say how long the disk lasts').waitFor();
    await page.getByRole('row', { name: /Headers and bodies.*90 days/ }).waitFor();
    await page.getByRole('row', { name: /Records.*365 days/ }).waitFor();
    await page.getByRole('row', { name: /Sums.*5 years/ }).waitFor();
    expect(await axe()).toEqual([]);
    expect(trouble()).toEqual([]);
    await close();
  });

  test('one that will be full says when, and what can be done', async () => {
    const { page, axe, shots, trouble, close } = await visit(browser, creel);
    await page.route('**/api/v1/storage', (route) => route.fulfill({ json: FILLING }));
    await page.goto('/settings/storage');
    await page.getByText('The disk will be full').waitFor();
    await page.getByText(/before enough is old enough to be removed/).waitFor();
    await page.getByText('12 older ones are still needed').waitFor();
    await page.getByRole('row', { name: /90 days, within 20 GB/ }).waitFor();
    await page.getByText(/^In use: 16 GB on/).waitFor();
    await page.getByRole('row', { name: /for ever/ }).waitFor();
    expect(await axe()).toEqual([]);
    await shots('storage');
    expect(trouble()).toEqual([]);
    await close();
  });
});
