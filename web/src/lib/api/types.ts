/** The API's nouns under their own names. Pages import types from here, never from the generated file. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Build = Schemas['Build'];
export type Step = Schemas['Step'];
export type LogOutline = Schemas['LogOutline'];
export type LogLines = Schemas['LogLines'];
export type LogLine = Schemas['LogLine'];
export type LogRun = Schemas['LogRun'];
export type LogGroup = Schemas['LogGroup'];
export type Why = Schemas['Why'];
export type HtmlNode = Schemas['AnnotationNode'];
export type AspectState = Schemas['Standing'];
export type EnrichmentDetail = Schemas['Standings'];
export type Fix = Schemas['Fix'];
export type Agent = Schemas['Agent'];
export type AgentRun = Schemas['AgentRun'];
export type Queue = Schemas['Queue'];
export type Fact = Schemas['Fact'];
export type Event = Schemas['Event'];
export type EventDetail = Schemas['EventDetail'];
export type EventStatus = Schemas['EventStatus'];
export type Subject = Schemas['Subject'];
export type SubjectKind = Schemas['SubjectKind'];
export type Source = Schemas['Source'];
export type SourceToken = Schemas['SourceToken'];
export type AccessState = Schemas['AccessState'];
export type AccessCheck = Schemas['AccessCheck'];
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

export type TestStatus = Schemas['TestStatus'];
export type TestResult = Schemas['TestResult'];
export type TestSet = Schemas['TestSet'];
export type TestSentence = Schemas['TestSentence'];
export type TestHealth = Schemas['TestHealth'];
export type TestCase = Schemas['TestCase'];
export type TestDetail = Schemas['TestDetail'];
export type TestSummary = Schemas['TestSummary'];
export type TestRun = Schemas['TestRun'];
export type RunBuild = Schemas['RunBuild'];
export type RunOutcome = Schemas['RunOutcome'];
export type FirstBad = Schemas['FirstBad'];
export type Comparison = Schemas['Comparison'];
export type ComparedTest = Schemas['ComparedTest'];
export type Monitors = Schemas['Monitors'];
export type MonitorPreview = Schemas['MonitorPreview'];

export type SecurityReport = Schemas['SecurityReport'];

export type Sample = Schemas['Sample'];

export type StorageClass = Schemas['StorageClass'];
export type StorageSize = Schemas['StorageSize'];

export type List<T> = { items: T[]; next_cursor?: string | null };
