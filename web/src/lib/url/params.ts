/** What a query parameter may hold. A value that cannot be read is as if it were not there. */

export type Param<T> = {
  read(text: string | null): T;
  /** `null`: the address need not mention it. */
  write(value: T): string | null;
};

/** Any text; empty when missing. */
export const text = (): Param<string> => ({
  read: (value) => value ?? '',
  write: (value) => (value === '' ? null : value),
});

/** One of some words; `fallback` when missing or unknown. */
export const oneOf = <const W extends string>(
  words: readonly W[],
  fallback: NoInfer<W>,
): Param<W> => ({
  read: (value) => (words.includes(value as W) ? (value as W) : fallback),
  write: (value) => (value === fallback ? null : value),
});

/** One of some words, or none. */
export const maybe = <const W extends string>(words: readonly W[]): Param<W | ''> => ({
  read: (value) => (words.includes(value as W) ? (value as W) : ''),
  write: (value) => (value === '' ? null : value),
});

export const flag = (): Param<boolean> => ({
  read: (value) => value === '1',
  write: (value) => (value ? '1' : null),
});

export const number = (fallback: number): Param<number> => ({
  read: (value) => {
    const found = value === null || value === '' ? Number.NaN : Number(value);
    return Number.isFinite(found) ? found : fallback;
  },
  write: (value) => (value === fallback ? null : String(value)),
});

export type Spec = Record<string, Param<never> | Param<string> | Param<boolean> | Param<number>>;
export type Values<S> = { [K in keyof S]: S[K] extends Param<infer T> ? T : never };

export function readAll<S extends object>(spec: S, search: string): Values<S> {
  const query = new URLSearchParams(search);
  return Object.fromEntries(
    Object.entries(spec as Record<string, Param<unknown>>).map(([name, param]) => [
      name,
      param.read(query.get(name)),
    ]),
  ) as Values<S>;
}

/** The search with some values changed; parameters of others stay. */
export function change<S extends object>(
  spec: S,
  search: string,
  patch: Partial<Values<S>>,
): string {
  const query = new URLSearchParams(search);
  const params = spec as Record<string, Param<unknown>>;
  for (const [name, value] of Object.entries(patch)) {
    const written = params[name]?.write(value) ?? null;
    if (written === null) query.delete(name);
    else query.set(name, written);
  }
  const changed = query.toString();
  return changed ? `?${changed}` : '';
}
