/** Saves the body of an event, and nothing else of it, as a file for tests. */
import { toast } from '$lib/ui';
import { fixtureName } from './curl';
import type { Stored } from './event.svelte';

export const fileOf = ({ event, json }: Stored): string =>
  fixtureName(event.type ?? null, event.entry_id, json !== undefined);

export function saveBody(stored: Stored): void {
  if (stored.raw === null) return;
  const type = stored.json === undefined ? 'text/plain' : 'application/json';
  const url = URL.createObjectURL(new Blob([stored.raw], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileOf(stored);
  link.click();
  URL.revokeObjectURL(url);
  toast(`Saved as ${link.download}`);
}
