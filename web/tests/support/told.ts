/** What a provider told of a build, answered in place of the server: the page meets it without a token. */
import type { BrowserContext } from 'playwright-core';

export type Told = {
  why?: unknown;
  enrichment?: unknown;
  changes?: unknown;
  artifacts?: unknown;
  annotations?: unknown;
  steps?: unknown;
  'last-green'?: unknown;
};

/** Answers `GET /builds/{id}/...` with these; counts what is asked for again. */
export async function giveTold(
  context: BrowserContext,
  build: string,
  told: Told,
): Promise<{ asked: () => number }> {
  let asked = 0;
  for (const [part, json] of Object.entries(told)) {
    await context.route(`**/api/v1/builds/${build}/${part}*`, async (route) => {
      if (route.request().method() === 'GET') return route.fulfill({ json });
      asked += 1;
      return route.fulfill({ status: 202, json: { queued: 1 } });
    });
  }
  return { asked: () => asked };
}

/** A step as the API tells it, with what is wished. */
export const toldStep = (id: string, wish: Record<string, unknown> = {}) => ({
  ...{ id, parent_id: null, kind: 'job', name: id, order: null, attempt: 1, task: null, url: null },
  ...{ state: 'finished', result: 'success', raw_result: null, detail: null, by: null },
  ...{ queued_at: null, created_at: null, started_at: null, finished_at: null },
  ...{ agent: null, queue: null, exit_status: null, soft_failed: false, superseded: false },
  ...{ log_id: null, log_from: null, log_lines: null },
  ...{ issues: [], error_count: 0, warning_count: 0 },
  ...wish,
});

/** What was asked of a provider, all well but for what is wished. */
export const standing = (wish: Record<string, Record<string, unknown>> = {}) =>
  ['steps', 'logs', 'changes', 'artifacts', 'annotations'].map((aspect) => ({
    ...{ aspect, state: 'done', code: null, reason: null, tries: 0 },
    ...{ at: '2026-02-13T10:00:00.000Z', next_at: null, done: null, total: null },
    ...wish[aspect],
  }));
