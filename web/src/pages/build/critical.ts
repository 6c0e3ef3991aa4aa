/**
 * The chain of jobs that made a build as long as it was: what one waited for, back from the job that ended
 * last. Providers tell no graph, so a job is taken to have waited for the one of its own or an earlier stage
 * that ended last before it could begin. Pure.
 */
import type { Step } from '$lib/api/types';
import type { Node } from '$lib/builds/steps';
import { barsOf, type End, type Span } from './timeline';

/** Clocks of agents differ by about so much. */
const CLOCKS_MS = 1_000;

export type Link = {
  step: Step;
  /** What passed between the end of the job before and its own begin; `null` when nothing did. */
  gap: Span | null;
  /** While it ran and nothing else did: the most that could be saved by making it shorter. */
  alone: number;
};

type Work = {
  step: Step;
  run: Span;
  /** From when on it could have run: what ended later is nothing that it waited for. */
  ready: number;
  stage: number | null;
};

/** What takes time by itself: jobs and gates, and stages of which nothing more is known. */
function workOf(tree: readonly Node[], earlier: ReadonlySet<string>, end: End): Work[] {
  const found: Work[] = [];
  const walk = (nodes: readonly Node[], above: number | null) => {
    for (const node of nodes) {
      const { step, children } = node;
      if (earlier.has(step.id) || step.kind === 'task') continue;
      const stage = step.kind === 'stage' ? (step.order ?? above) : above;
      const inner = children.filter(({ step: { kind } }) => kind !== 'task');
      const { run } = barsOf(node, end);
      if (inner.length > 0) walk(inner, stage);
      else if (run && run.to > run.from) {
        const queued = step.queued_at === null ? run.from : Date.parse(step.queued_at);
        found.push({ step, run, ready: Math.min(queued, run.from), stage });
      }
    }
  };
  walk(tree, null);
  return found;
}

/** For how long each ran while no other did. */
function aloneOf(work: readonly Work[]): Map<string, number> {
  const turns = work
    .flatMap(({ step, run }) => [
      { at: run.from, id: step.id, by: 1 },
      { at: run.to, id: step.id, by: -1 },
    ])
    .toSorted((a, b) => a.at - b.at || a.by - b.by);
  const alone = new Map<string, number>();
  const going = new Set<string>();
  let before = 0;
  for (const { at, id, by } of turns) {
    const [only] = going;
    if (going.size === 1 && only !== undefined)
      alone.set(only, (alone.get(only) ?? 0) + at - before);
    if (by === 1) going.add(id);
    else going.delete(id);
    before = at;
  }
  return alone;
}

/** From the first job to the last. */
export function criticalPath(
  tree: readonly Node[],
  earlier: ReadonlySet<string>,
  begin: number,
  end: End,
): Link[] {
  const work = workOf(tree, earlier, end);
  const byEnd = work.toSorted((a, b) => b.run.to - a.run.to);
  const alone = aloneOf(work);
  const path: Link[] = [];
  let current = byEnd[0];
  for (let at = 1; current; at += 1) {
    const { step, run, ready, stage } = current;
    while (
      byEnd[at] &&
      ((byEnd[at] as Work).run.to > ready + CLOCKS_MS || isLater(byEnd[at] as Work, stage))
    )
      at += 1;
    const before: Work | undefined = byEnd[at];
    const since = before?.run.to ?? begin;
    path.push({
      step,
      gap: run.from > since ? { from: since, to: run.from } : null,
      alone: alone.get(step.id) ?? 0,
    });
    current = before;
  }
  return path.reverse();
}

const isLater = (one: Work, stage: number | null): boolean =>
  one.stage !== null && stage !== null && one.stage > stage;
