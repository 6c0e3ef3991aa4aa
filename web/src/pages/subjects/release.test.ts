import { expect, test } from 'vitest';
import { deploymentsOf, releaseOf } from './release';

const ORGANISATION = 'azure_devops:80cf50a6-a5fc-41ca-b81e-246e7f232228';

test('a deployment knows its release, and a release what its deployments begin with', () => {
  const release = `${ORGANISATION}:release:98381`;
  const deployment = `${ORGANISATION}:deployment:98381/393527`;
  expect(releaseOf(deployment)).toBe(release);
  expect(deployment.startsWith(deploymentsOf(release))).toBe(true);
  expect(`${ORGANISATION}:deployment:983812/1`.startsWith(deploymentsOf(release))).toBe(false);
});

test('what is no deployment is of no release', () => {
  expect(releaseOf(`${ORGANISATION}:release:98381`)).toBeNull();
  expect(releaseOf(`${ORGANISATION}:pull_request:b461f23c/77`)).toBeNull();
});
