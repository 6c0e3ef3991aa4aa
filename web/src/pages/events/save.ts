/** Saves the body of an event, and nothing else of it, as a file for tests. */
import { saveFile } from '$lib/share';
import { fixtureName } from './curl';
import type { Stored } from './event.svelte';

export const fileOf = ({ event, json }: Stored): string =>
  fixtureName(event.type ?? null, event.entry_id, json !== undefined);

export function saveBody(stored: Stored): void {
  if (stored.raw === null) return;
  const type = stored.json === undefined ? 'text/plain' : 'application/json';
  const name = fileOf(stored);
  saveFile(stored.raw, type, name, `Saved as ${name}`);
}
