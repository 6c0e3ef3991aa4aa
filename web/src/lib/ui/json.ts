/** Walking through a payload: paths as people write them, and a search that stays bounded. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Key = string | number;

/** Children shown before "show more": a list of thousands must not become thousands of rows at once. */
export const CHILDREN_SHOWN = 100;

/** Hits kept. Who has more should type more. */
export const HITS_MAX = 500;

/** Values looked at by one search, about what a body of 16 MiB holds at most in practice. */
export const LOOKED_AT_MAX = 1_000_000;

/** `resource.stages[0]["odd key"]` */
export function pathOf(keys: readonly Key[]): string {
  let path = '';
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(key)) path += path ? `.${key}` : key;
    else path += `[${JSON.stringify(key)}]`;
  }
  return path;
}

export function childrenOf(value: Json): [Key, Json][] {
  if (Array.isArray(value)) return value.map((child, index) => [index, child]);
  return value !== null && typeof value === 'object' ? Object.entries(value) : [];
}

/** Children shown around one that was asked for. */
const AROUND = 5;

/** Which of many children are shown: the first ones, and those around the picked; `left`: left out after them. */
export function partsOf(
  count: number,
  first: number,
  picked: readonly number[],
): { from: number; to: number; left: number }[] {
  const parts = [{ from: 0, to: Math.min(first, count), left: 0 }];
  for (const index of [...picked].filter((at) => at >= 0).sort((a, b) => a - b)) {
    const [from, to] = [Math.max(0, index - AROUND), Math.min(count, index + AROUND + 1)];
    const last = parts.at(-1) as { from: number; to: number; left: number };
    if (from <= last.to) last.to = Math.max(last.to, to);
    else parts.push({ from, to, left: 0 });
  }
  parts.forEach((part, at) => {
    part.left = (parts[at + 1]?.from ?? count) - part.to;
  });
  return parts;
}

/** `{3}`, `[12]`: what a closed node holds. */
export function sizeOf(value: Json): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  return value !== null && typeof value === 'object' ? `{${Object.keys(value).length}}` : '';
}

type Node = { above: Node | null; key: Key | null; value: Json };

function keysOf(node: Node): Key[] {
  const keys: Key[] = [];
  for (let at: Node | null = node; at !== null && at.key !== null; at = at.above) keys.push(at.key);
  return keys.reverse();
}

/** Places whose key, value or path holds the text, in reading order. */
export function search(value: Json, text: string): { hits: Key[][]; more: boolean } {
  const wanted = text.trim().toLowerCase();
  const hits: Key[][] = [];
  if (wanted === '') return { hits, more: false };
  const pathWanted = wanted.includes('.') || wanted.includes('[');
  let looked = 0;
  // Places are chained, and written out only for hits: a body may hold a million of them.
  const stack: Node[] = [{ above: null, key: null, value }];
  while (stack.length > 0) {
    const node = stack.pop() as Node;
    looked += 1;
    if (looked > LOOKED_AT_MAX) return { hits, more: true };
    const { key, value: here } = node;
    const isLeaf = here === null || typeof here !== 'object';
    if (
      (typeof key === 'string' && key.toLowerCase().includes(wanted)) ||
      (isLeaf && key !== null && String(here).toLowerCase().includes(wanted)) ||
      (pathWanted && pathOf(keysOf(node)).toLowerCase().endsWith(wanted))
    ) {
      if (hits.length === HITS_MAX) return { hits, more: true };
      hits.push(keysOf(node));
    }
    if (isLeaf) continue;
    const names = Array.isArray(here) ? null : Object.keys(here);
    for (let index = (names ?? (here as Json[])).length - 1; index >= 0; index -= 1) {
      const name = names ? (names[index] as string) : index;
      stack.push({ above: node, key: name, value: (here as Record<Key, Json>)[name] as Json });
    }
  }
  return { hits, more: false };
}
