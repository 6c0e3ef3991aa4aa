/** Where a badge is, and the Markdown that shows it. */
import { pipelineHref, pipelineName } from './names';

type Pipeline = Parameters<typeof pipelineHref>[0] & { pipeline_name: string | null };

/** Parentheses would end an address in Markdown. */
const closed = (address: string) => address.replaceAll('(', '%28').replaceAll(')', '%29');

/** The badge of a pipeline's default branch; `null` of one without a name. */
export function badgeHref(of: Pipeline): string | null {
  if (!of.pipeline) return null;
  const where = new URLSearchParams();
  if (of.source) where.set('source', of.source);
  if (of.project) where.set('project', of.project);
  const query = String(where);
  return closed(`/badges/${encodeURIComponent(of.pipeline)}.svg${query ? `?${query}` : ''}`);
}

/** For a README: the badge, which leads to the builds. */
export function badgeMarkdown(of: Pipeline, base: string): string | null {
  const badge = badgeHref(of);
  if (!badge) return null;
  const name = pipelineName(of).replace(/[[\]\\]/g, '\\$&');
  return `[![${name}](${base}${badge})](${base}${closed(pipelineHref(of))})`;
}
