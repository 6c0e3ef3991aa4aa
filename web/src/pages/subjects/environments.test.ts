import { describe, expect, test } from 'vitest';
import { type Deployment, projectsOf, remarkOf } from './environments';

const deployment = (
  release: number,
  environment: number,
  title: string | null,
  wish: Partial<Deployment> = {},
): Deployment => ({
  key: `azure_devops:contoso:deployment:${release}/${environment}`,
  title,
  state: 'success',
  project: 'Web',
  last_event_at: null,
  deployment: null,
  ...wish,
});
const at = (minute: number) => ({ last_event_at: `2026-02-13T10:${minute}:00.000Z` });

describe('deployments by environment', () => {
  const [web, other] = projectsOf([
    deployment(12, 31, 'Release-12 → Production', { state: 'failure', ...at(50) }),
    deployment(12, 30, 'Release-12 → Test', at(40)),
    deployment(11, 22, 'Release-11 → Production', at(30)),
    deployment(11, 21, 'Release-11 → Staging', at(29)),
    deployment(11, 20, 'Release-11 → Test', at(20)),
    deployment(9, 1, 'Release-9', { ...at(10) }),
    deployment(7, 2, 'Shop → 2 → Live', { project: null }),
  ]);
  test('are rows of releases and columns of environments, in the order of the way through them', () => {
    expect(web?.environments).toEqual(['Test', 'Staging', 'Production']);
    expect(web?.releases.map(({ name, cells }) => [name, [...cells.keys()]])).toEqual([
      ['Release-12', ['Production', 'Test']],
      ['Release-11', ['Production', 'Staging', 'Test']],
    ]);
    expect(web?.releases[0]?.key).toBe('azure_devops:contoso:release:12');
  });
  test('tell what is in each environment now: what went well there last', () => {
    expect([...(web?.now ?? [])].map(([name, { release }]) => [name, release]).sort()).toEqual([
      ['Production', 'Release-11'],
      ['Staging', 'Release-11'],
      ['Test', 'Release-12'],
    ]);
  });
  test('stand by project, and a release may have an arrow in its name', () => {
    expect([other?.project, other?.releases[0]?.name, other?.environments]).toEqual([
      null,
      'Shop → 2',
      ['Live'],
    ]);
  });
});

test('of a deployment it is said who wanted it, and which try it is when it is not the first', () => {
  const told = {
    environment: 'Test',
    attempt: 1,
    requested_by: 'Ada',
    queued_at: null,
    started_at: null,
    finished_at: null,
  };
  const remark = (wish: Partial<typeof told> | null) =>
    remarkOf({ deployment: wish && { ...told, ...wish } });
  expect(remark({})).toBe('by Ada');
  expect(remark({ attempt: 3 })).toBe('try 3, by Ada');
  expect(remark(null)).toBe('');
});
