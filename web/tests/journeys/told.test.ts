/** A build as its provider tells it: why it failed, the way to the line, and what could not be had. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Answer } from '$lib/api/client';
import type { AspectState, Why } from '$lib/api/types';
import { openBrowser, visit } from '../support/browser';
import { failedBuild } from '../support/buildkite';
import { type Creel, startCreel } from '../support/creel';
import { giveLogs, type LongLog, textAt } from '../support/long-log';
import { giveTold, standing, type Told, toldStep } from '../support/told';

const LOG: LongLog = {
  ...{ id: '00000000-0000-5000-8000-000000000009', lines: 4_000, errors: [2_214, 2_390] },
};
const BEGIN = Date.parse('2026-02-13T10:00:00Z');
const at = (second: number) => new Date(BEGIN + second * 1_000).toISOString();
const ran = (from: number, to: number) => ({ started_at: at(from), finished_at: at(to) });

const STEPS = [
  toldStep('stage:build', { kind: 'stage', name: 'Build', order: 1, ...ran(0, 120) }),
  toldStep('job:compile', { name: 'compile', parent_id: 'stage:build', ...ran(5, 120) }),
  toldStep('stage:test', {
    ...{ kind: 'stage', name: 'Test', order: 2, result: 'failure', ...ran(125, 400) },
  }),
  toldStep('job:docs', { name: 'docs', parent_id: 'stage:test', ...ran(125, 140) }),
  toldStep('job:linux', {
    ...{ name: 'linux', parent_id: 'stage:test', result: 'failure', ...ran(126, 130) },
    ...{ detail: 'infrastructure', superseded: true },
  }),
  toldStep('job:linux#2', {
    ...{ name: 'linux', parent_id: 'stage:test', attempt: 2, result: 'failure' },
    ...{ ...ran(160, 400), queued_at: at(131), log_id: LOG.id, log_from: 1, log_lines: LOG.lines },
    ...{ agent: 'vm-07', queue: 'linux-pool', exit_status: 101, error_count: 2 },
  }),
  toldStep('task:unit', {
    ...{ kind: 'task', name: 'unit tests', parent_id: 'job:linux#2', order: 1, result: 'failure' },
    ...{ ...ran(165, 395), log_id: LOG.id, log_from: 401, log_lines: 3_000, error_count: 2 },
    issues: [{ kind: 'error', message: textAt(LOG, 2_214), line: 2_214 }],
  }),
];
const WHY = {
  sentence: 'unit tests does not compile: mismatched types',
  failed_steps: 1,
  items: [
    {
      ...{ kind: 'compile_error', sentence: 'unit tests does not compile: mismatched types' },
      ...{ step_id: 'task:unit', log_id: LOG.id, line: 2_214 },
      lines: [2_213, 2_214, 2_215].map((n) => ({ n, text: textAt(LOG, n) })),
    },
  ],
} satisfies Why;
const ANNOTATIONS: Answer<'/builds/{id}/annotations'>['items'] = [
  {
    ...{ context: 'coverage', style: 'warning', step_id: null, at: at(390), is_cut: false },
    blocks: [
      { tag: 'h2', href: null, children: [{ text: 'Coverage fell' }] },
      {
        ...{ tag: 'p', href: null },
        children: [
          { text: 'see <b>the</b> ' },
          { tag: 'a', href: 'https://example.com/', children: [{ text: 'report' }] },
          { tag: 'a', href: 'javascript:alert(1)', children: [{ text: 'nothing' }] },
          { tag: 'script', href: null, children: [{ text: 'plain' }] },
        ],
      },
    ],
  },
];
const told = {
  why: WHY,
  steps: { items: STEPS, next_cursor: null },
  enrichment: { items: standing(), fix: null },
  changes: {
    items: [
      {
        commit: 'a1b2c3d4e5f6',
        author: 'Ada',
        message: 'Retry once\n\nmore',
        at: at(-60),
        url: null,
      },
    ],
    ...{ next_cursor: null, since_build_id: null },
  },
  artifacts: { items: [], next_cursor: null },
  annotations: { items: ANNOTATIONS, next_cursor: null },
  'last-green': { build: null },
};

let creel: Creel;
let browser: Browser;
let build = '';

beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
  await failedBuild(creel, { number: 88, secondsAgo: 3_600 });
  await vi.waitFor(
    async () => {
      const { items } = await creel.get<{ items: { id: string; result: string | null }[] }>(
        '/builds?limit=1',
      );
      if (items[0]?.result !== 'failure') throw new Error('the build is not over yet');
      build = items[0].id;
    },
    { timeout: 20_000, interval: 100 },
  );
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

async function open(search = '', more: Told = {}) {
  const seen = await visit(browser, creel);
  const { asked } = await giveTold(seen.context, build, { ...told, ...more });
  await giveLogs(seen.context, build, [LOG]);
  await seen.page.goto(`/builds/${build}${search}`);
  return { ...seen, asked };
}

describe('a red build', () => {
  test('says why, and one key leads to the line', async () => {
    const { page, axe, shots, trouble, close } = await open();
    const why = page.getByRole('region', { name: 'Why it failed' });
    await why.getByText(WHY.sentence).waitFor();
    expect(await why.getByRole('link', { name: 'Test / linux / unit tests' }).count()).toBe(1);
    expect(await why.locator('.it').innerText()).toContain('mismatched types');
    expect(await axe()).toEqual([]);
    await shots('build-told');

    await page.keyboard.press('l');
    await page.waitForURL(/\/logs\/.*#L2214$/);
    await page.locator('[data-n="2214"].selected .text').filter({ hasText: 'E0308' }).waitFor();
    // Come by a key, the log has its own keys before those that lead elsewhere.
    const times = page.getByRole('button', { name: 'Times: since the start (g t)' });
    await times.waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await times.waitFor({ state: 'detached' });
    await page.keyboard.press('u');
    await page.waitForURL((url) => url.pathname === `/builds/${build}`);
    expect(trouble()).toEqual([]);
    await close();
  });

  test.for(['at once', 'before the reason has come'])(
    'is gone into from the list by keys, %s',
    async (when) => {
      const { page, context, trouble, close } = await open();
      let come = () => undefined as void;
      const late = new Promise<void>((resolve) => (come = resolve));
      await context.route(`**/api/v1/builds/${build}/why*`, async (route) => {
        await late;
        await route.fulfill({ json: WHY });
      });
      await page.goto('/builds');
      await page.locator(`[data-build="${build}"]`).waitFor();
      await page.keyboard.press('j');
      await page.locator(`[data-build="${build}"]:focus`).waitFor();
      await page.keyboard.press('Enter');
      if (when !== 'at once') await page.getByRole('row', { name: /unit tests/ }).waitFor();
      await page.keyboard.press('l');
      await page.getByRole('row', { name: /unit tests/ }).waitFor();
      come();
      await page.waitForURL(/\/logs\/.*#L2214$/);
      expect(trouble()).toEqual([]);
      await close();
    },
  );

  test('shows the log of a step beside the steps, its attempts, and what it complains of', async () => {
    const { page, axe, shots, trouble, close } = await open('?step=task%3Aunit');
    const panel = page.getByRole('complementary', { name: 'Task unit tests' });
    await panel.locator('[data-n="2214"] .text').filter({ hasText: 'E0308' }).waitFor();
    expect(await axe()).toEqual([]);
    await shots('build-log');
    const times = page.getByRole('button', { name: 'Times: since the start (g t)' });
    await times.waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await times.waitFor({ state: 'detached' });
    await panel.getByRole('link', { name: 'Issues' }).click();
    await panel.getByRole('link', { name: 'line 2214' }).waitFor();

    await page.getByRole('row', { name: /linux/ }).first().click();
    const job = page.getByRole('complementary', { name: 'Job linux' });
    await job.getByRole('link', { name: 'In it' }).click();
    await job.getByRole('link', { name: 'unit tests' }).waitFor();
    await job.getByRole('link', { name: 'attempt 1' }).click();
    await job.getByText('Infrastructure').waitFor();
    await page.keyboard.press('Escape');
    await job.waitFor({ state: 'detached' });
    expect(trouble()).toEqual([]);
    await close();
  });

  test('outlines what decides its length, without what ended while a job waited already', async () => {
    const { page, close } = await open();
    const line = (name: string) => page.getByRole('row', { name: new RegExp(name) });
    await line('compile').waitFor();
    expect(await line('compile').innerText()).toContain('on the critical path');
    expect(await line('linux').first().innerText()).toContain('on the critical path');
    expect(await line('docs').innerText()).not.toContain('critical');
    await page.getByRole('button', { name: 'Tasks', exact: true }).click();
    await page.waitForURL(/tasks=hidden/);
    await line('unit tests').waitFor({ state: 'detached' });
    await close();
  });

  test('of 5,000 jobs has only the rows in sight in the page, and keys find what failed', async () => {
    const steps = Array.from({ length: 5_000 }, (_, n) =>
      toldStep(`job:${n}`, {
        ...{ name: `Job ${n}`, ...ran(n % 300, (n % 300) + 40 + (n % 50)) },
        ...{ order: n, result: n === 4_200 ? 'failure' : 'success' },
      }),
    );
    const { page, axe, trouble, close } = await open('', {
      steps: { items: steps, next_cursor: null },
    });
    await page.getByRole('row', { name: /Job 0 / }).waitFor();
    expect(await page.locator('[data-step]').count()).toBeLessThan(150);
    await page.keyboard.press('f');
    await page.getByRole('row', { name: /Job 4200 / }).waitFor();
    expect(await page.locator('[data-step]').count()).toBeLessThan(150);
    await page.keyboard.press('Escape');

    await page.keyboard.press('/');
    await page.keyboard.type('job 123');
    await expect.poll(() => page.locator('[data-step]').count()).toBe(11);
    await page.waitForURL((url) => url.searchParams.get('find') === 'job 123');
    await page.keyboard.type(' x');
    await page.getByText('No step is called so.').waitFor();
    expect(await axe()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('row', { name: /Job 0 / }).waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('tells changes, and annotations as plain nodes', async () => {
    const { page, axe, trouble, close } = await open('?tab=changes');
    await page.getByText('1 commit by Ada').waitFor();
    await page.getByRole('link', { name: 'Annotations' }).click();
    await page.getByRole('heading', { name: 'Coverage fell' }).waitFor();
    const note = page.getByRole('article', { name: 'coverage' });
    expect(await note.innerText()).toContain('see <b>the</b> report');
    expect(await note.getByRole('link').count()).toBe(1);
    expect(await note.locator('script, b').count()).toBe(0);
    expect(await axe()).toEqual([]);
    await page.getByRole('link', { name: 'Artifacts' }).click();
    await page.getByText('No artifacts').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });
});

describe('what could not be had', () => {
  const lacks: Partial<AspectState> = {
    state: 'failed',
    code: 'token_lacks_scope',
    reason: 'the token lacks Build (read)',
  };
  test('says why, and what mends it', async () => {
    const items = standing({ logs: { ...lacks, done: 12, total: 40 }, artifacts: lacks });
    const enrichment = { items, fix: 'renew_token' } as const;
    const { page, axe, shots, asked, close } = await open('?tab=artifacts', { enrichment });
    await page.getByRole('heading', { name: 'Logs and Artifacts: not all is known' }).waitFor();
    await page.getByText('The provider did not tell the artifacts').waitFor();
    const mend = page.getByRole('link', { name: 'Renew the token' });
    expect(await mend.getAttribute('href')).toBe('/sources?access=buildkite');
    expect(await axe()).toEqual([]);
    await shots('build-health');
    await page.getByRole('button', { name: 'Try again now' }).click();
    await page.getByText('The provider is asked again').first().waitFor();
    expect(asked()).toBe(1);
    await close();
  });
  test('says that a token is refused, though it is tried again, and in place of steps as well', async () => {
    const refused = {
      ...{ state: 'pending', code: 'token_refused', next_at: '2099-01-01T00:00:00Z' },
      reason: 'the provider refuses the token',
    } as const;
    const items = standing(
      Object.fromEntries(
        ['steps', 'logs', 'changes', 'artifacts', 'annotations'].map((one) => [one, refused]),
      ),
    );
    const { page, axe, shots, trouble, close } = await open('', {
      enrichment: { items, fix: 'renew_token' },
      steps: { items: [], next_cursor: null },
    });
    const empty = page.locator('.empty');
    await empty.getByText('The provider refuses the token.').waitFor();
    await empty.getByRole('link', { name: 'Renew the token' }).waitFor();
    expect(await empty.innerText()).not.toContain('hook');
    await page
      .locator('.notice > .words > p')
      .filter({ hasText: refused.reason.slice(4) })
      .waitFor();
    await page.locator('.notice').getByRole('link', { name: 'Renew the token' }).waitFor();
    expect(await page.getByText('being asked for').count()).toBe(0);
    expect(await axe()).toEqual([]);
    await shots('build-refused');
    expect(trouble()).toEqual([]);
    await close();
  });
  test('is said in a line, with what can be done, where it may come yet', async () => {
    const slow = { state: 'pending', code: 'timeout', reason: 'no answer in 30 s' } as const;
    const enrichment = { items: standing({ logs: slow, changes: slow }), fix: 'retry' } as const;
    const { page, close } = await open('', { enrichment });
    await page.getByText('Logs and changes: no answer in 30 s.').waitFor();
    await page.getByRole('button', { name: 'Try again now' }).waitFor();
    await close();
  });
  test('is one quiet line where nobody was given a token', async () => {
    const none = { state: 'unavailable', code: 'no_token', reason: 'no token was given' };
    const items = standing(
      Object.fromEntries(
        ['steps', 'logs', 'changes', 'artifacts', 'annotations'].map((one) => [one, none]),
      ),
    );
    const { page, close } = await open('', { enrichment: { items, fix: 'set_token' } });
    await page.getByText('Only what hooks told is known here').waitFor();
    expect(await page.getByRole('link', { name: 'Set a token' }).count()).toBe(1);
    expect(await page.getByText('not all is known').count()).toBe(0);
    await close();
  });
});
