/** What a provider told of a build, answered in place of the server: the page meets it without a token. */
import type { BrowserContext } from 'playwright-core';
import type { Answer } from '$lib/api/client';
import type { AspectState, EnrichmentDetail, Step, Why } from '$lib/api/types';
import { stepOf } from '$lib/builds/step.fixture';

export type Told = {
  why?: Why;
  enrichment?: EnrichmentDetail;
  changes?: Answer<'/builds/{id}/changes'>;
  artifacts?: Answer<'/builds/{id}/artifacts'>;
  annotations?: Answer<'/builds/{id}/annotations'>;
  steps?: Answer<'/builds/{id}/steps'>;
  'last-green'?: Answer<'/builds/{id}/last-green'>;
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
export const toldStep: (id: string, wish?: Partial<Step>) => Step = stepOf;

/** What was asked of a provider, all well but for what is wished. */
export const standing = (wish: Partial<Record<AspectState['aspect'], Partial<AspectState>>> = {}) =>
  (['steps', 'logs', 'changes', 'artifacts', 'annotations'] as const).map(
    (aspect): AspectState => ({
      ...{ aspect, state: 'done', code: null, reason: null, tries: 0 },
      ...{ at: '2026-02-13T10:00:00.000Z', next_at: null, done: null, total: null },
      ...wish[aspect],
    }),
  );
