/** Which log is meant, and by which step it was written. Pure. */
import type { Step } from '$lib/api/types';
import { plainName } from './steps';

export type Meant = {
  /** Of the log; `null` when there is none, or it is not known yet. */
  id: string | null;
  step: Step | null;
  name: string | null;
  /** The step's part of the log; `null`: all of it. */
  of: { from: number; to: number } | null;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A task writes into the log of its job: its part begins and ends somewhere in there. */
export function partOf(step: Pick<Step, 'kind' | 'log_from' | 'log_lines'>): Meant['of'] {
  if (step.kind !== 'task' || step.log_from === null || !step.log_lines) return null;
  return { from: step.log_from, to: step.log_from + step.log_lines - 1 };
}

const named = (step: Step, steps: readonly Step[]): string => {
  const parent = steps.find(({ id }) => id === step.parent_id);
  const own = plainName(step.name);
  return parent ? `${plainName(parent.name)} / ${own}` : own;
};

/** `key` is the id of a log, or of a step; a log's id is enough while the steps are not known. */
export function logOf(key: string, steps: readonly Step[]): Meant {
  const step = steps.find(({ id }) => id === key);
  if (step) return { id: step.log_id, step, name: named(step, steps), of: partOf(step) };
  if (!UUID.test(key)) return { id: null, step: null, name: null, of: null };
  const writers = steps.filter(({ log_id }) => log_id === key);
  // Of a job and its tasks, the job: the log is its own.
  const writer = writers.find(({ kind }) => kind !== 'task') ?? writers[0] ?? null;
  return { id: key, step: writer, name: writer && named(writer, steps), of: null };
}
