/** What changed between two bodies, path by path. Pure and bounded: a body may have 16 MiB. */
import { pathOf, type Json, type Key } from '$lib/ui/json';

export type Change = {
  path: string;
  kind: 'added' | 'removed' | 'changed';
  before?: Json;
  after?: Json;
};

/** Changes kept. Two bodies that have nothing in common need no longer list. */
export const CHANGES_MAX = 500;

const isObject = (value: Json): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export function same(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => same(item, b[index] as Json))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name] as Json, b[name] as Json))
  );
}

/** In the order of the later body; `more`: there are changes beyond the bound. */
export function diff(
  before: Json,
  after: Json,
  max = CHANGES_MAX,
): { changes: Change[]; more: boolean } {
  const changes: Change[] = [];
  let more = false;

  function add(keys: Key[], change: Omit<Change, 'path'>): void {
    if (changes.length >= max) more = true;
    else changes.push({ path: pathOf(keys), ...change });
  }

  function objects(a: { [key: string]: Json }, b: { [key: string]: Json }, keys: Key[]): void {
    for (const name of Object.keys(b)) {
      if (more) return;
      const at = [...keys, name];
      if (Object.hasOwn(a, name)) values(a[name] as Json, b[name] as Json, at);
      else add(at, { kind: 'added', after: b[name] as Json });
    }
    for (const name of Object.keys(a)) {
      if (more) return;
      if (!Object.hasOwn(b, name))
        add([...keys, name], { kind: 'removed', before: a[name] as Json });
    }
  }

  /** What is the same at both ends is left out, so that an item put in front does not change all others. */
  function lists(a: Json[], b: Json[], keys: Key[]): void {
    let front = 0;
    while (front < a.length && front < b.length && same(a[front] as Json, b[front] as Json))
      front += 1;
    let back = 0;
    while (
      back < a.length - front &&
      back < b.length - front &&
      same(a[a.length - 1 - back] as Json, b[b.length - 1 - back] as Json)
    ) {
      back += 1;
    }
    const [endA, endB] = [a.length - back, b.length - back];
    for (let at = front; at < Math.max(endA, endB) && !more; at += 1) {
      if (at >= endA) add([...keys, at], { kind: 'added', after: b[at] as Json });
      else if (at >= endB) add([...keys, at], { kind: 'removed', before: a[at] as Json });
      else values(a[at] as Json, b[at] as Json, [...keys, at]);
    }
  }

  function values(a: Json, b: Json, keys: Key[]): void {
    if (a === b || more) return;
    if (isObject(a) && isObject(b)) objects(a, b, keys);
    else if (Array.isArray(a) && Array.isArray(b)) lists(a, b, keys);
    else add(keys, { kind: 'changed', before: a, after: b });
  }

  values(before, after, []);
  return { changes, more };
}

/** A value in a line; long ones end early. */
export function shown(value: Json | undefined, max = 240): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value);
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
