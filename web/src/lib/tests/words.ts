/** How tests and what became of them are called. Pure. */
import type {
  RunOutcome,
  TestCase,
  TestHealth,
  TestResult,
  TestRun,
  TestStatus,
} from '$lib/api/types';
import { count, duration, plural } from '$lib/format/format';
import { markdownOf } from '$lib/log/pieces';
import { plainOf } from '$lib/log/terminal';
import { links } from '$lib/url/links';

/** What tells one test of a pipeline from the others. */
export type TestName = Pick<TestResult, 'suite' | 'class' | 'name' | 'variant'>;

/** Heaviest first, as lists of tests have them. */
export const HEALTHS = ['broken', 'flaky', 'watching', 'healthy'] as const satisfies TestHealth[];
/** As filters of results have them. */
export const OUTCOMES = ['failed', 'errored', 'skipped', 'passed'] as const satisfies TestStatus[];

export const isFailing = (status: TestStatus): boolean =>
  status === 'failed' || status === 'errored';

/** `2 failed, 1 skipped, 637 passed`: of what there is any. */
export const totalsWords = (totals: Record<(typeof OUTCOMES)[number], number>): string =>
  OUTCOMES.filter((outcome) => totals[outcome] > 0)
    .map((outcome) => `${count(totals[outcome])} ${outcome}`)
    .join(', ');

/** The way to a run in its build: one that failed stands at the top, another one is found by its name. */
export const runHref = ({ build, status }: TestRun, caseId: string, name: string): string =>
  links.buildTest(build.id, caseId, isFailing(status) ? '' : name);

/** What a run counts as, where only that it passed after it failed is more than its status. */
export function outcomeOf({
  status,
  is_retried,
}: Pick<TestResult, 'status' | 'is_retried'>): RunOutcome {
  if (status === 'passed' && is_retried) return 'retried';
  return status === 'errored' ? 'failed' : status;
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

type Rate = TestCase['rate'];

/** One digit behind the point where it says something. */
const percent = (value: number): string =>
  `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)}`;

const isThin = ({ considered, wanted }: Rate): boolean => considered < wanted;

/** `3/24 fail`: of all its runs. */
export const failedWords = ({ failed, runs }: Pick<TestCase, 'failed' | 'runs'>): string =>
  runs === 0 ? 'no runs' : `${count(failed)}/${count(runs)} fail`;

/**
 * `rate 7/20: 18–57 %`: of those runs that say something about it, never a percentage without what it is of.
 * Failures in a row are one breakage, and no rate.
 */
export const rateWords = (rate: Rate): string =>
  isThin(rate)
    ? `rate not known: ${count(rate.considered)} of ${plural(rate.wanted, 'run')}`
    : `rate ${count(rate.failed)}/${count(rate.considered)}: ${percent(rate.low)}–${percent(rate.high)} %`;

/** `+1.2 s (▲40 %)`: what changed from one length to another; empty where that is not known. */
export function changeWords(before: number | null, now: number | null): string {
  if (before === null || now === null) return '';
  const by = now - before;
  if (by === 0) return '';
  const length = `${by < 0 ? '−' : '+'}${duration(Math.abs(by))}`;
  const part = before > 0 ? Math.round((by / before) * 100) : 0;
  return part === 0 ? length : `${length} (${part > 0 ? '▲' : '▼'}${Math.abs(part)} %)`;
}

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

/** The stack without the message, which some runners repeat at its head, and what else ends its line there. */
export const stackOf = ({
  message,
  stack,
}: Pick<TestResult, 'message' | 'stack'>): string | null =>
  message && stack?.startsWith(message)
    ? stack
        .slice(message.length)
        .replace(/^[^\w\n]*\n/, '')
        .trim() || null
    : stack;
