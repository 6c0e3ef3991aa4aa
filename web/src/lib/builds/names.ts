/** How builds and pipelines are called, and where their addresses lead. */
import { links } from '$lib/url/links';

type Named = {
  pipeline: string | null;
  pipeline_name: string | null;
  number: number | null;
  label: string | null;
};
type Located = {
  source_id: string;
  source: string | null;
  project: string | null;
  pipeline: string | null;
};

/** How Buildkite writes emoji: `:rocket:`. */
export const EMOJI = /(?<![\w:]):[a-z_+-][a-z0-9_+-]*:(?!\w)/gi;

/** Of a name, what stands beside its emoji. */
export const withoutEmoji = (name: string): string =>
  name.replace(EMOJI, ' ').replace(/\s+/g, ' ').trim() || name;

export const pipelineName = (build: Pick<Named, 'pipeline' | 'pipeline_name'>): string =>
  withoutEmoji(build.pipeline_name ?? build.pipeline ?? 'Unnamed pipeline');

/** `#4211`, else the provider's own label; empty when neither is known. */
export const numberOf = (build: Pick<Named, 'number'> & { label?: string | null }): string =>
  build.number === null ? (build.label ?? '') : `#${build.number}`;

export const buildName = (build: Named): string =>
  `${pipelineName(build)} ${numberOf(build)}`.trim();

/** The same pipeline has the same key in builds and in pipelines. */
export const pipelineKey = (of: Located): string =>
  [of.source_id, of.project ?? '', of.pipeline ?? ''].join('\n');

/** Keys for a list: of pipelines with one name, each in a folder of its own, nothing else is known. */
export function pipelineKeys(list: readonly Located[]): string[] {
  const seen = new Set<string>();
  return list.map((of) => {
    let key = pipelineKey(of);
    while (seen.has(key)) key += '\n';
    seen.add(key);
    return key;
  });
}

/** The builds of one pipeline: its name alone may be another's, elsewhere. */
export const pipelineHref = (
  of: Omit<Located, 'source_id'>,
  more: Record<string, string> = {},
): string =>
  links.builds({
    pipeline: of.pipeline ?? '',
    project: of.project ?? '',
    source: of.source ?? '',
    ...more,
  });

/** The subject of the commit: what stands in its first line. */
export const firstLine = (message: string | null): string =>
  (message ?? '').split('\n', 1)[0]?.trim() ?? '';
