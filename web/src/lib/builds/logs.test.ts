import { describe, expect, test } from 'vitest';
import { logOf, partOf } from './logs';
import { stepOf } from './step.fixture';

const LOG = '0b9f6f0e-6c0a-5c1d-9a3b-0123456789ab';
const steps = [
  stepOf('stage:test', { kind: 'stage', name: 'Test' }),
  stepOf('task:unit', {
    kind: 'task',
    name: 'unit',
    parent_id: 'job:linux',
    log_id: LOG,
    log_from: 40,
    log_lines: 10,
  }),
  stepOf('job:linux', { name: 'linux', parent_id: 'stage:test', log_id: LOG, log_lines: 90 }),
];

describe('the log that an address means', () => {
  test('is known by its id before anything else is', () => {
    expect(logOf(LOG, [])).toEqual({ id: LOG, step: null, name: null, of: null });
  });
  test('has the name of the job that wrote it, not of one of its tasks', () => {
    expect(logOf(LOG, steps)).toMatchObject({ name: 'Test / linux', of: null });
  });
  test('of a task is a part of that of its job', () => {
    expect(logOf('task:unit', steps)).toMatchObject({
      id: LOG,
      name: 'linux / unit',
      of: { from: 40, to: 49 },
    });
  });
  test('is none of a step without, and none of what is no step', () => {
    expect(logOf('stage:test', steps)).toMatchObject({ id: null, name: 'Test' });
    expect(logOf('job:other', steps)).toEqual({ id: null, step: null, name: null, of: null });
  });
  test('of a job is the whole, though it is told where it begins', () => {
    expect(partOf(stepOf('job:x', { log_from: 1, log_lines: 9 }))).toBeNull();
  });
});
