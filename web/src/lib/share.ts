/** What leaves the page by a reader's wish: a text that is copied, a file that is saved. */
import { toast } from '$lib/ui/toasts.svelte';

export async function copyText(text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast('The browser does not let this page copy', 'failed');
  }
}

export function saveFile(text: string, type: string, name: string, said: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
  toast(said);
}
