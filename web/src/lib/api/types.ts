/** The API's nouns under their own names. Pages import types from here, never from the generated file. */
import type { components } from './schema';
import type * as Soon from './soon';

type Schemas = components['schemas'];

export type Build = Schemas['Build'];
export type Step = Schemas['Step'];
export type LogOutline = Soon.LogOutline;
export type LogLine = Soon.LogLine;
export type LogRun = Soon.LogRun;
export type LogLines = Soon.LogLines;
export type LogGroup = Soon.LogGroup;
export type LogFound = Soon.LogFound;
export type Agent = Soon.Agent;
export type AgentRun = Soon.AgentRun;
export type Queue = Soon.Queue;
export type Why = Soon.Why;
export type WhyItem = Soon.WhyItem;
export type Change = Soon.Change;
export type Artifact = Soon.Artifact;
export type Annotation = Soon.Annotation;
export type HtmlNode = Soon.HtmlNode;
export type Fix = Soon.Fix;
export type AspectState = Soon.AspectState;
export type EnrichmentDetail = Soon.EnrichmentDetail;
export type LogHit = Soon.LogHit;
export type Fact = Schemas['Fact'];
export type Event = Schemas['Event'];
export type EventDetail = Schemas['EventDetail'];
export type EventStatus = Schemas['EventStatus'];
export type Subject = Schemas['Subject'];
export type SubjectKind = Schemas['SubjectKind'];
export type Source = Schemas['Source'];
export type Refusal = Schemas['Refusal'];
export type Forward = Schemas['Forward'];
export type Key = Schemas['Key'];
export type KeyMade = Schemas['KeyMade'];
export type Scope = Schemas['Scope'];
export type Provider = Schemas['Provider'];

export type Link = Schemas['Link'];
export type Session = Schemas['Session'];
export type SessionRow = Schemas['SessionItem'];
export type May = Schemas['May'];
export type Role = Schemas['Role'];
export type User = Schemas['User'];
export type UserLink = Schemas['UserLink'];

export type Pipeline = Schemas['Pipeline'];
export type PipelineBuild = Schemas['PipelineBuild'];

export type Sample = Schemas['Sample'];

export type StorageClass = Schemas['StorageClass'];
export type StorageSize = Schemas['StorageSize'];

export type List<T> = { items: T[]; next_cursor?: string | null };
