import { expect, test } from 'vitest';
import { fuzzy, fuzzyBest, fuzzyWords } from './fuzzy';
import { glossary, whyFound } from './glossary';

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
    .sort((a, b) => (b.score?.score ?? 0) - (a.score?.score ?? 0));
  expect(found[0]?.word.ours).toBe(ours);
});

test('words may be found in several names of a thing, in any order', () => {
  const people = ['People', 'Settings', 'user', 'invite'];
  expect(fuzzyWords('settings people', people)?.text).toBe('People');
  expect(fuzzyWords('settings people', ['Settings', 'theme'])).toBeNull();
  // As one text it fits better than in pieces.
  expect(fuzzyWords('work item', ['work item', 'item', 'work'])?.text).toBe('work item');
});

test('who comes by another word is told ours', () => {
  expect(whyFound('job')).toBe('job: Pipeline. What is built again and again.');
  expect(whyFound('stage')).toBe('Stage. A part of a build that holds jobs.');
  expect(whyFound('invite')).toBe('invite');
});
