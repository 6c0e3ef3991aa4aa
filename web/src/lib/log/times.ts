/** What stands beside a line about its time. Pure. */
import type { Zone } from '$lib/format/format';

export const TIME_MODES = ['off', 'since', 'gap', 'clock'] as const;
export type TimeMode = (typeof TIME_MODES)[number];

export const TIME_NAMES: Record<TimeMode, string> = {
  off: 'No times',
  since: 'Since the start',
  gap: 'Since the line before',
  clock: 'Time of day',
};

export const nextMode = (mode: TimeMode): TimeMode =>
  TIME_MODES[(TIME_MODES.indexOf(mode) + 1) % TIME_MODES.length] ?? 'off';

/** After so long without a line somebody may ask what was waited for. */
export const LONG_GAP_MS = 10_000;

const two = (number: number) => String(number).padStart(2, '0');

/** `0:07.4`, `12:03.0`, `1:02:03`. */
function sinceText(ms: number): string {
  const length = Math.max(0, ms);
  const seconds = Math.floor(length / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${minutes}:${two(seconds % 60)}.${Math.floor((length % 1_000) / 100)}`;
}

/** Empty where nothing to speak of went by. */
function gapText(ms: number): string {
  if (ms < 100) return '';
  if (ms < 59_950) return `+${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 3_600
    ? `+${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`
    : `+${Math.floor(seconds / 3_600)} h ${two(Math.floor(seconds / 60) % 60)} m`;
}

function clockText(at: number, zone: Zone): string {
  const time = new Date(at);
  const parts =
    zone === 'utc'
      ? [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()]
      : [time.getHours(), time.getMinutes(), time.getSeconds()];
  return parts.map(two).join(':');
}

export type Moment = {
  at: string | null;
  /** Of the line before, if it is known. */
  before: string | null;
  /** Of the first line that has one. */
  first: string | null;
};

export function timeText(mode: TimeMode, { at, before, first }: Moment, zone: Zone): string {
  if (mode === 'off' || at === null) return '';
  const time = Date.parse(at);
  if (mode === 'clock') return clockText(time, zone);
  if (mode === 'since') return first === null ? '' : sinceText(time - Date.parse(first));
  return before === null ? '' : gapText(time - Date.parse(before));
}

export const isLongGap = ({ at, before }: Moment): boolean =>
  at !== null && before !== null && Date.parse(at) - Date.parse(before) > LONG_GAP_MS;
