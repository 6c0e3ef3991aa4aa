/** The same steps in another build, to stand behind those of this one. Pure. */
import type { Build, Step } from '$lib/api/types';
import { earlierAttempts, type Node, treeOf } from '$lib/builds/steps';
import { type Bars, barsOf, type Span } from './timeline';

type Timed = Pick<Build, 'queued_at' | 'started_at' | 'finished_at'>;

const beginOf = (build: Timed): number | null => {
  const at = build.started_at ?? build.queued_at;
  return at === null ? null : Date.parse(at);
};

/**
 * Ids of providers are of one build alone, so steps are the same when they are called the same in the same
 * place; of those called alike the first is the first. Times are moved so that both builds begin together.
 */
export function ghostsOf(
  build: Timed,
  tree: readonly Node[],
  earlier: ReadonlySet<string>,
  other: Timed,
  otherSteps: readonly Step[],
): Map<string, Span> {
  const found = new Map<string, Span>();
  const [mine, theirs] = [beginOf(build), beginOf(other)];
  if (mine === null || theirs === null) return found;
  const old = earlierAttempts(otherSteps);
  const end = { at: other.finished_at ? Date.parse(other.finished_at) : theirs, over: true };
  const put = (id: string, { run }: Bars) => {
    if (run && run.to > run.from)
      found.set(id, { from: run.from - theirs + mine, to: run.to - theirs + mine });
  };
  const walk = (nodes: readonly Node[], others: readonly Node[]) => {
    const named = new Map<string, Node[]>();
    for (const one of others) {
      const key = `${one.step.kind}\n${one.name}`;
      named.set(key, [...(named.get(key) ?? []), one]);
    }
    for (const node of nodes) {
      if (earlier.has(node.step.id)) continue;
      const twin = named.get(`${node.step.kind}\n${node.name}`)?.shift();
      if (!twin) continue;
      put(node.step.id, barsOf(twin, end));
      walk(node.children, twin.children);
    }
  };
  walk(tree, treeOf(otherSteps.filter(({ id }) => !old.has(id))));
  return found;
}
