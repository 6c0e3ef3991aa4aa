/** Events and what they are about, in words for people. Pure. */
import { plural, providerName, sentence } from '$lib/format/format';
import type { Event, EventDetail, EventStatus, SubjectKind } from '$lib/api/types';
import { links } from '$lib/url/links';

/** Kinds as the API filters by them, in the groups that they are picked from. */
export const KINDS = [
  { label: 'Builds', kinds: ['build.queued', 'build.started', 'build.waiting', 'build.finished'] },
  {
    label: 'Steps',
    kinds: [
      'step.started',
      'step.waiting',
      'step.finished',
      'approval.waiting',
      'approval.finished',
    ],
  },
  { label: 'Repositories', kinds: ['push', 'repository.changed'] },
  {
    label: 'Pull requests',
    kinds: [
      'pull_request.created',
      'pull_request.updated',
      'pull_request.merged',
      'pull_request.merge_failed',
      'pull_request.abandoned',
      'pull_request.commented',
    ],
  },
  {
    label: 'Work items',
    kinds: [
      'work_item.created',
      'work_item.updated',
      'work_item.deleted',
      'work_item.restored',
      'work_item.commented',
    ],
  },
  {
    label: 'Releases',
    kinds: [
      'release.created',
      'release.abandoned',
      'deployment.started',
      'deployment.waiting',
      'deployment.finished',
    ],
  },
  { label: 'Agents', kinds: ['agent.connected', 'agent.disconnected', 'agent.lost'] },
  { label: 'Everything else', kinds: ['other'] },
] as const;

export const SUBJECT_KINDS: readonly { kind: SubjectKind; one: string; many: string }[] = [
  { kind: 'pull_request', one: 'Pull request', many: 'Pull requests' },
  { kind: 'work_item', one: 'Work item', many: 'Work items' },
  { kind: 'repository', one: 'Repository', many: 'Repositories' },
  { kind: 'release', one: 'Release', many: 'Releases' },
  { kind: 'deployment', one: 'Deployment', many: 'Deployments' },
  { kind: 'agent', one: 'Agent', many: 'Agents' },
];

/** `pull_request.merge_failed` as `Pull request merge failed`. */
export function kindWords(kind: string): string {
  const text = kind.replace(/[._]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `ms.vss-pipelines.job-state-changed-event` as `Job state changed`, for the providers whose words we know. */
function typeWords(type: string, provider: Event['provider']): string {
  const known = provider === 'azure_devops' || provider === 'buildkite';
  if (!known || !/^[a-z]+[._][a-z._-]+$/.test(type)) return type;
  const text = type
    .replace(/^ms\.vss-[^.]+\./, '')
    .replace(/-event$/, '')
    .replace('pullrequest', 'pull request')
    .replace('workitem', 'work item')
    .replace(/[._-]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What happened: our kind where there is one, else the provider's word for it. */
export function titleOf(event: Pick<Event, 'kind' | 'type' | 'channel' | 'provider'>): string {
  if (event.kind && event.kind !== 'other') return kindWords(event.kind);
  if (event.type) return typeWords(event.type, event.provider);
  return event.channel
    ? `Sent to ${event.channel}`
    : `Unknown, from ${providerName(event.provider)}`;
}

export type Thing = {
  kind: 'build' | SubjectKind | 'other';
  /** What the provider calls it; short, for where its title is not known. */
  name: string;
  href: string;
};

/** What a subject's key tells by itself: `azure_devops:<guid>:work_item:19640`. */
export function thingOf(key: string): Thing {
  if (key.startsWith('build:')) {
    const id = key.slice('build:'.length);
    return { kind: 'build', name: `Build ${id.slice(0, 8)}`, href: links.build(id) };
  }
  const href = links.subject(key);
  const found = SUBJECT_KINDS.find(({ kind }) => key.includes(`:${kind}:`));
  if (!found) return { kind: 'other', name: key, href };
  const own = key.slice(key.indexOf(`:${found.kind}:`) + found.kind.length + 2);
  // `repository/number` of a pull request, `release/deployment`: the last part is the thing itself.
  const number = own.slice(own.lastIndexOf('/') + 1);
  const short = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(number) ? number.slice(0, 8) : number;
  return { kind: found.kind, name: `${found.one} ${short}`, href };
}

/** What became of an event, and why, in a sentence or two. */
export function explain(
  event: Pick<
    EventDetail,
    'status' | 'answer' | 'reason' | 'echo_of' | 'facts' | 'decoder_version' | 'kind'
  >,
): string {
  if (event.status === 'pending') return 'Stored safely; it waits to be read.';
  const why = event.reason ? ` ${sentence(event.reason)}` : '';
  if (event.status === 'parked') {
    return 'It could not be read, and nothing was lost: it is kept whole, and read again by the next version or when you ask.';
  }
  if (event.echo_of !== null && event.echo_of !== undefined) {
    return `Another subscription told of the same happening first, in event ${event.echo_of}. It counts once.${why}`;
  }
  if (event.answer === 'test') {
    return `A test delivery of the provider: shown here, and never a record.${why}`;
  }
  if (event.facts.length === 0) return `It says nothing of a build or subject.${why}`;
  const about = event.facts.find((fact) => fact.about)?.about;
  const kind = about ? thingOf(about).kind : 'other';
  const what =
    kind === 'other'
      ? ''
      : ` about ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind.replace('_', ' ')}`;
  return `Read: ${plural(event.facts.length, 'fact')}${what}.${why}`;
}

export const STATUSES: readonly { value: EventStatus; label: string }[] = [
  { value: 'done', label: 'Done' },
  { value: 'pending', label: 'Pending' },
  { value: 'parked', label: 'Parked' },
];
