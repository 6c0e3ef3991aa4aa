/** Shapes of the API that `docs/openapi.json` does not hold yet. They go when it does. */
import * as client from './client';
import type { Reading } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];
type Time = string;
export type Agent = {
  id: string;
  source_id: string;
  provider: Schemas['Provider'];
  name: string;
  pool: string | null;
  version: string | null;
  os: string | null;
  hostname: string | null;
  state: 'online' | 'offline' | 'busy' | 'paused' | 'lost' | 'unknown';
  is_enabled: boolean;
  told_by: 'api' | 'hook' | 'jobs';
  connected_at: Time | null;
  last_seen_at: Time | null;
  job: {
    build_id: string | null;
    step_id: string | null;
    name: string | null;
    since: Time | null;
  } | null;
  jobs_24h: number;
  failures_24h: number;
};
/** A job that an agent ran, or runs. */
export type AgentRun = {
  agent_id: string;
  build_id: string;
  step_id: string;
  name: string | null;
  pipeline: string | null;
  result: Schemas['Outcome'] | null;
  queued_at: Time | null;
  started_at: Time;
  finished_at: Time | null;
};
export type Queue = {
  source_id: string;
  /** `null`: jobs that name none. */
  pool: string | null;
  waiting: number;
  running: number;
  online: number;
  busy: number;
  wait_p50_ms: number | null;
  wait_p95_ms: number | null;
  /** The provider does not tell since when a job could have run. */
  is_estimated: boolean;
  /** The 95th percentile of each of the last 24 hours, the oldest first. */
  waits: (number | null)[];
};
type Items<T> = { items: T[]; next_cursor?: string | null };

type Answers = {
  '/agents': Items<Agent>;
  '/agents/runs': Items<AgentRun>;
  '/queues': Items<Queue>;
};
/** As `reading` of the client, which does not know these yet. */
export const reading = client.reading as unknown as <A extends keyof Answers>(
  address: A,
  options: { query?: Record<string, unknown> },
) => Reading<Answers[A]>;
