import { expect, test } from 'vitest';
import {
  goesOn,
  inForce,
  Matcher,
  pressesOf,
  SEQUENCE_MS,
  type Press,
  type Shortcut,
} from './matcher';

const shortcut = (keys: string, always = false): Shortcut => ({
  keys,
  label: keys,
  group: 'Test',
  run: () => undefined,
  always,
});
const all = ['d', 'g h', 'g b', 'b', '?'].map((keys) => shortcut(keys));
all.push(shortcut('mod+k', true));
const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  mod: false,
  alt: false,
  shift: false,
  at: 0,
  typing: false,
  ...more,
});

function typed(matcher: Matcher, presses: Press[], singleKeys = true): (string | null)[] {
  return presses.map((one) => matcher.match(one, all, singleKeys)?.keys ?? null);
}

test('a single key runs at once', () => {
  expect(typed(new Matcher(), [press('d'), press('?')])).toEqual(['d', '?']);
});

test('two keys one after the other are a sequence, not the second key', () => {
  expect(typed(new Matcher(), [press('g'), press('b'), press('b')])).toEqual([null, 'g b', 'b']);
});

test('the first key of a sequence is forgotten after a while', () => {
  const late = press('b', { at: SEQUENCE_MS + 1 });
  expect(typed(new Matcher(), [press('g'), late])).toEqual([null, 'b']);
});

test('a key that no sequence knows stands for itself', () => {
  expect(typed(new Matcher(), [press('g'), press('d')])).toEqual([null, 'd']);
});

test('while typing only the shortcuts with a modifier work', () => {
  const presses = [press('d', { typing: true }), press('K', { mod: true, typing: true })];
  expect(typed(new Matcher(), presses)).toEqual([null, 'mod+k']);
});

test('single keys can be switched off', () => {
  expect(typed(new Matcher(), [press('d'), press('k', { mod: true })], false)).toEqual([
    null,
    'mod+k',
  ]);
});

test('Ctrl and a letter is never the letter', () => {
  expect(typed(new Matcher(), [press('d', { mod: true })])).toEqual([null]);
});

test('of equal keys the newest counts, so that a page may take one over', () => {
  const mine = { ...shortcut('d'), label: 'mine' };
  expect(new Matcher().match(press('d'), [...all, mine], true)?.label).toBe('mine');
  expect(inForce([...all, mine]).filter(({ keys }) => keys === 'd')).toEqual([mine]);
});

test('with Shift or another modifier it is another shortcut', () => {
  const presses = [
    press('K', { mod: true, shift: true }),
    press('k', { mod: true, alt: true }),
    // Ctrl K on a Mac deletes to the end of the line.
    press('k', { alt: true, typing: true }),
    press('d', { alt: true }),
  ];
  expect(typed(new Matcher(), presses)).toEqual([null, null, null, null]);
});

test('held down, keys that move go on', () => {
  expect(['j', 'k', 'f', 'F', 'd', 'r', 'mod+k', 'g j'].filter(goesOn)).toEqual([
    ...['j', 'k', 'f', 'F'],
  ]);
});

test('a plus is a key, too', () => {
  expect(['mod+k', 'g h', '+', 'mod++'].map(pressesOf)).toEqual([
    [['mod', 'k']],
    [['g'], ['h']],
    [['+']],
    [['mod', '+']],
  ]);
});
