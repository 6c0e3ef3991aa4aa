/** A job on an agent as the API tells it, from second to second; `null`: it goes on. For tests. */
import type { AgentRun } from '$lib/api/types';

export const BEGIN = Date.parse('2026-02-13T00:00:00Z');
const at = (second: number) => new Date(BEGIN + second * 1_000).toISOString();

export const runOf = (
  agent_id: string,
  from: number,
  to: number | null,
  wish: Partial<AgentRun> = {},
): AgentRun => ({
  agent_id,
  build_id: 'b',
  step_id: `${agent_id}-${from}`,
  agent: agent_id,
  pool: null,
  state: to === null ? 'running' : 'finished',
  name: null,
  pipeline: null,
  result: null,
  queued_at: null,
  started_at: at(from),
  finished_at: to === null ? null : at(to),
  ...wish,
});
