import { describe, expect, test } from 'vitest';
import type { Why } from '$lib/api/types';
import { stepOf } from '$lib/builds/step.fixture';
import { isTelling, kindOf, logHrefOf } from './why';

const job = stepOf('job:a', { log_id: 'log-a' });
const task = stepOf('task:a', { kind: 'task', parent_id: 'job:a' });
const other = stepOf('job:b', { log_id: 'log-b' });
const steps = [job, task, other];
const failures = [{ step: task, name: 'a', path: [] }];
const why: Why = {
  failed_steps: 1,
  sentence: null,
  items: [
    {
      kind: 'timeout',
      sentence: 'too long',
      step_id: 'job:a',
      log_id: null,
      line: null,
      lines: [],
    },
    { kind: 'lint', sentence: 'x', step_id: 'task:a', log_id: 'log-a', line: 7, lines: [] },
  ],
};

describe('the log that one key leads to', () => {
  test('opens at the line that says why', () => {
    expect(logHrefOf('b1', null, why, failures, steps)).toBe('/builds/b1/logs/log-a#L7');
  });
  test('is that of the step which is shown', () => {
    expect(logHrefOf('b1', other, why, failures, steps)).toBe('/builds/b1/logs/job%3Ab');
    expect(logHrefOf('b1', task, why, failures, steps)).toBe('/builds/b1/logs/log-a#L7');
  });
  test('without a reason is that of what failed, of a task its job’s', () => {
    expect(logHrefOf('b1', null, undefined, failures, steps)).toBe('/builds/b1/logs/job%3Aa');
    expect(logHrefOf('b1', null, undefined, [], steps)).toBeNull();
  });
});

test('a kind that is not known is shown as it is', () => {
  expect([kindOf('compile_error'), kindOf('solar_flare')]).toEqual(['Compiler', 'Solar flare']);
});

test('what only says that a step failed tells nothing new', () => {
  const [item] = why.items;
  const of = (kind: string, lines: { n: number; text: string }[] = []) =>
    isTelling({ failed_steps: 1, sentence: null, items: item ? [{ ...item, kind, lines }] : [] });
  expect([of('unknown'), of('timeout'), of('unknown', [{ n: 1, text: 'x' }])]).toEqual([
    ...[false, true, true],
  ]);
  expect(isTelling(undefined)).toBe(false);
});
