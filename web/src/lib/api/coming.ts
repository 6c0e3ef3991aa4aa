/**
 * Routes that docs/openapi.json does not describe yet, in the shape of the generated types. When it
 * does, delete the route here; when none is left, delete the file (client.ts then reads `paths` alone).
 */
import type { components } from './schema';

type Json<Body> = { headers: Record<string, unknown>; content: { 'application/json': Body } };
type Answer<Code extends number, Body> = { [C in Code]: Json<Body> };
type Query<T> = { query?: T; path?: never };
type List<T> = { items: T[]; next_cursor: string | null };
type Page = { limit?: number; cursor?: string };
type Time = string;

export type PipelineBuild = Pick<
  components['schemas']['Build'],
  | 'id'
  | 'number'
  | 'label'
  | 'state'
  | 'result'
  | 'started_at'
  | 'finished_at'
  | 'queue_ms'
  | 'duration_ms'
>;

export type Pipeline = {
  provider: components['schemas']['Provider'];
  source: string | null;
  project: string | null;
  pipeline: string;
  pipeline_name: string | null;
  /** The default branch, or the busiest where none is known. */
  branch: string | null;
  running: number;
  last_build_at: Time | null;
  /** Newest first, at most 30, of `branch`. */
  builds: PipelineBuild[];
};

export type Sample = {
  state: 'absent' | 'loading' | 'present' | 'removing';
  builds: number;
  events: number;
};

export interface ComingPaths {
  '/api/v1/pipelines': {
    get: {
      parameters: Query<Page & { source?: string; project?: string; q?: string }>;
      responses: Answer<200, List<Pipeline>>;
    };
  };
  '/api/v1/sample': {
    get: { responses: Answer<200, Sample> };
    post: { responses: Answer<202, Sample> };
    delete: { responses: Answer<202, Sample> };
  };
}
