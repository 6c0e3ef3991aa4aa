import { expect, test } from 'vitest';
import { fuzzy, fuzzyBest } from './fuzzy';
import { glossary } from './glossary';

const best = (typed: string, texts: string[]) =>
  texts
    .map((text) => ({ text, score: fuzzy(typed, text) }))
    .filter(({ score }) => score !== null)
    .sort((a, b) => (b.score as number) - (a.score as number))[0]?.text;

test('letters must come in order', () => {
  expect(fuzzy('xq', 'Sources')).toBeNull();
  expect(fuzzy('srcs', 'Sources')).not.toBeNull();
});

test('a whole piece beats scattered letters, and a beginning beats the middle', () => {
  expect(best('api', ['a pretty idea', 'shop-api'])).toBe('shop-api');
  expect(best('shop', ['workshop', 'shop-ci'])).toBe('shop-ci');
});

test('first letters of words find a name', () => {
  expect(best('sci', ['basic', 'shop-ci'])).toBe('shop-ci');
});

test.each([
  ['server', 'Source'],
  ['job', 'Pipeline'],
  ['payload', 'Entry'],
  ['work item', 'Subject'],
])('who knows it as "%s" finds %s', (typed, ours) => {
  const found = glossary
    .map((word) => ({ word, score: fuzzyBest(typed, [word.ours, ...word.also]) }))
    .filter(({ score }) => score !== null)
    .sort((a, b) => (b.score as number) - (a.score as number));
  expect(found[0]?.word.ours).toBe(ours);
});
