/** What a fact says, without the braces of JSON. Pure. */
import { plain } from '$lib/format/format';

/** The members of an object that are known; anything else is one without a name. */
export function membersOf(value: unknown): [name: string, value: unknown][] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [['', value]];
  return Object.entries(value).filter(([, member]) => member !== null);
}

/** A value in one line. */
export function lineOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null || typeof value !== 'object') return plain(String(value ?? '—'));
  if (Array.isArray(value)) return value.map(lineOf).join(', ') || 'none';
  return Object.values(value).map(lineOf).join(' · ');
}
