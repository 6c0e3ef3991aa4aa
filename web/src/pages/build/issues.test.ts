import { describe, expect, test } from 'vitest';
import { stepOf } from '$lib/builds/step.fixture';
import { countOf, type Issue, issuesOf } from './issues';

const error = (message: string, line: number | null = null): Issue => ({
  kind: 'error',
  message,
  line,
});

describe('issues', () => {
  test('stand by the step they are of, with the way to it', () => {
    const groups = issuesOf([
      stepOf('job', { name: 'linux', issues: [error('exit code 1')] }),
      stepOf('task', {
        kind: 'task',
        name: 'unit',
        parent_id: 'job',
        log_id: 'log',
        log_from: 40,
        issues: [error('no such file', 42), { ...error('old'), kind: 'warning' }],
      }),
      stepOf('calm'),
    ]);
    expect(groups.map(({ name, path }) => [...path, name])).toEqual([['linux'], ['linux', 'unit']]);
    expect(groups[1]?.complaints.map(({ line }) => line)).toEqual([42, null]);
    expect([countOf(groups, 'error'), countOf(groups, 'warning')]).toEqual([2, 1]);
  });
  test('that a task says already are not said again by its job', () => {
    const groups = issuesOf([
      stepOf('job', { issues: [error('boom')] }),
      stepOf('task', { kind: 'task', parent_id: 'job', issues: [error('boom')] }),
    ]);
    expect(groups.map(({ step }) => step.id)).toEqual(['task']);
  });
  test('lead to lines only where there is a log', () => {
    expect(issuesOf([stepOf('a', { issues: [error('x', 3)] })])[0]?.complaints[0]?.line).toBeNull();
  });
});
