/** A day of agents as blocks against time. Pure; times are milliseconds since 1970. */
import type { Agent, AgentRun } from '$lib/api/types';
import { withoutEmoji } from '$lib/builds/names';

export const DAY_MS = 24 * 3_600_000;

export type Window = { from: number; to: number };

export type Block = {
  run: AgentRun;
  from: number;
  to: number;
};

/** The jobs of each agent as far as they lie in the window, in the order they began. */
export function blocksOf(runs: readonly AgentRun[], window: Window): Map<string, Block[]> {
  const found = new Map<string, Block[]>();
  for (const run of runs) {
    const from = Math.max(window.from, Date.parse(run.started_at));
    const to = Math.min(window.to, run.finished_at ? Date.parse(run.finished_at) : window.to);
    if (to < from) continue;
    const mine = found.get(run.agent_id);
    if (mine) mine.push({ run, from, to });
    else found.set(run.agent_id, [{ run, from, to }]);
  }
  for (const blocks of found.values()) blocks.sort((a, b) => a.from - b.from);
  return found;
}

/** The part of the window in which it ran anything; jobs beside each other count once. */
export function busyPart(blocks: readonly Block[], window: Window): number {
  let busy = 0;
  let until = window.from;
  for (const { from, to } of blocks) {
    busy += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return busy / (window.to - window.from);
}

/** `storefront / Unit tests`: as much as is known of what it ran. */
export const jobName = ({ pipeline, name }: { pipeline?: string | null; name: string | null }) =>
  [pipeline, name].flatMap((part) => (part ? withoutEmoji(part) : [])).join(' / ') || 'a job';

/** The block at a time, or one within a few pixels of it: short jobs are hard to point at. */
export function blockAt(blocks: readonly Block[], at: number, near: number): Block | null {
  let best: Block | null = null;
  let least = near;
  for (const block of blocks) {
    const off = Math.max(block.from - at, at - block.to, 0);
    if (off <= least) {
      best = block;
      least = off;
    }
  }
  return best;
}

const rank: Record<Agent['state'], number> = {
  lost: 0,
  offline: 1,
  paused: 2,
  busy: 3,
  online: 4,
  unknown: 5,
};

export type Order = 'name' | 'state' | 'failures';

export function inOrder(agents: readonly Agent[], order: Order): Agent[] {
  const byName = (a: Agent, b: Agent) =>
    Number(a.pool === null) - Number(b.pool === null) ||
    (a.pool ?? '').localeCompare(b.pool ?? '') ||
    a.name.localeCompare(b.name, undefined, { numeric: true });
  return agents.toSorted((a, b) =>
    order === 'state'
      ? rank[a.state] - rank[b.state] || byName(a, b)
      : order === 'failures'
        ? b.failures_24h - a.failures_24h || byName(a, b)
        : byName(a, b),
  );
}

export const matches = (agent: Agent, q: string, pool: string): boolean =>
  (pool === '' || agent.pool === pool) &&
  [agent.name, agent.pool, agent.os, agent.hostname, agent.version].some((word) =>
    word?.toLowerCase().includes(q.toLowerCase()),
  );

/** Fewer jobs say nothing. */
const JOBS_LEAST = 10;

/** By how much more often jobs fail here than in the whole pool, where that is twice or more. */
export function lifts(agents: readonly Agent[]): Map<string, number> {
  const pools = new Map<string, { jobs: number; failures: number }>();
  const keyOf = ({ source_id, pool }: Agent) => `${source_id}\n${pool ?? ''}`;
  for (const agent of agents) {
    const of = pools.get(keyOf(agent)) ?? { jobs: 0, failures: 0 };
    of.jobs += agent.jobs_24h;
    of.failures += agent.failures_24h;
    pools.set(keyOf(agent), of);
  }
  const found = new Map<string, number>();
  for (const agent of agents) {
    const pool = pools.get(keyOf(agent));
    if (!pool || pool.failures === 0 || agent.jobs_24h < JOBS_LEAST) continue;
    const lift = agent.failures_24h / agent.jobs_24h / (pool.failures / pool.jobs);
    if (lift >= 2) found.set(agent.id, lift);
  }
  return found;
}
