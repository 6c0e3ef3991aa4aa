/** Words for people: durations, times, sizes, counts. Pure; the clock and the zone are arguments. */

export type Zone = 'local' | 'utc';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `420 ms`, `48 s`, `8 m 02 s`, `2 h 10 m`, `3 d 4 h`; a dash for what is not known. */
export function duration(ms: number | null | undefined): string {
  if (ms == null) return '—';
  const length = Math.max(0, ms);
  // The unit is chosen by what is shown: 3,599,700 ms are no 60 minutes but an hour.
  if (Math.round(length) < SECOND) return `${Math.round(length)} ms`;
  const tenths = Math.round(length / (SECOND / 10));
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(length / SECOND);
  if (seconds < 60) return `${seconds} s`;
  const two = (number: number) => String(number).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.round(length / MINUTE);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
  const hours = Math.round(length / HOUR);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** For `<time datetime>` and the like: `PT8M2S`. */
export function isoDuration(ms: number): string {
  return `PT${(Math.max(0, ms) / SECOND).toFixed(3).replace(/\.?0+$/, '')}S`;
}

/** `just now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`; `in 3 min` for what is to come. */
export function relative(at: string | number | Date, now: number): string {
  const distance = now - new Date(at).getTime();
  if (Number.isNaN(distance)) return 'unknown';
  const length = Math.abs(distance);
  if (length < 5 * SECOND) return 'just now';
  const words =
    length < MINUTE
      ? `${Math.floor(length / SECOND)} s`
      : length < HOUR
        ? `${Math.floor(length / MINUTE)} min`
        : length < 2 * DAY
          ? `${Math.floor(length / HOUR)} h`
          : length < 60 * DAY
            ? `${Math.floor(length / DAY)} d`
            : `${Math.floor(length / (30 * DAY))} mo`;
  return distance >= 0 ? `${words} ago` : `in ${words}`;
}

const formatters = new Map<Zone, Intl.DateTimeFormat>();

/** `2026-02-13 14:30:02 UTC`, or the same in the reader's zone with its name. */
export function absolute(at: string | number | Date, zone: Zone): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return 'unknown';
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
      ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
    });
    formatters.set(zone, formatter);
  }
  const parts = Object.fromEntries(
    formatter.formatToParts(time).map(({ type, value }) => [type, value]),
  );
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second} ${parts.timeZoneName}`;
}

/** `512 B`, `4.2 kB`, `1.3 MB`: decimal, as networks count. */
export function bytes(count: number | null | undefined): string {
  if (count == null) return '—';
  if (count < 1_000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 'B';
  for (const next of units) {
    if (value < 999.5) break;
    value /= 1_000;
    unit = next;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

const grouped = new Intl.NumberFormat('en-GB');

/** `12,345` */
export function count(number: number | null | undefined): string {
  return number == null ? '—' : grouped.format(number);
}

/** `1 build`, `3 builds`, `2 entries` (give the odd plural). */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** The first seven figures, as git shows them. */
export function shortCommit(commit: string | null | undefined): string {
  return commit ? commit.slice(0, 7) : '—';
}

/** `azure_devops` as people write it. */
export function providerName(provider: string): string {
  const names: Record<string, string> = {
    azure_devops: 'Azure DevOps',
    buildkite: 'Buildkite',
    github: 'GitHub',
    gitlab: 'GitLab',
    jenkins: 'Jenkins',
    teamcity: 'TeamCity',
    circleci: 'CircleCI',
    reporter: 'Reporter',
    other: 'Other',
  };
  return names[provider] ?? provider;
}

/** `pull_request` as a label: `Pull request`. */
export function words(snake: string | null | undefined): string {
  if (!snake) return '—';
  const text = snake.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Without the characters that turn the direction of what follows: `evil` must not read `live`. */
export const plain = (text: string): string => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');

/** `the token lacks Build (read)` as a sentence of its own; what is one already stays. */
export function sentence(fragment: string): string {
  const text = fragment.trim();
  if (text === '') return '';
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.');
}
