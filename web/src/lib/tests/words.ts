/** How tests and what became of them are called. Pure. */
import type { TestResult, TestStatus } from '$lib/api/types';
import { markdownOf } from '$lib/log/pieces';
import { plainOf } from './terminal';

/** What tells one test of a pipeline from the others. */
export type TestName = Pick<TestResult, 'suite' | 'class' | 'name' | 'variant'>;
export type Outcome = 'passed' | 'failed' | 'retried' | 'skipped';

/** As filters have them. */
export const OUTCOMES = ['failed', 'errored', 'skipped', 'passed'] as const satisfies TestStatus[];

export const isFailing = (status: TestStatus): boolean =>
  status === 'failed' || status === 'errored';

/** What a run counts as, where only that it passed after it failed is more than its status. */
export function outcomeOf({ status, is_retried }: Pick<TestResult, 'status' | 'is_retried'>) {
  if (status === 'passed' && is_retried) return 'retried' satisfies Outcome;
  return (status === 'errored' ? 'failed' : status) satisfies Outcome;
}

/** Where the test stands, without what its own name says already. */
export function placeOf(test: TestName): string {
  const places = [test.suite, test.class].filter(
    (place): place is string => Boolean(place) && place !== test.name,
  );
  // Many writers name the suite after its class.
  const [suite, within] = places;
  if (suite && within && (suite === within || within.startsWith(`${suite}.`))) return within;
  return places.join(' › ');
}

/** `com.acme.shop.PayTest.retries`: what a test is found by elsewhere. */
export const fullName = (test: TestName): string => {
  const place = test.class || test.suite;
  return place && !test.name.startsWith(place) ? `${place}.${test.name}` : test.name;
};

/** For an issue or a chat: the test, what it said, and where that is shown. */
export function testMarkdown(
  test: TestName & { message?: string | null; stack?: string | null },
  href: string,
): string {
  const said = [test.message, test.stack].filter(Boolean).join('\n');
  const title = fullName(test) + (test.variant ? ` (${test.variant})` : '');
  return said
    ? markdownOf(title, href, plainOf(said))
    : `[${title.replace(/[[\]]/g, '\\$&')}](${href})`;
}

const GIST_READ = 2_000;

/** The first line of what a test said that says something. */
export function gistOf(text: string | null): string {
  const lines = plainOf((text ?? '').slice(0, GIST_READ)).split('\n');
  return (lines.find((line) => line.trim() !== '') ?? '').trim();
}

/** The stack without the message, which some runners repeat at its head. */
export const stackOf = ({
  message,
  stack,
}: Pick<TestResult, 'message' | 'stack'>): string | null =>
  message && stack?.startsWith(message) ? stack.slice(message.length).trim() || null : stack;
