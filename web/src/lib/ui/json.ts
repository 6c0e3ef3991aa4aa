/** Walking through a payload: paths as people write them, and a search that stays bounded. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Key = string | number;

/** Children shown before "show more": a list of thousands must not become thousands of rows at once. */
export const CHILDREN_SHOWN = 100;

/** Hits kept. Who has more should type more. */
export const HITS_MAX = 500;

/** Values looked at by one search, about what a body of 16 MiB holds at most in practice. */
export const LOOKED_AT_MAX = 500_000;

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

/** `{3}`, `[12]`: what a closed node holds. */
export function sizeOf(value: Json): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  return value !== null && typeof value === 'object' ? `{${Object.keys(value).length}}` : '';
}

/** Places whose key, value or path holds the text, in reading order. */
export function search(value: Json, text: string): { hits: Key[][]; more: boolean } {
  const wanted = text.trim().toLowerCase();
  const hits: Key[][] = [];
  if (wanted === '') return { hits, more: false };
  const pathWanted = wanted.includes('.') || wanted.includes('[');
  let looked = 0;
  const stack: { keys: Key[]; value: Json }[] = [{ keys: [], value }];
  while (stack.length > 0) {
    const { keys, value: node } = stack.pop() as { keys: Key[]; value: Json };
    looked += 1;
    if (looked > LOOKED_AT_MAX) return { hits, more: true };
    const key = keys.at(-1);
    const isLeaf = node === null || typeof node !== 'object';
    if (
      (typeof key === 'string' && key.toLowerCase().includes(wanted)) ||
      (isLeaf && keys.length > 0 && String(node).toLowerCase().includes(wanted)) ||
      (pathWanted && pathOf(keys).toLowerCase().endsWith(wanted))
    ) {
      if (hits.length === HITS_MAX) return { hits, more: true };
      hits.push(keys);
    }
    const children = childrenOf(node);
    for (let index = children.length - 1; index >= 0; index -= 1) {
      const [name, child] = children[index] as [Key, Json];
      stack.push({ keys: [...keys, name], value: child });
    }
  }
  return { hits, more: false };
}
