import { describe, expect, test } from 'vitest';
import type { Step } from '$lib/api/types';
import { stepOf as step } from '$lib/builds/step.fixture';
import { treeOf } from '$lib/builds/steps';
import {
  barsOf,
  boundsOf,
  centre,
  type End,
  endOf,
  FIT,
  isFit,
  newestRunning,
  nextFailed,
  offset,
  pan,
  rowsOf,
  ticks,
  zoom,
} from './timeline';

const time = (minute: number, second = 0) =>
  `2026-02-13T10:${String(minute).padStart(2, '0')}:${String(second).padStart(2, '0')}Z`;
const ms = (minute: number, second = 0) => Date.parse(time(minute, second));
const NOW = ms(30);

const GOES_ON: End = { at: NOW, over: false };
const bars = (...steps: Step[]) => barsOf(treeOf(steps)[0] as never, GOES_ON);
const SHOWN = { attempts: false, tasks: true };
const rows = (...steps: Step[]) => rowsOf(treeOf(steps), new Set(), new Set(), SHOWN);

describe('a bar', () => {
  test('is waiting from the queue to the start, then running to the end', () => {
    expect(
      bars(step('a', { queued_at: time(0), started_at: time(1), finished_at: time(5) })),
    ).toEqual({
      wait: { from: ms(0), to: ms(1) },
      run: { from: ms(1), to: ms(5) },
      growing: false,
      untold: false,
    });
  });
  test('grows while the step runs or waits', () => {
    const running = step('a', { state: 'running', result: null, started_at: time(20) });
    expect(bars(running)).toMatchObject({ run: { from: ms(20), to: NOW }, growing: true });
    const queued = step('a', { state: 'queued', result: null, queued_at: time(29) });
    expect(bars(queued)).toMatchObject({ wait: { from: ms(29), to: NOW }, run: null });
  });
  test('ends with its build when its own end was not told', () => {
    const lost = step('a', { state: 'running', result: null, started_at: time(20) });
    expect(barsOf(treeOf([lost])[0] as never, { at: ms(24), over: true })).toEqual({
      wait: null,
      run: { from: ms(20), to: ms(24) },
      growing: false,
      untold: true,
    });
  });
  test('is a point where only the end is known, and nothing where nothing is', () => {
    expect(bars(step('a', { finished_at: time(5) })).run).toEqual({ from: ms(5), to: ms(5) });
    expect(bars(step('a'))).toEqual({ wait: null, run: null, growing: false, untold: false });
  });
  test('is never negative', () => {
    const odd = step('a', { started_at: time(5), finished_at: time(4) });
    expect(bars(odd).run).toEqual({ from: ms(5), to: ms(5) });
  });
  test('of a stage reaches over its jobs', () => {
    const stage = step('s', { kind: 'stage', started_at: time(9), finished_at: time(9) });
    const job = step('a', { parent_id: 's', started_at: time(2), finished_at: time(8) });
    expect(bars(stage, job).run).toEqual({ from: ms(2), to: ms(9) });
  });
});

describe('the time that is shown', () => {
  const build = { queued_at: time(0), started_at: time(1), finished_at: time(10) };
  test('reaches from the queue to the last end', () => {
    const late = rows(step('a', { started_at: time(2), finished_at: time(12) }));
    expect(boundsOf(build, late, { at: ms(10), over: true })).toEqual({
      from: ms(0),
      to: ms(12),
    });
  });
  test('reaches to now while the build runs', () => {
    expect(boundsOf({ ...build, finished_at: null }, [], GOES_ON).to).toBe(NOW);
  });
  test('of a build that is over ends with it, or with the last that is known', () => {
    const lost = step('a', { state: 'running', started_at: time(2) });
    const ended = step('b', { started_at: time(2), finished_at: time(7) });
    const over = { ...build, state: 'finished' } as const;
    expect(endOf(over, [lost], NOW)).toEqual({ at: ms(10), over: true });
    expect(endOf({ ...over, finished_at: null }, [lost, ended], NOW).at).toBe(ms(7));
    expect(boundsOf(build, rows(lost), endOf(over, [lost], NOW)).to).toBe(ms(10));
    expect(endOf({ ...over, state: 'running' }, [lost], NOW)).toEqual(GOES_ON);
  });
  test('is a second at least', () => {
    const none = { queued_at: null, started_at: null, finished_at: null };
    expect(boundsOf(none, [], GOES_ON)).toEqual({ from: NOW, to: NOW + 1_000 });
  });
});

