/**
 * Routes that docs/openapi.json does not describe yet, in the shape of the generated types. When it
 * does, delete the route here; when none is left, delete the file (client.ts then reads `paths` alone).
 */

type Json<Body> = { headers: Record<string, unknown>; content: { 'application/json': Body } };
type Answer<Code extends number, Body> = { [C in Code]: Json<Body> };

export type Sample = {
  state: 'absent' | 'loading' | 'present' | 'removing';
  builds: number;
  events: number;
};

export interface ComingPaths {
  '/api/v1/sample': {
    get: { responses: Answer<200, Sample> };
    post: { responses: Answer<202, Sample> };
    delete: { responses: Answer<202, Sample> };
  };
}
