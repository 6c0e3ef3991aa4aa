/** An address that others told, as a link may lead to it; anything but the web is no link. */
export function outside(url: string | null): string | null {
  if (!url || !URL.canParse(url)) return null;
  return /^https?:$/.test(new URL(url).protocol) ? url : null;
}
