/** The last runs of a test as a strip: bars by outcome, and what they add up to. Pure. */
import type { RunOutcome } from '$lib/api/types';
import { plural } from '$lib/format/format';
import { lookOf } from '$lib/ui/status';
import { HEIGHT, type StripOf, WIDTH } from '$lib/ui/strip';

export type StripRun = {
  outcome: RunOutcome;
  /** Left out of everything: the infrastructure failed, not the test. */
  excluded: boolean;
  number: number | null;
  label: string | null;
  /** Runs of one commit have no tick between them. */
  commit?: string | null;
};

/** Told apart without colour: what failed stands out, what was skipped lies low. */
const TALL: Record<RunOutcome, number> = { passed: 9, failed: HEIGHT, retried: 16, skipped: 3 };

const wordOf = (outcome: RunOutcome): string => lookOf(outcome).label.toLowerCase();

/** A commit begins that the run before did not have, as far as commits are known. */
const isOfAnother = ({ commit }: StripRun, before: StripRun | undefined): boolean =>
  Boolean(commit && before?.commit && commit !== before.commit);

function tipOf({ number, label, outcome, excluded }: StripRun): string {
  const name = number === null ? label : `#${number}`;
  const words = [name, wordOf(outcome), excluded ? 'excluded: infrastructure' : ''];
  return words.filter(Boolean).join(' · ');
}

/** `Last 30 runs: 27 passed, 3 failed. Newest failed.` */
function saysOf(runs: readonly StripRun[]): string {
  const [newest] = runs;
  if (!newest) return 'No runs yet';
  const counts = new Map<RunOutcome, number>();
  for (const { outcome } of runs) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const told = [...counts].map(([outcome, of]) => `${of} ${wordOf(outcome)}`).join(', ');
  const out = runs.filter(({ excluded }) => excluded).length;
  const left = out > 0 ? ` ${out} left out: infrastructure.` : '';
  const last = runs.length === 1 ? 'run' : plural(runs.length, 'run');
  return `Last ${last}: ${told}. Newest ${wordOf(newest.outcome)}.${left}`;
}

/** Newest first; `width` as many as are shown. */
export function stripOfRuns(runs: readonly StripRun[], width = WIDTH): StripOf {
  const shown = runs.slice(0, width);
  return {
    bars: shown.map((run, index) => ({
      look: run.excluded ? 'excluded' : lookOf(run.outcome).shape,
      tall: TALL[run.outcome],
      tip: tipOf(run),
      tick: isOfAnother(run, shown[index + 1]),
    })),
    says: saysOf(shown),
  };
}
