/** Agents and queues: who waits, who works, where jobs fail. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent, AgentRun, Queue } from '$lib/api/types';
import { openBrowser, visit } from '../support/browser';
import { type Creel, startCreel } from '../support/creel';

const HOUR = 3_600_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const SOURCE = '6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55';
const BUILD = '7d1e9a5f-2c8b-5b1e-8a54-3a7a5a1d2b66';

const agents = Array.from({ length: 300 }, (_, n): Agent => ({
  ...{ id: `agent-${n}`, source_id: SOURCE, provider: 'azure_devops', name: `vm-${n}` },
  ...{
    pool: n < 200 ? 'linux' : 'mac',
    version: '4.251.0',
    os: 'Linux',
    hostname: null,
    labels: [],
    url: null,
  },
  ...{ state: n === 3 ? 'lost' : n % 2 ? 'online' : 'busy', is_enabled: true, told_by: 'api' },
  ...{ connected_at: ago(50 * HOUR), last_seen_at: ago(HOUR), job: null },
  ...{ jobs_24h: 20, failures_24h: n === 7 ? 10 : 1 },
}));
const runs = agents.flatMap(({ id }, n) =>
  Array.from({ length: 20 }, (_, turn): AgentRun => ({
    ...{ agent_id: id, build_id: BUILD, step_id: `job:${n}-${turn}`, name: `test ${turn}` },
    ...{ agent: `vm-${n}`, pool: null, state: 'finished' },
    ...{ pipeline: 'shop-ci', result: turn === 4 ? 'failure' : 'success', queued_at: null },
    started_at: ago((23 - turn) * HOUR),
    finished_at: ago((23 - turn) * HOUR - HOUR / 2),
  })),
);
const queues: Queue[] = [
  {
    ...{ source_id: SOURCE, provider: 'azure_devops', is_hosted: false, waiting_since: null },
    ...{ pool: 'linux', waiting: 4, running: 100, online: 200, busy: 100 },
    ...{ wait_p50_ms: 12_000, wait_p95_ms: 95_000, is_estimated: true },
    waits: Array.from({ length: 24 }, (_, hour) => (hour < 3 ? null : hour * 4_000)),
  },
];

async function give(context: BrowserContext, some = true): Promise<void> {
  const list = (items: unknown[]) => ({ items: some ? items : [], next_cursor: null });
  await context.route(/\/api\/v1\/agents(\?|$)/, (route) => route.fulfill({ json: list(agents) }));
  await context.route('**/api/v1/agents/runs*', (route) => {
    const agent = new URL(route.request().url()).searchParams.get('agent');
    const mine = agent ? runs.filter(({ agent_id }) => agent_id === agent) : runs;
    return route.fulfill({ json: list(mine) });
  });
  await context.route('**/api/v1/queues', (route) => route.fulfill({ json: list(queues) }));
}

let creel: Creel;
let browser: Browser;
beforeAll(async () => {
  [creel, browser] = await Promise.all([startCreel(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await creel?.stop();
});

describe('Agents', () => {
  test('tells how long jobs wait, and shows the day of those in sight alone', async () => {
    const { page, context, axe, shots, trouble, close } = await visit(browser, creel);
    await give(context);
    await page.goto('/');
    await page.locator('h1').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
    await page.getByText('300 agents').waitFor();
    expect(await page.getByRole('row', { name: /linux/ }).innerText()).toMatch(/about\s12 s/);
    await page
      .getByRole('img', { name: /20 jobs in 24 hours, 1 failed/ })
      .first()
      .waitFor();
    expect(await page.locator('canvas').count()).toBeLessThan(80);
    expect(await axe()).toEqual([]);
    await shots('agents');
    expect(trouble()).toEqual([]);
    await close();
  });

  test('leads from an agent to its jobs, and from a block to the build', async () => {
    const { page, context, axe, trouble, close } = await visit(browser, creel);
    await give(context);
    await page.goto('/agents?sort=failures');
    await page.getByRole('link', { name: 'vm-7', exact: true }).click();
    const panel = page.getByRole('complementary', { name: 'Agent vm-7' });
    const job = panel.getByRole('link', { name: 'shop-ci / test 4' });
    expect(await job.getAttribute('href')).toBe(`/builds/${BUILD}?step=job%3A7-4`);
    await panel.getByRole('img', { name: '20 jobs in 30 days, 1 failed' }).waitFor();
    expect(await axe()).toEqual([]);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });

    await page.getByRole('link', { name: 'Table' }).click();
    await page.getByText('9.6 ×').waitFor();
    expect(await axe()).toEqual([]);
    await page.keyboard.press('/');
    await page.keyboard.type('vm-29');
    await page.getByText('11 agents').waitFor();
    expect(trouble()).toEqual([]);
    await close();
  });

  test('says how agents come to be known while none is', async () => {
    const { page, context, axe, close } = await visit(browser, creel);
    await give(context, false);
    await page.goto('/agents');
    await page.getByText('No agents are known yet').waitFor();
    expect(await axe()).toEqual([]);
    await close();
  });
});
