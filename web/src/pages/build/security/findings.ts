/** What scanners found, as far as the shape of their reports is known. Pure. */
import type { SecurityReport } from '$lib/api/types';
import { words } from '$lib/format/format';
import type { Shape } from '$lib/ui/status';

export type Finding = { severity: string; label: string; shape: Shape; count: number };

/** Heaviest first. */
const SHAPES: Record<string, Shape> = {
  critical: 'failed',
  high: 'failed',
  medium: 'partial',
  low: 'queued',
  info: 'queued',
  unknown: 'stopped',
};
const ORDER = Object.keys(SHAPES);
/** Behind those that are known stands a severity of a newer server. */
const placeOf = (severity: string): number =>
  ORDER.includes(severity) ? ORDER.indexOf(severity) : ORDER.length;

/** How many there are of each severity of which there is any, the heaviest first. */
export const findingsOf = ({ counts }: Pick<SecurityReport, 'counts'>): Finding[] =>
  Object.entries(counts ?? {})
    .filter(([, count]) => count > 0)
    .sort(([one], [other]) => placeOf(one) - placeOf(other))
    .map(([severity, count]) => ({
      ...{ severity, count, label: words(severity) },
      shape: SHAPES[severity] ?? 'stopped',
    }));

/** Findings of all reports together: two scanners that find one thing count it twice. */
export const foundIn = (reports: readonly Pick<SecurityReport, 'counts'>[]): number =>
  reports.flatMap(findingsOf).reduce((sum, { count }) => sum + count, 0);

/** `Trivy`, `Trivy: images`; where neither is told, what it is. */
export const reportName = ({ tool, name }: Pick<SecurityReport, 'tool' | 'name'>): string =>
  [tool, name].filter(Boolean).join(': ') || 'A report that names no scanner';
