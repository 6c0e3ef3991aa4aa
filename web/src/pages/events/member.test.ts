import { expect, test } from 'vitest';
import { memberText } from './member';

test('a member is given as it was written, spaces and odd numbers included', () => {
  const body = '{ "id" : 1.50,\n  "a":[1, 2 ]}';
  expect(memberText(`{"entry_id":7,"body":${body},"facts":[]}`, 'body')).toBe(body);
});

test('what looks like the end inside a text is not the end', () => {
  const body = String.raw`{"text":"a \"quoted\" } ] \\","body":"inner"}`;
  expect(memberText(`{"headers":{"body":"not this"},"body":${body} , "path":null}`, 'body')).toBe(
    body,
  );
});

test.each([
  ['{"body":null}', 'null'],
  ['{"body": 12 }', '12'],
  [String.raw`{"body":"a\\"}`, String.raw`"a\\"`],
  ['{"other":{}}', null],
  ['{}', null],
  ['[1]', null],
])('%s gives %s', (json, wanted) => expect(memberText(json, 'body')).toBe(wanted));
