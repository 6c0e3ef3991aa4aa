/** The real binary on a free port and a directory of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { vi } from 'vitest';

export const BINARY =
  process.env.CREEL_BIN ?? fileURLToPath(new URL('../../../target/ci/creel', import.meta.url));

const START_MAX_MS = 20_000;

/** What a visitor has to know of a server. */
export type Place = {
  url: string;
  /** The first administrator, and the cookie of their session; `null` when nobody was made. */
  admin: { name: string; password: string; cookie: { name: string; value: string } } | null;
};

export type Creel = Place & {
  data: string;
  /** A key that may do everything. */
  key: string;
  /** What the server printed so far. */
  output: () => string;
  /** The one-time link of the first start, if one was printed. */
  link: () => string | undefined;
  /** Sends a hook as the provider would, and gives what the server answered. */
  hook: (
    provider: 'azure' | 'buildkite',
    body: unknown,
    headers?: Record<string, string>,
  ) => Promise<{ status: number; body: Record<string, unknown> }>;
  get: <T = Record<string, unknown>>(address: string) => Promise<T>;
  stop: () => Promise<void>;
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts it with an administrator, `ada`; with `firstStart` as somebody finds it who starts it first. */
export async function startCreel(
  options: { args?: string[]; firstStart?: boolean } = {},
): Promise<Creel> {
  const data = await mkdtemp(`${tmpdir()}/creel-journey-`);
  const running = await run('serve', ['--data', data, ...(options.args ?? [])]);
  const { url, output } = running;
  const made = await promisify(execFile)(BINARY, [
    ...['key', 'create', '--name', 'journeys', '--json', '--data', data],
    ...['--scope', 'ingest', '--scope', 'read', '--scope', 'admin'],
  ]);
  const key: string = JSON.parse(made.stdout).key;
  const link = () => /https?:\/\/\S+\/setup#token=\S+/.exec(output())?.[0];

  return {
    url,
    data,
    key,
    admin: options.firstStart ? null : await makeAdmin(url, link()),
    output,
    link,
    async hook(provider, body, headers = {}) {
      const response = await fetch(`${url}/webhooks/${provider}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
    async get(address) {
      const response = await fetch(`${url}/api/v1${address}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async stop() {
      await running.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** The build that a hook was sent of, once the server has read it. */
export async function firstBuild(creel: Creel): Promise<string> {
  const found = await vi.waitFor(
    async () => {
      const { items } = await creel.get<{ items: { id: string }[] }>('/builds?limit=1');
      if (!items[0]) throw new Error('the build is not there yet');
      return items[0];
    },
    { timeout: 20_000, interval: 100 },
  );
  return found.id;
}

/** Starts the demo, where whoever looks is the administrator. */
export async function startDemo(): Promise<Place & { stop: () => Promise<void> }> {
  const { url, stop } = await run('demo', []);
  return { url, admin: null, stop };
}

/** Starts a command that listens on a free port, and waits until it does. */
async function run(command: string, args: string[]) {
  const port = await freePort();
  const child = spawn(BINARY, [command, '--listen', `127.0.0.1:${port}`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const tell of heard) tell();
    });
  }
  await saysItListens(child, () => output, heard);
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function makeAdmin(url: string, link: string | undefined): Promise<Creel['admin']> {
  const person = { name: 'ada', password: 'a few good words' };
  const token = link?.split('#token=')[1];
  const response = await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ token, ...person }),
  });
  const [name, value] =
    (response.headers.get('set-cookie') ?? '').split(';', 1)[0]?.split('=') ?? [];
  if (!name || !value) throw new Error(`no session from ${link}: ${await response.text()}`);
  return { ...person, cookie: { name, value } };
}

function saysItListens(
  child: ChildProcess,
  output: () => string,
  heard: Set<() => void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(new Error('it does not say that it listens')), START_MAX_MS);
    const gone = () => end(new Error('it ended before it listened'));
    const end = (error?: Error) => {
      clearTimeout(timer);
      heard.delete(look);
      child.off('exit', gone);
      if (error) reject(new Error(`${BINARY}: ${error.message}\n${output()}`));
      else resolve();
    };
    const look = () => {
      if (/listens on|The demo is at/.test(output())) end();
    };
    heard.add(look);
    child.once('exit', gone);
    child.once('error', end);
  });
}
