import { describe, expect, test } from 'vitest';
import type { Step } from '$lib/api/types';
import { stepOf } from './step.fixture';
import { earlierAttempts, failuresOf, type Node, plainName, treeOf } from './steps';

const step = (id: string, wish: Partial<Step> = {}): Step =>
  stepOf(id, {
    kind: id.startsWith('stage') ? 'stage' : id.startsWith('task') ? 'task' : 'job',
    name: id.split(/[:#]/)[1] ?? id,
    attempt: Number(id.split('#')[1] ?? 1),
    ...wish,
  });
const outline = (nodes: Node[]): unknown[] =>
  nodes.map(({ name, children }) => (children.length > 0 ? [name, outline(children)] : name));

describe('the tree', () => {
  test('puts steps below their parents, in whatever order they come', () => {
    const steps = [
      step('task:run', { parent_id: 'job:linux' }),
      step('job:linux', { parent_id: 'stage:test' }),
      step('stage:test'),
    ];
    expect(outline(treeOf(steps))).toEqual([['test', [['linux', ['run']]]]]);
  });
  test('hides the stage that nobody wrote, not what is in it', () => {
    const steps = [
      step('stage:x', { name: '__default' }),
      step('job:linux', { parent_id: 'stage:x' }),
    ];
    expect(outline(treeOf(steps))).toEqual(['linux']);
  });
  test('keeps the order of the provider, else that of time', () => {
    const steps = [
      step('job:b', { order: 2, started_at: '2026-02-13T10:00:00Z' }),
      step('job:a', { order: 1, started_at: '2026-02-13T11:00:00Z' }),
    ];
    expect(outline(treeOf(steps))).toEqual(['a', 'b']);
    expect(outline(treeOf(steps.map((one) => ({ ...one, order: null }))))).toEqual(['b', 'a']);
  });
  test('shows a step whose parent is not known, and ends in a circle', () => {
    expect(outline(treeOf([step('job:a', { parent_id: 'stage:gone' })]))).toEqual(['a']);
    const circle = [step('job:a', { parent_id: 'job:b' }), step('job:b', { parent_id: 'job:a' })];
    expect(outline(treeOf(circle))).toEqual([['b', ['a']]]);
  });
});

describe('a name', () => {
  test('of a step of Buildkite is without its emoji, unless it is nothing else', () => {
    expect(plainName(':test_tube: Unit tests')).toBe('Unit tests');
    expect(plainName('Deploy :rocket: to :de:')).toBe('Deploy to');
    expect(plainName(':rocket:')).toBe(':rocket:');
    expect(plainName('at 10:30:00')).toBe('at 10:30:00');
  });
});

describe('attempts', () => {
  test('a step is an earlier attempt when it, or what it is in, was tried again', () => {
    const steps = [
      step('stage:test'),
      step('job:1', { parent_id: 'stage:test' }),
      step('stage:test#2'),
      step('job:2#2', { parent_id: 'stage:test#2' }),
    ];
    expect([...earlierAttempts(steps)]).toEqual(['stage:test', 'job:1']);
  });
});

describe('what failed', () => {
  const names = (result: 'failure' | 'unstable' | 'aborted', steps: Step[]) =>
    failuresOf({ result }, steps).map(({ path, name }) => [...path, name].join(' / '));

  test('is the innermost step, with the way to it', () => {
    const steps = [
      step('stage:test', { result: 'failure' }),
      step('job:linux', { parent_id: 'stage:test', result: 'failure' }),
      step('job:windows', { parent_id: 'stage:test' }),
      step('task:run', { parent_id: 'job:linux', result: 'failure' }),
    ];
    expect(names('failure', steps)).toEqual(['test / linux / run']);
  });
  test('is not what a later attempt mended', () => {
    const steps = [
      step('stage:test', { result: 'failure' }),
      step('stage:test#2'),
      step('stage:ship', { result: 'failure' }),
    ];
    expect(names('failure', steps)).toEqual(['ship']);
  });
  test('of an unstable build is what was unstable, else what failed and was let go', () => {
    const soft = [step('job:lint', { result: 'unstable' }), step('job:odd', { result: 'failure' })];
    expect(names('unstable', soft)).toEqual(['lint']);
    expect(names('unstable', soft.slice(1))).toEqual(['odd']);
  });
  test('may not be known', () => {
    expect(names('failure', [step('job:linux')])).toEqual([]);
    expect(names('failure', [])).toEqual([]);
  });
});
