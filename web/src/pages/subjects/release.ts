/** Which deployments are of which release: their keys tell. Pure. */

const DEPLOYMENT = /^(.+):deployment:([^/]+)\//;

/** `…:deployment:98381/393527` is of `…:release:98381`; `null` of everything else. */
export function releaseOf(key: string): string | null {
  const parts = DEPLOYMENT.exec(key);
  return parts ? `${parts[1]}:release:${parts[2]}` : null;
}

/** What the keys of its deployments begin with. */
export const deploymentsOf = (release: string): string =>
  `${release.replace(/:release:([^:]+)$/, ':deployment:$1')}/`;
