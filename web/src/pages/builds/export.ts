/** The loaded rows as a file. Pure. */
import type { Build } from '$lib/api/types';

const COLUMNS = [
  'id',
  'provider',
  'source',
  'project',
  'pipeline',
  'number',
  'label',
  'state',
  'result',
  'result_detail',
  'attempt',
  'branch',
  'commit',
  'message',
  'requested_by',
  'reason',
  'queued_at',
  'started_at',
  'finished_at',
  'queue_ms',
  'duration_ms',
  'url',
] as const satisfies readonly (keyof Build)[];

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  // A spreadsheet would run a text that begins so; what people wrote must stay a text.
  const text =
    typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180. */
export const csv = (builds: readonly Build[]): string =>
  [COLUMNS.join(','), ...builds.map((build) => COLUMNS.map((name) => cell(build[name])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');

export const json = (builds: readonly Build[]): string => `${JSON.stringify(builds, null, 2)}\n`;
