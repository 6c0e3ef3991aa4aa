/** Why the page that was asked for cannot be shown: no answer to "who am I", or a part that did not load. */
import { get } from '$lib/api/client';
import { asProblem, Problem } from '$lib/api/problem';
import { toast } from '$lib/ui/toasts.svelte';

let current = $state.raw<Problem | null>(null);
/** Where the page is that could not be shown. */
let wanted = location.href;
let arrived = false;

const answers = () =>
  get('/session').then(
    () => true,
    () => false,
  );

function loadWhole(): void {
  if (wanted === location.href) location.reload();
  else location.assign(wanted);
}

export const failure = {
  get current(): Problem | null {
    return current;
  },
  of(error: unknown): void {
    // A redirect is thrown too.
    if (error instanceof Promise || (error instanceof Error && error.name === 'Redirect')) return;
    current = asProblem(error);
  },
  /**
   * A part of the page at `href` did not come. This document will not ask for it again, so the page is
   * loaded whole; but not while the server is away, and not if that is what was just done.
   */
  async part(href: string): Promise<void> {
    wanted = href;
    if (!(await answers())) current = asProblem(new TypeError());
    else if (arrived) loadWhole();
    else {
      current = new Problem({
        code: 'page_outdated',
        status: 0,
        title: 'This page is from another version',
        detail: 'Creel was updated while this page was open; load it again',
        retryable: true,
      });
    }
  },
  /** While the server is away, to load the page would leave nothing to look at. */
  async retry(): Promise<void> {
    if (await answers()) loadWhole();
    else toast('The server does not answer yet', 'failed');
  },
  clear(): void {
    current = null;
    arrived = true;
  },
};
