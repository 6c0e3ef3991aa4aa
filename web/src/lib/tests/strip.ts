/** The last runs of a test as a strip: bars by outcome, in places of their own, and what they add up to. Pure. */
import type { RunOutcome } from '$lib/api/types';

export type StripBar = {
  outcome: RunOutcome;
  /** Left out of everything: the infrastructure failed, not the test. */
  excluded: boolean;
  number: number | null;
  label: string | null;
  /** Runs of one commit have no tick between them. */
  commit?: string | null;
};

export const HEIGHT = 22;
export const BAR = 4;
export const STEP = 6;
/** Told apart without colour: what failed stands out, what was skipped lies low. */
const TALL: Record<RunOutcome, number> = { passed: 9, failed: HEIGHT, retried: 16, skipped: 3 };

const WORDS: Record<RunOutcome, string> = {
  passed: 'passed',
  failed: 'failed',
  retried: 'passed on retry',
  skipped: 'skipped',
};

/** Bars of one look as one path; of the newest first `runs` the newest stands at the right. */
export function barsOf(runs: readonly StripBar[], width: number): [look: string, path: string][] {
  const drawn = new Map<string, string>();
  for (const [index, run] of runs.slice(0, width).entries()) {
    const left = (width - 1 - index) * STEP;
    const tall = TALL[run.outcome];
    const look = run.excluded ? 'excluded' : run.outcome;
    drawn.set(look, `${drawn.get(look) ?? ''}M${left} ${HEIGHT}v${-tall}h${BAR}v${tall}z`);
  }
  return [...drawn];
}

/** Where a commit begins that the run before did not have. */
export function ticksOf(runs: readonly StripBar[], width: number): number[] {
  const shown = runs.slice(0, width);
  return shown.flatMap(({ commit }, index) => {
    const before = shown[index + 1];
    return before && commit && before.commit && commit !== before.commit
      ? [(width - 1 - index) * STEP - (STEP - BAR) / 2]
      : [];
  });
}

export const barAt = (runs: readonly StripBar[], width: number, x: number): StripBar | undefined =>
  runs[width - 1 - Math.floor(x / STEP)];

export const barWords = ({ number, label, outcome, excluded }: StripBar): string =>
  [
    number === null ? (label ?? '') : `#${number}`,
    WORDS[outcome],
    excluded ? 'excluded: infrastructure' : '',
  ]
    .filter(Boolean)
    .join(' · ');

/** `Last 30 runs: 27 passed, 3 failed. Newest failed.` */
export function stripWords(runs: readonly StripBar[], width: number): string {
  const shown = runs.slice(0, width);
  const [newest] = shown;
  if (!newest) return 'No runs yet';
  const counts = new Map<RunOutcome, number>();
  for (const { outcome } of shown) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const told = [...counts].map(([outcome, of]) => `${of} ${WORDS[outcome]}`).join(', ');
  const out = shown.filter(({ excluded }) => excluded).length;
  const left = out > 0 ? ` ${out} left out: infrastructure.` : '';
  return `Last ${shown.length === 1 ? 'run' : `${shown.length} runs`}: ${told}. Newest ${WORDS[newest.outcome]}.${left}`;
}
