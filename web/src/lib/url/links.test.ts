import { expect, test } from 'vitest';
import { links, safeNext } from './links';

test('a subject key keeps its slashes and hides what would end a path', () => {
  expect(links.subject('azure_devops:contoso/web?#1')).toBe(
    '/subjects/azure_devops%3Acontoso/web%3F%231',
  );
});

test('a filter that is not set leaves no trace in a link', () => {
  expect(links.builds({ branch: 'main', q: '' })).toBe('/builds?branch=main');
});

test.each([
  [null, '/'],
  ['/builds?result=failure', '/builds?result=failure'],
  ['//evil.example/', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example/', '/'],
  ['/signin?next=/signin', '/'],
])('after signing in, %s leads to %s', (next, to) => expect(safeNext(next)).toBe(to));
