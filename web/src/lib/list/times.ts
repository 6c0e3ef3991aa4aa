/** Times of a filter: `24h`, a day or a moment, as the address, the server, fields and people have them. Pure. */
import { absolute, type Zone } from '$lib/format/format';

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `24h`, `7d` as the time it is at `now`, to the minute; anything else is left to the server. */
export function timeOf(value: string, now: number): string {
  const found = /^(\d{1,4})([mhd])$/.exec(value);
  if (!found) return value;
  const then = now - Number(found[1]) * (UNITS[found[2] as string] as number);
  return new Date(Math.floor(then / 60_000) * 60_000).toISOString();
}

/** The moment that is meant; `null` for what goes with the clock, and for what is no time. */
function momentOf(value: string): Date | null {
  const at = new Date(value);
  return /^\d{4}-/.test(value) && !Number.isNaN(at.getTime()) ? at : null;
}

/** In words: `24h` as `24 h ago`, a moment as the lists show it. */
export function timeWords(value: string, zone: Zone): string {
  const found = /^(\d+)([mhd])$/.exec(value);
  if (found) return `${found[1]} ${found[2] === 'm' ? 'min' : found[2]} ago`;
  const at = momentOf(value);
  return at ? absolute(at, zone) : value;
}

/** For `datetime-local`, which knows no zone: the figures are those of `zone`. */
export function toField(value: string, zone: Zone): string {
  const at = momentOf(value);
  if (!at) return '';
  const shift = zone === 'utc' ? 0 : at.getTimezoneOffset() * 60_000;
  return new Date(at.getTime() - shift).toISOString().slice(0, 16);
}

/** What such a field holds, as the address takes it. */
export const fromField = (value: string, zone: Zone): string =>
  value ? new Date(zone === 'utc' ? `${value}Z` : value).toISOString() : '';
