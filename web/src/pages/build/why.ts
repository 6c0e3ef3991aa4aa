/** Why builds fail, in words. Pure. */
import type { Step, Why } from '$lib/api/types';
import type { Failure } from '$lib/builds/steps';
import { fragmentOf } from '$lib/log/fragment';
import { words } from '$lib/format/format';
import { links } from '$lib/url/links';

/** Stages hold stages at some providers; a ring of them would have no end. */
const DEPTH_MAX = 20;

const KINDS: Record<string, string> = {
  test_failure: 'Test',
  compile_error: 'Compiler',
  timeout: 'Too long',
  no_agent: 'No agent',
  agent_lost: 'Agent lost',
  out_of_memory: 'Out of memory',
  network: 'Network',
  dependency: 'Dependency',
  lint: 'Lint',
  script_error: 'Script',
  rejected: 'Rejected',
  canceled: 'Canceled',
  infrastructure: 'Infrastructure',
  unknown: 'Not known',
};

export const kindOf = (kind: string): string => KINDS[kind] ?? words(kind);

/** Whether it says more than that a step failed, which the steps say already. */
export const isTelling = (why: Why | undefined): why is Why =>
  why?.items.some(({ kind, lines }) => kind !== 'unknown' || lines.length > 0) ?? false;

/**
 * Where one key leads from a build: to the line that says why, else into the log of the step that is shown,
 * else of the first that failed; `null` where there is no log at all.
 */
export function logHrefOf(
  buildId: string,
  chosen: Step | null,
  why: Why | undefined,
  failures: readonly Failure[],
  steps: readonly Step[],
): string | null {
  const told = why?.items.filter(({ log_id }) => log_id !== null) ?? [];
  const item = chosen ? told.find(({ step_id }) => step_id === chosen.id) : told[0];
  if (item?.log_id) {
    const line = item.line === null ? null : { from: item.line, to: item.line };
    return links.log(buildId, item.log_id) + fragmentOf(line);
  }
  const byId = new Map(steps.map((step) => [step.id, step]));
  const writers = chosen ? [chosen] : failures.map(({ step }) => step);
  for (const writer of writers) {
    // Of a task whose log is not known by itself, the log of its job.
    let up: Step | undefined = writer;
    for (let depth = 0; up && depth < DEPTH_MAX; depth += 1) {
      if (up.log_id) return links.log(buildId, up.id);
      up = byId.get(up.parent_id ?? '');
    }
  }
  return null;
}
