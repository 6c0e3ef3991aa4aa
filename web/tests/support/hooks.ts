/** Made-up hooks of a made-up organisation. Every call is another happening. */
import { randomUUID } from 'node:crypto';

let numbers = 4_210;

export type AzureBuild = {
  id?: number;
  pipeline?: string;
  result?: 'succeeded' | 'partiallySucceeded' | 'failed' | 'canceled';
  branch?: string;
  startedMinutesAgo?: number;
  minutes?: number;
  by?: string;
};

/** A pipeline of another name is another one. */
const definitionOf = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);

/** `build.complete` of Azure DevOps. */
export function azureBuild(wish: AzureBuild = {}) {
  const id = wish.id ?? ++numbers;
  const pipeline = wish.pipeline ?? 'shop-ci';
  const start = Date.now() - (wish.startedMinutesAgo ?? 10) * 60_000;
  const finish = start + (wish.minutes ?? 8) * 60_000;
  const time = (at: number) => new Date(at).toISOString();
  return {
    subscriptionId: '0b9c4f6e-52a1-4c0e-9a37-5d2f6c1e8b10',
    notificationId: id,
    id: randomUUID(),
    eventType: 'build.complete',
    publisherId: 'tfs',
    resource: {
      id,
      buildNumber: `20260213.${id % 100}`,
      status: 'completed',
      result: wish.result ?? 'succeeded',
      queueTime: time(start - 48_000),
      startTime: time(start),
      finishTime: time(finish),
      definition: { id: definitionOf(pipeline), name: pipeline },
      project: { id: '6c0d8f4e-1b7a-4a0d-9f43-2f6f4f0c1a55', name: 'Web' },
      sourceBranch: `refs/heads/${wish.branch ?? 'main'}`,
      sourceVersion: '9f3c2ab1d4e5f60718293a4b5c6d7e8f90a1b2c3',
      requestedFor: { displayName: wish.by ?? 'Ada' },
    },
    resourceContainers: {
      collection: {
        id: 'd7a1c6b2-90f3-4a88-8a0b-3f5f7f6f2e01',
        baseUrl: 'https://dev.azure.com/contoso/',
      },
    },
    createdDate: time(finish + 3_000),
  };
}
