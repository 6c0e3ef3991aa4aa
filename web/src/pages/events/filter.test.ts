import { expect, test } from 'vitest';
import { NO_FILTER, parse, replayWish } from './filter';

const now = Date.parse('2026-02-13T14:30:45.123Z');

test('what is typed as name and value becomes a part of the filter, the rest is searched for', () => {
  expect(parse('status:parked type:azure:git.push lost key')).toEqual({
    status: 'parked',
    type: 'azure:git.push',
    q: 'lost key',
  });
  expect(parse('source:"contoso web" 4211')).toEqual({ source: 'contoso web', q: '4211' });
});

test('a name that is no part of the filter is searched for as it stands', () => {
  expect(parse('author:ada status:nice http://x')).toEqual({
    q: 'author:ada status:nice http://x',
  });
  expect(parse('kind:')).toEqual({ q: 'kind:' });
});

test('parked events are read again by type and time', () => {
  expect(
    replayWish({ ...NO_FILTER, status: 'parked', type: 'git.push', since: '1h' }, now),
  ).toEqual({
    status: 'parked',
    type: 'git.push',
    from: '2026-02-13T13:30:00.000Z',
  });
});

test.each(['kind', 'source', 'subject', 'channel', 'q'] as const)(
  'a filter by %s would read more than it shows, so it is not sent',
  (name) => expect(replayWish({ ...NO_FILTER, [name]: 'x' }, now)).toBeNull(),
);
