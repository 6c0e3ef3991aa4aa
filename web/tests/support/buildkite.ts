/** Made-up hooks of a make-believe organisation on Buildkite: a build and its jobs, as they go on. */
import { randomUUID } from 'node:crypto';
import type { Creel } from './creel';

export type Job = {
  id: string;
  name: string;
  state: 'scheduled' | 'running' | 'passed' | 'failed';
  /** Seconds after the start of the build. */
  scheduled: number;
  started?: number;
  finished?: number;
  agent?: string;
};

export type BuildkiteBuild = {
  send: (event: string, state: string, more?: { finished?: number; job?: Job }) => Promise<number>;
  job: (wish: Omit<Job, 'id'> & { id?: string }) => Job;
};

/** A build that began so many seconds ago; `send` tells how it goes on and gives the entry's number. */
export function buildkiteBuild(
  creel: Creel,
  wish: {
    number: number;
    pipeline?: string;
    branch?: string;
    secondsAgo: number;
    message?: string;
  },
): BuildkiteBuild {
  const id = randomUUID();
  const start = Date.now() - wish.secondsAgo * 1_000;
  const time = (seconds: number | undefined) =>
    seconds === undefined ? null : new Date(start + seconds * 1_000).toISOString();
  const slug = wish.pipeline ?? 'storefront';
  const web = `https://buildkite.com/acme/${slug}`;
  const api = `https://api.buildkite.com/v2/organizations/acme/pipelines/${slug}`;
  return {
    job: (job) => ({ id: randomUUID(), ...job }),
    async send(event, state, { finished, job } = {}) {
      const { status, body } = await creel.hook(
        'buildkite',
        {
          event,
          ...(job
            ? {
                job: {
                  id: job.id,
                  type: 'script',
                  name: job.name,
                  state: job.state,
                  web_url: `${web}/builds/${wish.number}#${job.id}`,
                  created_at: time(job.scheduled),
                  scheduled_at: time(job.scheduled),
                  runnable_at: time(job.scheduled),
                  started_at: time(job.started),
                  finished_at: time(job.finished),
                  soft_failed: false,
                  ...(job.started === undefined
                    ? {}
                    : { agent: { name: job.agent ?? 'builder-7' } }),
                },
              }
            : {}),
          build: {
            id,
            url: `${api}/builds/${wish.number}`,
            web_url: `${web}/builds/${wish.number}`,
            number: wish.number,
            state,
            blocked: false,
            message: wish.message ?? 'Retry payment once',
            commit: '9f3c2ab1d4e5f60718293a4b5c6d7e8f90a1b2c3',
            branch: wish.branch ?? 'main',
            source: 'webhook',
            creator: { name: 'Luca Adler' },
            created_at: time(-20),
            scheduled_at: time(-20),
            started_at: time(state === 'scheduled' ? undefined : 0),
            finished_at: time(finished),
          },
          pipeline: { id: randomUUID(), name: slug, slug, url: api, web_url: web },
          sender: { name: 'Luca Adler' },
        },
        { 'x-buildkite-event': event, 'x-buildkite-request': randomUUID() },
      );
      if (status !== 200) throw new Error(`${event}: ${status} ${JSON.stringify(body)}`);
      return Number(body.entry_id);
    },
  };
}

/** A build that ran and failed in its second job; gives the entry that told of the failed job. */
export async function failedBuild(
  creel: Creel,
  wish: Parameters<typeof buildkiteBuild>[1],
): Promise<number> {
  const build = buildkiteBuild(creel, wish);
  const lint = build.job({
    ...{ name: ':broom: Lint', state: 'passed', scheduled: 0, started: 5, finished: 30 },
  });
  const tests = build.job({
    ...{ name: 'Browser tests', state: 'failed', scheduled: 30, started: 50, finished: 200 },
  });
  await build.send('build.running', 'running');
  await build.send('job.finished', 'running', { job: lint });
  const entry = await build.send('job.finished', 'failing', { job: tests });
  await build.send('build.finished', 'failed', { finished: 201 });
  return entry;
}
