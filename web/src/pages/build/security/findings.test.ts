import { describe, expect, test } from 'vitest';
import { foundIn, findingsOf, reportName } from './findings';

describe('a report of a scanner', () => {
  test('tells the heaviest findings first, and nothing of what there is none of', () => {
    const counts = { low: 7, unknown: 1, critical: 2, medium: 0, high: 3 };
    expect(findingsOf({ counts }).map(({ label, count }) => `${label} ${count}`)).toEqual([
      'Critical 2',
      'High 3',
      'Low 7',
      'Unknown 1',
    ]);
  });
  test('has each severity told apart without colour, also one of a newer server', () => {
    const counts = { dreadful: 1, info: 1, medium: 1, high: 1 };
    expect(findingsOf({ counts }).map(({ label, shape }) => [label, shape])).toEqual([
      ['High', 'failed'],
      ['Medium', 'partial'],
      ['Info', 'queued'],
      ['Dreadful', 'stopped'],
    ]);
  });
  test('of a shape that nobody knows tells no number', () => {
    expect(findingsOf({ counts: null })).toEqual([]);
  });
  test('is called by its scanner and its name, as far as they are told', () => {
    expect(reportName({ tool: 'Trivy', name: 'images' })).toBe('Trivy: images');
    expect(reportName({ tool: null, name: 'nightly' })).toBe('nightly');
    expect(reportName({ tool: 'Grype', name: null })).toBe('Grype');
    expect(reportName({ tool: null, name: null })).toBe('A report that names no scanner');
  });
});

test('the findings of all reports of a build are counted together', () => {
  expect(
    foundIn([{ counts: { high: 2, low: 1 } }, { counts: null }, { counts: { info: 4 } }]),
  ).toBe(7);
  expect(foundIn([])).toBe(0);
});
