/** Facts in words: what one message said, and what became of it. Pure. */
import type { Fact, Step } from '$lib/api/types';
import { keyOf, plainName } from '$lib/builds/steps';

/** Where a fact is about a step, the members that name the step rather than tell of it. */
const NAMING = ['key', 'kind', 'name', 'parent', 'attempt'];

/** What tells most comes first. */
const FIRST = [
  'phase',
  'state',
  'completion',
  'result',
  'result_detail',
  'finished_at',
  'started_at',
];

/** An event that came, or a call by which the provider was asked. */
export type Origin = Fact['from'];

export type Said = { name: string; value: unknown };

export const isOfStep = ({ says }: Pick<Fact, 'says'>): boolean => typeof says.key === 'string';

/** `Job Compile on Linux`, `Build`. */
export function aboutOf(fact: Pick<Fact, 'says'>): string {
  if (!isOfStep(fact)) return 'Build';
  const { kind, name, attempt } = fact.says;
  const word = typeof kind === 'string' ? kind.charAt(0).toUpperCase() + kind.slice(1) : 'Step';
  const what = typeof name === 'string' ? ` ${plainName(name)}` : '';
  return word + what + (typeof attempt === 'number' && attempt > 1 ? `, attempt ${attempt}` : '');
}

export function saidOf(fact: Pick<Fact, 'says'>): Said[] {
  const rank = ({ name }: Said) => {
    const found = FIRST.indexOf(name);
    return found < 0 ? FIRST.length : found;
  };
  return Object.entries(fact.says)
    .filter(([name]) => !isOfStep(fact) || !NAMING.includes(name))
    .map(([name, value]) => ({ name, value }))
    .toSorted((a, b) => rank(a) - rank(b));
}

/** A value as a text; objects by what a person would call them. */
export function valueText(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  const { name, result, slug, key } = value as Record<string, unknown>;
  for (const word of [name, result, slug, key]) if (typeof word === 'string') return word;
  return JSON.stringify(value);
}

/** What gave a step its end, an event or an answer; else the newest that told of it and counts. */
export function fromOf(step: Pick<Step, 'id' | 'attempt'>, facts: readonly Fact[]): Origin | null {
  const key = keyOf(step);
  const mine = facts.filter(({ says }) => says.key === key && (says.attempt ?? 1) === step.attempt);
  const found =
    mine.findLast(({ applied, says }) => applied && says.result !== undefined) ??
    mine.findLast(({ says }) => says.result !== undefined) ??
    mine.findLast(({ applied }) => applied);
  return found?.from ?? null;
}

/** What gave the build its result. */
export function resultFromOf(facts: readonly Fact[]): Origin | null {
  const ended = (fact: Fact) => !isOfStep(fact) && fact.says.completion !== undefined;
  const found =
    facts.findLast((fact) => ended(fact) && fact.applied) ?? facts.findLast((fact) => ended(fact));
  return found?.from ?? null;
}
