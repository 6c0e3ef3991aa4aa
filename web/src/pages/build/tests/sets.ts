/** What the test sets of a build tell. Pure. */
import type { TestSet } from '$lib/api/types';
import { sentence } from '$lib/format/format';

/** A file of a set, as far as it could be read. */
export type ReportFile = {
  file: string | null;
  format: string | null;
  total: number;
  /** Where and why reading ended early. */
  error: string | null;
  /** What was left out because there was too much of it. */
  cut: string | null;
};

export const ORIGINS: Record<string, string> = {
  report: 'Report',
  ingest: 'BuildButler client',
  collector: 'Test collector',
  api: 'Provider',
  artifact: 'Artifact',
};

export const setName = ({ name, job, origin }: TestSet): string =>
  name ?? job ?? ORIGINS[origin] ?? 'Unnamed';

/** The files of a set, whatever a newer server says of them besides. */
export const filesOf = ({ files }: TestSet): ReportFile[] =>
  (files as Partial<ReportFile>[]).map((file) => ({
    ...{ file: file.file ?? null, format: file.format ?? null, total: file.total ?? 0 },
    ...{ error: file.error ?? null, cut: file.cut ?? null },
  }));

/** `TEST-till.xml: Line 12, column 7: ...`, of each file that is not whole; a suite is no file, and has its set's name. */
export const troublesOf = (set: TestSet): string[] =>
  filesOf(set).flatMap(({ file, error, cut }) => {
    const of = file && file !== set.name ? `${file}: ` : '';
    return [error, cut].flatMap((said) => (said ? [of + sentence(said)] : []));
  });

/** Whether reading ended early, so that nobody knows what comes after. */
export const isBroken = (set: TestSet): boolean => filesOf(set).some(({ error }) => error !== null);

/** Jobs that wrote tests, each once: what one may look at alone. */
export const jobsOf = (sets: readonly TestSet[]): string[] =>
  [...new Set(sets.flatMap(({ job }) => job ?? []))].sort();

/** Sets that are not whole, where no other took their place: what failed may be missing from what is shown. */
export function damagedOf(sets: readonly TestSet[]): TestSet[] {
  const counted = sets.filter(({ is_counted }) => is_counted);
  return (counted.length > 0 ? counted : sets).filter((set) => troublesOf(set).length > 0);
}
