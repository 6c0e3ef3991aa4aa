import { expect, test } from 'vitest';
import { change, flag, maybe, number, oneOf, readAll, text } from './params';

const spec = {
  q: text(),
  result: maybe(['success', 'failure']),
  sort: oneOf(['newest', 'oldest'], 'newest'),
  mine: flag(),
  page: number(1),
};

test('an empty address holds what each parameter falls back to', () => {
  expect(readAll(spec, '')).toEqual({ q: '', result: '', sort: 'newest', mine: false, page: 1 });
});

test('what cannot be read is as if it were not there', () => {
  expect(readAll(spec, '?result=exploded&sort=sideways&mine=yes&page=x')).toEqual({
    q: '',
    result: '',
    sort: 'newest',
    mine: false,
    page: 1,
  });
});

test('a value written is the value read', () => {
  const search = change(spec, '', { q: 'a b&c', result: 'failure', mine: true, page: 3 });
  expect(readAll(spec, search)).toEqual({
    q: 'a b&c',
    result: 'failure',
    sort: 'newest',
    mine: true,
    page: 3,
  });
});

test('a value that is the fallback leaves the address, and foreign parameters stay', () => {
  expect(change(spec, '?q=x&tab=facts', { q: '' })).toBe('?tab=facts');
});
