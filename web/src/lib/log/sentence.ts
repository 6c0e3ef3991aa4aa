/** `the token lacks Build (read)` as a sentence of its own. */
export function sentence(fragment: string): string {
  const text = fragment.trim();
  if (text === '') return '';
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}
