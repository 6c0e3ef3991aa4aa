/** What went wrong with a call, told the same way whether the server, the network or we are to blame. */

export type FieldError = { detail: string; pointer: string };

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
  readonly errors: FieldError[];

  constructor(parts: {
    code: string;
    status: number;
    title: string;
    detail: string;
    requestId?: string | null;
    retryable?: boolean;
    retryAfterSeconds?: number | null;
    errors?: FieldError[];
  }) {
    super(parts.detail);
    this.name = 'Problem';
    this.code = parts.code;
    this.status = parts.status;
    this.title = parts.title;
    this.requestId = parts.requestId ?? null;
    this.retryable = parts.retryable ?? false;
    this.retryAfterSeconds = parts.retryAfterSeconds ?? null;
    this.errors = parts.errors ?? [];
  }

  /** The sentence for one field of a form: `problem.of('/password')`. */
  of(pointer: string): string | undefined {
    const wanted = pointer.replace(/^#/, '');
    return this.errors.find((error) => error.pointer.replace(/^#/, '') === wanted)?.detail;
  }
}

/** Reads a refused answer. A proxy in between may answer with anything: that is told by its status. */
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const common = {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  };
  try {
    const document = await response.json();
    if (document && typeof document === 'object' && typeof document.code === 'string') {
      return new Problem({
        ...common,
        code: document.code,
        title: String(document.title ?? `The server answered ${response.status}`),
        detail: String(document.detail ?? document.title ?? ''),
        requestId: document.request_id ?? common.requestId,
        retryable: document.retryable === true,
        errors: Array.isArray(document.errors) ? document.errors : [],
      });
    }
  } catch {
    // Not JSON: told by the status below.
  }
  return new Problem({
    ...common,
    code: 'unreadable',
    title: `The server answered ${response.status}`,
    detail: `the answer ${response.status} came without an explanation; something between this page and Creel may have sent it`,
    retryable: response.status >= 500,
  });
}

/** Anything thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError) {
    return new Problem({
      code: 'unreachable',
      status: 0,
      title: 'Creel cannot be reached',
      detail: 'the server does not answer; it may be restarting, or the network is away',
      retryable: true,
    });
  }
  return new Problem({
    code: 'page_failed',
    status: 0,
    title: 'The page failed',
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  });
}

export const isAbort = (thrown: unknown): boolean =>
  thrown instanceof DOMException && thrown.name === 'AbortError';