describe('zoom', () => {
  test('keeps the point it is about where it is', () => {
    const closer = zoom(FIT, 2, 0.25);
    expect(closer).toEqual({ from: 0.125, to: 0.625 });
  });
  test('can bring a step to the middle', () => {
    expect(centre(FIT, 2, 0.5)).toEqual({ from: 0.25, to: 0.75 });
    expect(centre(FIT, 2, 0.95)).toEqual({ from: 0.5, to: 1 });
  });
  test('ends at the whole and at the closest', () => {
    expect(isFit(zoom({ from: 0.2, to: 0.6 }, 0.1))).toBe(true);
    let view = FIT;
    for (let times = 0; times < 40; times += 1) view = zoom(view, 2);
    expect(view.to - view.from).toBeCloseTo(1 / 512);
  });
  test('never leaves the ends', () => {
    expect(pan({ from: 0.4, to: 0.6 }, -9)).toEqual({ from: 0, to: expect.closeTo(0.2) });
    expect(pan({ from: 0.4, to: 0.6 }, 9).to).toBeCloseTo(1);
  });
});

describe('ticks', () => {
  test('stand at round times, no more than have room', () => {
    expect(ticks({ from: ms(0), to: ms(8) }, ms(0), 8).map(({ label }) => label)).toEqual([
      ...['0', '1 m', '2 m', '3 m', '4 m', '5 m', '6 m', '7 m', '8 m'],
    ]);
    expect(ticks({ from: ms(0), to: ms(8) }, ms(0), 4).map(({ label }) => label)).toEqual([
      ...['0', '2 m', '4 m', '6 m', '8 m'],
    ]);
  });
  test('are named in the words of their length', () => {
    expect([500, 90_000, 4_500_000, 200 * 3_600_000, -30_000].map(offset)).toEqual([
      ...['0.5 s', '1 m 30 s', '1 h 15 m', '8 d 8 h', '−30 s'],
    ]);
  });
});

describe('rows', () => {
  const tree = treeOf([
    step('s', { kind: 'stage', result: 'failure' }),
    step('a', { parent_id: 's', result: 'failure' }),
    step('b', { parent_id: 's' }),
    step('c', { result: 'unstable' }),
  ]);
  const all = rowsOf(tree, new Set(), new Set(), SHOWN);
  const ids = (list: typeof all) => list.map(({ node }) => node.step.id);

  test('leave out what is shut, and earlier attempts until they are asked for', () => {
    expect(ids(all)).toEqual(['s', 'a', 'b', 'c']);
    expect(ids(rowsOf(tree, new Set(['s']), new Set(), SHOWN))).toEqual(['s', 'c']);
    expect(ids(rowsOf(tree, new Set(), new Set(['a']), SHOWN))).toEqual(['s', 'b', 'c']);
    expect(ids(rowsOf(tree, new Set(), new Set(['a']), { ...SHOWN, attempts: true }))).toEqual([
      's',
      'a',
      'b',
      'c',
    ]);
  });
  test('leave out tasks; then the job is what failed or runs', () => {
    const parts = treeOf([
      step('job', { result: 'failure', started_at: time(0) }),
      step('task', { kind: 'task', parent_id: 'job', result: 'failure' }),
      step('live', { state: 'running', result: null, started_at: time(1) }),
      step('now', { kind: 'task', parent_id: 'live', state: 'running', result: null }),
    ]);
    const without = rowsOf(parts, new Set(), new Set(), { ...SHOWN, tasks: false });
    expect(ids(without)).toEqual(['job', 'live']);
    expect(without.map(({ foldable }) => foldable)).toEqual([false, false]);
    expect(nextFailed(without, null, 1)?.node.step.id).toBe('job');
    expect(newestRunning(without)?.node.step.id).toBe('live');
  });
  test('are those that are called so, with the way there and what is in them, shut or not', () => {
    const parts = treeOf([
      step('test', { kind: 'stage' }),
      step('linux', { parent_id: 'test' }),
      step('unit', { kind: 'task', parent_id: 'linux' }),
      step('mac', { parent_id: 'test' }),
      step('lint'),
    ]);
    const found = (find: string, tasks = true) =>
      ids(rowsOf(parts, new Set(['test']), new Set(), { ...SHOWN, tasks }, find));
    expect(found('UNIT')).toEqual(['test', 'linux', 'unit']);
    expect(found('linux')).toEqual(['test', 'linux', 'unit']);
    expect(found('unit', false)).toEqual([]);
    expect(found('nobody')).toEqual([]);
    expect(found('  ').toSorted()).toEqual(['lint', 'test']);
  });
  test('are walked from failure to failure, the innermost, going round', () => {
    const next = (id: string | null, by: 1 | -1 = 1) => nextFailed(all, id, by)?.node.step.id;
    expect(next(null)).toBe('a');
    expect(next('a')).toBe('c');
    expect(next('c')).toBe('a');
    expect(next(null, -1)).toBe('c');
    expect(nextFailed([], null, 1)).toBeNull();
  });
  test('the newest that runs is what a follower wants to see', () => {
    const running = { state: 'running', result: null } as const;
    const list = rows(
      step('a', { ...running, started_at: time(1) }),
      step('b', { ...running, started_at: time(3) }),
      step('c', { started_at: time(4) }),
    );
    expect(newestRunning(list)?.node.step.id).toBe('b');
  });
});
