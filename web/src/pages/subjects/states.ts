/** The states of subjects. Work items have the words of their project; we know the common ones. */
import type { Subject, SubjectKind } from '$lib/api/types';
import type { Shape } from '$lib/ui/status';

export const STATES: Record<SubjectKind, readonly string[]> = {
  pull_request: ['open', 'draft', 'merged', 'abandoned'],
  work_item: ['New', 'Active', 'Resolved', 'Closed', 'deleted'],
  repository: ['active', 'disabled', 'deleted'],
  release: ['active', 'abandoned'],
  deployment: ['waiting', 'running', 'success', 'unstable', 'failure', 'aborted'],
  agent: ['connected', 'disconnected', 'lost', 'stopping', 'stopped', 'blocked'],
};

const SHAPES: Record<string, Shape> = {
  open: 'queued',
  draft: 'queued',
  merged: 'passed',
  abandoned: 'stopped',
  new: 'queued',
  'to do': 'queued',
  proposed: 'queued',
  approved: 'queued',
  resolved: 'passed',
  closed: 'passed',
  done: 'passed',
  completed: 'passed',
  removed: 'stopped',
  deleted: 'stopped',
  disabled: 'stopped',
  waiting: 'queued',
  running: 'running',
  success: 'passed',
  unstable: 'partial',
  failure: 'failed',
  aborted: 'stopped',
  connected: 'passed',
  disconnected: 'stopped',
  lost: 'failed',
  stopping: 'stopped',
  stopped: 'stopped',
  blocked: 'partial',
};

/** A word that only the project knows gets the shape of something that goes on. */
export function shapeOf(state: string | null | undefined, kind: SubjectKind): Shape {
  // A repository that is active is as it should be; a work item that is active is not done yet.
  if (state === 'active' && kind !== 'work_item') return 'passed';
  return SHAPES[state?.toLowerCase() ?? ''] ?? 'queued';
}

export type StateGroup = { kind: SubjectKind; states: string[] };

/**
 * States to pick from, each among those of its kind: a word means another thing of another kind. Work
 * items write theirs as their project does; what was seen there goes before what we would write.
 */
export function stateGroups(
  kinds: readonly SubjectKind[],
  seen: readonly Pick<Subject, 'kind' | 'state'>[],
): StateGroup[] {
  return kinds.map((kind) => {
    const own = seen.flatMap((one) => (one.kind === kind && one.state ? [one.state] : []));
    const words = new Map(STATES[kind].map((state) => [state.toLowerCase(), state]));
    for (const state of own) words.set(state.toLowerCase(), state);
    return { kind, states: [...words.values()] };
  });
}
