import { describe, expect, test } from 'vitest';
import type { Step } from '$lib/api/types';
import { stepOf } from '$lib/builds/step.fixture';
import { earlierAttempts, treeOf } from '$lib/builds/steps';
import { criticalPath } from './critical';
import { ghostsOf } from './ghosts';

const BEGIN = Date.parse('2026-02-13T10:00:00Z');
const at = (second: number) => new Date(BEGIN + second * 1_000).toISOString();
const job = (id: string, from: number, to: number, wish: Partial<Step> = {}) =>
  stepOf(id, { started_at: at(from), finished_at: at(to), ...wish });
const path = (...steps: Step[]) =>
  criticalPath(treeOf(steps), earlierAttempts(steps), BEGIN, {
    at: BEGIN + 1_000_000,
    over: true,
  });
const said = (...steps: Step[]) =>
  path(...steps).map(({ step, gap }) => [step.id, gap ? (gap.to - gap.from) / 1_000 : 0]);

describe('the critical path', () => {
  test('goes back from the last job to what each one waited for, with the gaps between', () => {
    expect(said(job('a', 10, 60), job('b', 10, 40), job('c', 65, 90), job('d', 62, 80))).toEqual([
      ['a', 10],
      ['c', 5],
    ]);
  });
  test('forgives clocks that differ by a second', () => {
    expect(said(job('a', 0, 60.8), job('b', 60, 90))).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
  });
  test('does not go through what ended while a job waited for an agent already', () => {
    expect(said(job('a', 0, 20), job('b', 0, 50), job('c', 60, 90, { queued_at: at(20) }))).toEqual(
      [
        ['a', 0],
        ['c', 40],
      ],
    );
  });
  test('does not go through a later stage', () => {
    const steps = [
      stepOf('stage:1', { kind: 'stage', order: 1 }),
      stepOf('stage:2', { kind: 'stage', order: 2 }),
      job('slow', 50, 100, { parent_id: 'stage:1' }),
      job('first', 0, 30, { parent_id: 'stage:1' }),
      job('other', 0, 45, { parent_id: 'stage:2' }),
    ];
    expect(said(...steps)).toEqual([
      ['first', 0],
      ['slow', 20],
    ]);
  });
  test('is of jobs and gates, not of tasks, nor of attempts that were tried again', () => {
    const steps = [
      job('job', 0, 20, { attempt: 1 }),
      job('job#2', 30, 60, { attempt: 2 }),
      job('task', 30, 59, { kind: 'task', parent_id: 'job#2' }),
      job('gate', 60, 200, { kind: 'gate' }),
      job('deploy', 200, 210),
    ];
    expect(said(...steps)).toEqual([
      ['job#2', 30],
      ['gate', 0],
      ['deploy', 0],
    ]);
  });
  test('tells how much of each job nothing else ran beside', () => {
    // The example everybody gives: 100 beside 80 could save 20.
    expect(path(job('a', 0, 100), job('b', 0, 80)).map(({ alone }) => alone)).toEqual([20_000]);
  });
  test('is empty without times, and ends with any', () => {
    expect(path(stepOf('a'))).toEqual([]);
    expect(said(...Array.from({ length: 3 }, (_, n) => job(`j${n}`, 0, 10)))).toHaveLength(1);
    expect(path(...Array.from({ length: 5_000 }, (_, n) => job(`j${n}`, n, n + 1)))).toHaveLength(
      5_000,
    );
  });
});

describe('the last green build behind this one', () => {
  const build = { queued_at: at(0), started_at: at(0), finished_at: at(90) };
  const green = { queued_at: null, started_at: at(-1_000), finished_at: at(-900) };
  const ghosts = (mine: Step[], theirs: Step[]) =>
    [...ghostsOf(build, treeOf(mine), earlierAttempts(mine), green, theirs)].map(
      ([id, { from, to }]) => [id, (from - BEGIN) / 1_000, (to - BEGIN) / 1_000],
    );
  test('has the same steps by their names, both beginning together', () => {
    expect(
      ghosts(
        [
          stepOf('s', { kind: 'stage', name: 'Test' }),
          job('1', 0, 9, { name: 'x', parent_id: 's' }),
        ],
        [
          stepOf('t', { kind: 'stage', name: 'Test' }),
          job('2', -990, -950, { name: 'x', parent_id: 't' }),
          job('3', -990, -950, { name: 'gone', parent_id: 't' }),
        ],
      ),
    ).toEqual([
      ['s', 10, 50],
      ['1', 10, 50],
    ]);
  });
  test('tells steps of one name apart by their order, and counts last attempts', () => {
    expect(
      ghosts(
        [job('1', 0, 9, { name: 'x' }), job('2', 5, 9, { name: 'x' })],
        [
          job('3', -1_000, -999, { name: 'x' }),
          job('3#2', -999, -980, { name: 'x', attempt: 2 }),
          job('4', -990, -970, { name: 'x' }),
        ],
      ),
    ).toEqual([
      ['1', 1, 20],
      ['2', 10, 30],
    ]);
  });
  test('is none where a begin is not known', () => {
    expect(
      ghostsOf({ ...build, queued_at: null, started_at: null }, [], new Set(), green, []).size,
    ).toBe(0);
  });
});
