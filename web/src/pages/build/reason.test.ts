import { expect, test } from 'vitest';
import { reasonWords } from './reason';

test.each([
  ['pullRequest', 'pull request'],
  ['batchedCI', 'batched CI'],
  ['individualCI', 'individual CI'],
  ['buildCompletion', 'build completion'],
  ['trigger_job', 'trigger job'],
  ['webhook', 'webhook'],
])('%s is said as %s', (reason, words) => expect(reasonWords(reason)).toBe(words));
