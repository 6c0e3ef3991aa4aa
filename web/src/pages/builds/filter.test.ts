import { describe, expect, test } from 'vitest';
import { readAll } from '$lib/url/params';
import {
  filterParams,
  NO_FILTER,
  parse,
  partsOf,
  queryOf,
  repeated,
  strangers,
  tabOf,
} from './filter';

describe('what is typed', () => {
  test('becomes parts of the filter, and the rest is searched for', () => {
    expect(parse('result:failure branch:main retry payment')).toEqual({
      result: 'failure',
      branch: 'main',
      q: 'retry payment',
    });
  });
  test('may use the words of people', () => {
    expect(parse('result:failed')).toMatchObject({ result: 'failure' });
    expect(parse('is:running')).toMatchObject({ state: 'running' });
    expect(parse('is:green')).toMatchObject({ result: 'success' });
    expect(parse('is:default')).toMatchObject({ on: 'default' });
    expect(parse('provider:Azure')).toMatchObject({ provider: 'azure_devops' });
  });
  test('may hold spaces in quotes', () => {
    expect(parse('pipeline:"Design system" x')).toEqual({ pipeline: 'Design system', q: 'x' });
  });
  test('is searched for as it is where nothing is known by that name', () => {
    expect(parse('fix: the result:purple')).toEqual({ q: 'fix: the result:purple' });
  });
  test('says how long ago by two names', () => {
    expect(parse('t:14d')).toEqual({ since: '14d', q: '' });
    expect(parse('since:14d')).toEqual({ since: '14d', q: '' });
  });
  test('is told apart where it only looks like a part of the filter', () => {
    expect(strangers('author:ada fix: the result:purple')).toEqual(['author:ada', 'result:purple']);
    expect(strangers('see https://example.com at 10:30')).toEqual([]);
  });
});

describe('the filter', () => {
  test('is a quick tab as long as it is no finer', () => {
    expect(tabOf(NO_FILTER)).toBe('all');
    expect(tabOf({ ...NO_FILTER, result: 'failure', branch: 'main' })).toBe('failed');
    expect(tabOf({ ...NO_FILTER, on: 'default' })).toBe('default');
    expect(tabOf({ ...NO_FILTER, result: 'aborted' })).toBe('');
  });
  test('is read from an address in the words of people, and is not lost where they are unknown', () => {
    const read = (search: string) => readAll(filterParams, search);
    const found = { result: 'failure', state: 'waiting' };
    expect(read('?result=failed&state=blocked')).toMatchObject(found);
    expect(read('?result=nonsense')).toMatchObject({ result: 'nonsense' });
  });
  test('knows what an address asks for twice', () => {
    expect(repeated('?pipeline=a&pipeline=b&peek=1&peek=2')).toEqual([['pipeline', 'b']]);
    expect(repeated('?pipeline=a&branch=b')).toEqual([]);
  });
  test('goes to the server with its times counted from now', () => {
    const now = Date.parse('2026-02-13T12:00:30Z');
    expect(queryOf({ ...NO_FILTER, since: '2h', on: 'default' }, now)).toEqual({
      q: '',
      state: '',
      result: '',
      branch: '',
      pipeline: '',
      project: '',
      source: '',
      provider: '',
      since: '2026-02-13T10:00:00.000Z',
      until: '',
    });
  });
  test('names what narrows', () => {
    expect(partsOf({ ...NO_FILTER, q: 'x', branch: 'main' })).toEqual([
      ['q', 'x'],
      ['branch', 'main'],
    ]);
  });
});
