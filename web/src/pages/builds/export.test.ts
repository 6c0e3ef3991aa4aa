import { expect, test } from 'vitest';
import { buildOf } from '$lib/builds/build.fixture';
import { csv, json } from './export';

const build = buildOf('b1', {
  provider: 'buildkite',
  source: null,
  project: null,
  pipeline: 'web',
  number: 7,
  message: 'Say "hi",\nthen go',
  requested_by: '=HYPERLINK("x")',
});

test('a row holds what was loaded, quoted where it must be, and nothing a spreadsheet would run', () => {
  const [head, ...rest] = csv([build]).split('\r\n');
  expect(head?.split(',').slice(0, 6)).toEqual([
    ...['id', 'provider', 'source', 'project', 'pipeline', 'number'],
  ]);
  expect(rest.join('\r\n')).toContain('b1,buildkite,,,web,7,');
  expect(rest.join('\r\n')).toContain('"Say ""hi"",\nthen go","\'=HYPERLINK(""x"")"');
});

test('as JSON they are what the API gave', () => {
  expect(JSON.parse(json([build]))).toEqual([build]);
});
