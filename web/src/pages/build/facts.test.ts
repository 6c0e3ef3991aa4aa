import { describe, expect, test } from 'vitest';
import type { Fact } from '$lib/api/types';
import { aboutOf, fromOf, resultFromOf, saidOf, valueText } from './facts';

const fact = (entry_id: number, says: Fact['says'], applied = true): Fact => ({
  at: null,
  provider_at: null,
  from: { entry_id },
  says,
  applied,
  why: '',
});
const job = { key: 'job:1', kind: 'job', name: ':package: Build', attempt: 2 };

describe('a fact', () => {
  test('is about a step or the build', () => {
    expect(aboutOf(fact(1, job))).toBe('Job Build, attempt 2');
    expect(aboutOf(fact(1, { phase: 'running' }))).toBe('Build');
  });
  test('says first what tells most, and does not repeat what it is about', () => {
    expect(saidOf(fact(1, { ...job, agent: 'vm-07', state: 'running' }))).toEqual([
      { name: 'state', value: 'running' },
      { name: 'agent', value: 'vm-07' },
    ]);
  });
  test('says objects by their name', () => {
    expect(valueText({ key: '51', name: 'mobile-app' })).toBe('mobile-app');
    expect(valueText({ at: 'x', result: 'failure' })).toBe('failure');
    expect(valueText({ number: 7 })).toBe('{"number":7}');
    expect(valueText(7)).toBe('7');
  });
});

describe('where something is known from', () => {
  test('the end of a step is told by the event that counts', () => {
    const facts = [
      fact(1, { ...job, state: 'running' }),
      fact(2, { ...job, result: 'failure' }),
      fact(3, { ...job, result: 'failure' }, false),
      fact(4, { ...job, attempt: 1, result: 'failure' }),
    ];
    expect(fromOf({ id: 'job:1#2', attempt: 2 }, facts)).toEqual({ entry_id: 2 });
    expect(fromOf({ id: 'job:1', attempt: 1 }, facts)).toEqual({ entry_id: 4 });
    expect(fromOf({ id: 'job:9', attempt: 1 }, facts)).toBeNull();
  });
  test('or by what the provider answered', () => {
    const asked = {
      ...fact(1, { ...job, result: 'failure' }),
      from: { api_call: 'GET /timeline' },
    };
    expect(fromOf({ id: 'job:1#2', attempt: 2 }, [asked])).toEqual({ api_call: 'GET /timeline' });
  });
  test('the result of the build is told by its completion', () => {
    const facts = [
      fact(5, { completion: { result: 'failure' } }),
      fact(6, { completion: { result: 'failure' } }, false),
      fact(7, { phase: 'running' }),
    ];
    expect(resultFromOf(facts)).toEqual({ entry_id: 5 });
    expect(resultFromOf([])).toBeNull();
  });
});
