/** Why the page that was asked for cannot be shown: no answer to "who am I", or a part that did not load. */
import { asProblem, Problem } from '$lib/api/problem';

let current = $state.raw<Problem | null>(null);

export const failure = {
  get current(): Problem | null {
    return current;
  },
  of(error: unknown): void {
    // A redirect is thrown too.
    if (error instanceof Promise || (error instanceof Error && error.name === 'Redirect')) return;
    const chunkMissing = error instanceof TypeError && /import|module/i.test(error.message);
    current = chunkMissing
      ? new Problem({
          code: 'page_outdated',
          status: 0,
          title: 'This page is from another version',
          detail: 'Creel was updated while this page was open; load it again',
          retryable: true,
        })
      : asProblem(error);
  },
  clear(): void {
    current = null;
  },
};
