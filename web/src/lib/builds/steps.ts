/** The steps of a build as a tree, and which of them failed. Pure. */
import type { Build, Step } from '$lib/api/types';
import { withoutEmoji } from './names';

export const plainName = (name: string | null): string => withoutEmoji(name || 'Unnamed step');

/** A single-stage pipeline of Azure DevOps has a stage that nobody wrote. */
const isHidden = (step: Step): boolean => step.kind === 'stage' && step.name === '__default';

/** `stage:test#2` is the second attempt of `stage:test`. */
export const keyOf = (step: Pick<Step, 'id'>): string => step.id.replace(/#\d+$/, '');

export type Node = { step: Step; name: string; children: Node[]; parent: Node | null };

const timeOf = (step: Step): number => {
  const at = step.queued_at ?? step.started_at ?? step.finished_at;
  return at ? Date.parse(at) : Number.MAX_SAFE_INTEGER;
};

/** In the provider's order where it tells one, else in that of time; the API's own order decides ties. */
function inOrder(nodes: Node[]): Node[] {
  return nodes.toSorted(({ step: a }, { step: b }) =>
    a.order !== null && b.order !== null && a.order !== b.order
      ? a.order - b.order
      : timeOf(a) - timeOf(b) || a.attempt - b.attempt,
  );
}

/** The steps as a tree, without what nobody wrote; a step whose parent is not known stands at the top. */
export function treeOf(steps: readonly Step[]): Node[] {
  const nodes = new Map<string, Node>(
    steps.map((step) => [
      step.id,
      { step, name: plainName(step.name), children: [], parent: null },
    ]),
  );
  const top: Node[] = [];
  for (const node of nodes.values()) {
    if (isHidden(node.step)) continue;
    let parent = nodes.get(node.step.parent_id ?? '');
    const seen = new Set([node]);
    while (parent && isHidden(parent.step)) parent = nodes.get(parent.step.parent_id ?? '');
    // A circle would be drawn for ever: whoever closes it stands at the top.
    for (let up = parent ?? null; up; up = up.parent) {
      if (seen.has(up)) {
        parent = undefined;
        break;
      }
      seen.add(up);
    }
    node.parent = parent ?? null;
    (parent?.children ?? top).push(node);
  }
  for (const node of nodes.values()) node.children = inOrder(node.children);
  return inOrder(top);
}

/** Ids of steps that a later attempt took the place of, with all below them. */
export function earlierAttempts(steps: readonly Step[]): Set<string> {
  const last = new Map<string, number>();
  for (const step of steps) {
    const key = keyOf(step);
    last.set(key, Math.max(last.get(key) ?? 0, step.attempt));
  }
  const byId = new Map(steps.map((step) => [step.id, step]));
  const isEarlier = (step: Step | undefined, depth = 0): boolean =>
    step !== undefined &&
    depth < 20 &&
    (step.attempt < (last.get(keyOf(step)) ?? 0) ||
      isEarlier(byId.get(step.parent_id ?? ''), depth + 1));
  return new Set(steps.filter((step) => isEarlier(step)).map(({ id }) => id));
}

/** Results of steps that explain the result of their build, the heaviest first. */
const EXPLAINS: Record<string, readonly string[]> = {
  failure: ['failure', 'aborted'],
  unstable: ['unstable', 'failure'],
  aborted: ['aborted', 'failure'],
};

/** Whether something went wrong that a person would look for. */
export const isRed = (build: Pick<Build, 'result'>): boolean =>
  build.result === 'failure' || build.result === 'unstable';

export type Failure = { step: Step; name: string; path: string[] };

/**
 * The innermost steps that explain the result: the task in the job, the job in the stage. Of steps
 * that were tried again only the last attempt counts.
 */
export function failuresOf(build: Pick<Build, 'result'>, steps: readonly Step[]): Failure[] {
  const earlier = earlierAttempts(steps);
  const current = steps.filter(({ id }) => !earlier.has(id));
  for (const result of EXPLAINS[build.result ?? ''] ?? []) {
    const found: Failure[] = [];
    const walk = (nodes: Node[], path: string[]): boolean => {
      let any = false;
      for (const { step, name, children } of nodes) {
        const below = walk(children, [...path, name]);
        const itself = step.result === result;
        if (itself && !below) found.push({ step, name, path });
        any ||= itself || below;
      }
      return any;
    };
    walk(treeOf(current), []);
    if (found.length > 0) return found;
  }
  return [];
}
