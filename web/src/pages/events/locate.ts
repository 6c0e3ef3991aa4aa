/** Where in a body reading failed: the decoder's path, found in the body that it failed in. */
import type { Json, Key } from '$lib/ui/json';

export type Place = {
  /** As far as the body goes along. */
  keys: Key[];
  /** What the body does not have: the rest of the path. */
  missing: string | null;
};

/** Names may hold dots (`System.Title`), so the longest name that the body really has counts. */
export function locate(body: Json, path: string): Place {
  const keys: Key[] = [];
  let node: Json = body;
  let rest = path === '.' ? '' : path;
  while (rest !== '') {
    const index = /^\[(\d+)\]/.exec(rest);
    if (index && Array.isArray(node)) {
      const at = Number(index[1]);
      if (at >= node.length) break;
      keys.push(at);
      node = node[at] as Json;
      rest = rest.slice(index[0].length).replace(/^\./, '');
      continue;
    }
    if (node === null || typeof node !== 'object' || Array.isArray(node)) break;
    const left = rest;
    const name = Object.keys(node)
      .filter((key) => left.startsWith(key) && /^($|[.[])/.test(left.slice(key.length)))
      .sort((a, b) => b.length - a.length)[0];
    if (name === undefined) break;
    keys.push(name);
    node = (node as Record<string, Json>)[name] as Json;
    rest = rest.slice(name.length).replace(/^\./, '');
  }
  return { keys, missing: rest === '' ? null : rest };
}
