/** Shapes of the API that `docs/openapi.json` does not hold yet. They go when it does. */
import * as client from './client';
import type { Reading } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];
type Time = string;
export type LogState = 'pending' | 'done' | 'unavailable' | 'failed';
export type LogLevel = 'error' | 'warning' | 'command' | 'section' | 'debug' | 'group';
/** A piece of a line that looks the same all along. */
export type LogRun = {
  text: string;
  /** `red`, `bright-red`, `#rrggbb`. */
  fg?: string | null;
  bg?: string | null;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  strike?: boolean;
  inverse?: boolean;
  href?: string | null;
};
export type LogLine = {
  n: number;
  at: Time | null;
  level: LogLevel | null;
  depth: number;
  runs: LogRun[];
  /** Characters of the whole line when only its beginning is shown. */
  cut: number | null;
};
type LogHead = {
  id: string;
  build_id: string;
  step_id: string;
  state: LogState;
  reason: string | null;
  lines: number;
  bytes: number;
  stored_bytes: number;
  is_complete: boolean;
  cut: string | null;
};
export type LogLines = LogHead & { from: number; items: LogLine[] };
export type LogGroup = {
  start: number;
  end: number;
  title: string;
  level: number;
  is_open: boolean;
  started_at: Time | null;
  duration_ms: number | null;
};
export type LogOutline = LogHead & {
  code: string | null;
  first_at: Time | null;
  last_at: Time | null;
  groups: LogGroup[];
  groups_cut: boolean;
  errors: number[];
  warnings: number[];
  error_count: number;
  warning_count: number;
};
export type LogHit = { n: number; spans: [number, number][] };
export type LogFound = { lines_searched: number; total: number; is_cut: boolean; items: LogHit[] };

export type Fix = 'set_token' | 'renew_token' | 'confirm_base' | 'retry';
export type AspectState = {
  aspect: 'steps' | 'logs' | 'tests' | 'changes' | 'artifacts' | 'annotations';
  state: 'pending' | 'done' | 'unavailable' | 'failed';
  code: string | null;
  reason: string | null;
  tries: number;
  at: Time | null;
  next_at: Time | null;
  done: number | null;
  total: number | null;
};
export type EnrichmentDetail = { items: AspectState[]; fix: Fix | null };

export type WhyItem = {
  kind: string;
  sentence: string;
  step_id: string | null;
  log_id: string | null;
  line: number | null;
  lines: { n: number; text: string }[];
};
export type Why = { items: WhyItem[]; sentence: string | null };
export type Change = {
  commit: string;
  author: string | null;
  message: string | null;
  at: Time | null;
  url: string | null;
};
export type Changes = {
  items: Change[];
  next_cursor?: string | null;
  since_build_id: string | null;
};
export type Artifact = {
  name: string;
  path: string | null;
  bytes: number | null;
  kind: string | null;
  step_id: string | null;
  url: string | null;
  state: string | null;
};
/** A piece of what the steps of a build wrote on its page: plain nodes, made by the server of their HTML. */
export type HtmlNode =
  { text: string } | { tag: string; href?: string | null; children?: HtmlNode[] };
export type Annotation = {
  context: string;
  style: 'info' | 'success' | 'warning' | 'error';
  step_id: string | null;
  at: Time | null;
  blocks: HtmlNode[];
  is_cut: boolean;
};

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
  job: { build_id: string; step_id: string; name: string | null; since: Time | null } | null;
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
  pool: string;
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
  '/builds/{id}/why': Why;
  '/builds/{id}/last-green': { build: Schemas['Build'] | null };
  '/builds/{id}/changes': Changes;
  '/builds/{id}/artifacts': { items: Artifact[]; next_cursor?: string | null };
  '/builds/{id}/annotations': { items: Annotation[] };
  '/builds/{id}/enrichment': EnrichmentDetail;
  '/logs/{id}': LogLines;
  '/logs/{id}/outline': LogOutline;
  '/logs/{id}/search': LogFound;
};
type Options = {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  signal?: AbortSignal;
};
/** As `reading` of the client, which does not know these yet. */
export const reading = client.reading as unknown as <A extends keyof Answers>(
  address: A,
  options: Options,
) => Reading<Answers[A]>;
export const readingText = client.readingText as unknown as <A extends keyof Answers, T>(
  address: A,
  take: (text: string) => T,
  options: Options,
) => Reading<T>;
export const post = client.post as unknown as (
  address: '/builds/{id}/enrichment',
  options: Options,
) => Promise<{ queued: number }>;
