/** The last builds as a strip: height by duration, colour by result. Pure. */
import { duration } from '$lib/format/format';
import { lookOf, wordOf } from '$lib/ui/status';
import { HEIGHT, type StripOf, WIDTH } from '$lib/ui/strip';

type StripBuild = {
  state: string;
  result?: string | null;
  number?: number | null;
  duration_ms?: number | null;
};

/** Also a build of no length is seen. */
const LEAST = 3;
/** Beyond so many times the median a bar grows no more: one that waited for a day must not make nothing of all others. */
const TALL = 3;

/** Newest first. */
export function stripOfBuilds(builds: readonly StripBuild[]): StripOf {
  const shown = builds.slice(0, WIDTH);
  const lengths = shown.map(({ duration_ms }) => duration_ms ?? 0).toSorted((a, b) => a - b);
  const middle = lengths[lengths.length >> 1] ?? 0;
  const longest = Math.max(1, Math.min(lengths.at(-1) ?? 0, middle * TALL));

  const labelOf = (build: StripBuild) => lookOf(wordOf(build)).label.toLowerCase();
  const counts = new Map<string, number>();
  for (const label of shown.toReversed().map(labelOf))
    counts.set(label, (counts.get(label) ?? 0) + 1);
  const told = [...counts].map(([label, count]) => `${count} ${label}`).join(', ');
  const [newest] = shown;
  return {
    bars: shown.map((build) => {
      const { shape, label } = lookOf(wordOf(build));
      const { number, duration_ms: ms } = build;
      const words = [number == null ? '' : `#${number}`, label, ms == null ? '' : duration(ms)];
      return {
        look: shape,
        tall: LEAST + Math.min(1, (ms ?? 0) / longest) * (HEIGHT - LEAST),
        tip: words.filter(Boolean).join(' · '),
      };
    }),
    says: newest ? `Last ${shown.length}: ${told}. Newest ${labelOf(newest)}.` : 'No builds yet',
  };
}
