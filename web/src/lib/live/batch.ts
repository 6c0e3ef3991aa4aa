/** What changed since the last notification, bounded: beyond a number of ids it is just "many". */

/** More ids of one kind than a page could use one by one. */
export const IDS_MAX = 200;

export type Kind = 'build' | 'test' | 'event' | 'source' | 'subject' | 'refused' | 'key' | 'user';
export const KINDS: readonly Kind[] = [
  'build',
  'test',
  'event',
  'source',
  'subject',
  'refused',
  'key',
  'user',
];

/** As it goes over the channel between tabs. */
export type Told = [kind: string, ids: string[] | 'many'][];

export class Batch {
  #kinds = new Map<string, Set<string> | 'many'>();

  /** `id` null: several of this kind. */
  add(kind: string, id: string | null): void {
    const ids = this.#kinds.get(kind);
    if (ids === 'many') return;
    if (id === null || (ids && ids.size >= IDS_MAX && !ids.has(id))) {
      this.#kinds.set(kind, 'many');
    } else if (ids) {
      ids.add(id);
    } else {
      this.#kinds.set(kind, new Set([id]));
    }
  }

  addAll(told: Told): void {
    for (const [kind, ids] of told) {
      if (ids === 'many') this.add(kind, null);
      else for (const id of ids) this.add(kind, id);
    }
  }

  /** Everything may have changed. */
  addEverything(): void {
    for (const kind of KINDS) this.add(kind, null);
  }

  get empty(): boolean {
    return this.#kinds.size === 0;
  }

  /** Whether this one may have changed. */
  has(kind: Kind, id: string | number): boolean {
    const ids = this.#kinds.get(kind);
    return ids === 'many' || (ids?.has(String(id)) ?? false);
  }

  /** Whether anything of these kinds changed. */
  touches(kinds: readonly Kind[]): boolean {
    return kinds.some((kind) => this.#kinds.has(kind));
  }

  ids(kind: Kind): ReadonlySet<string> | 'many' {
    return this.#kinds.get(kind) ?? new Set<string>();
  }

  told(): Told {
    return [...this.#kinds].map(([kind, ids]) => [kind, ids === 'many' ? 'many' : [...ids]]);
  }
}
