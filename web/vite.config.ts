import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The server that `npm run dev` shows the pages of. */
const SERVER = process.env.CREEL_SERVER ?? 'http://127.0.0.1:3000';

/**
 * The theme is set before the first paint, and the CSP allows no inline script: so a classic
 * script, loaded blocking in the head, under a hashed name like everything below /assets/.
 */
function themeBeforePaint(): Plugin {
  const source = 'src/lib/prefs/first-paint.js';
  const code = readFileSync(file(source), 'utf8').replace(/^\s*\/\/.*\n/gm, '');
  const hash = createHash('sha256').update(code).digest('base64url').slice(0, 8);
  const built = `assets/theme-${hash}.js`;
  let building = false;
  return {
    name: 'creel-theme-before-paint',
    configResolved(config) {
      building = config.command === 'build';
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: built, source: code });
    },
    transformIndexHtml() {
      const src = `/${building ? built : source}`;
      return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }];
    },
  };
}

/** Writes down which packages the pages are bundled from: each comes with terms that go along with the binary. */
function packagesOfThePages(): Plugin {
  return {
    name: 'creel-packages',
    generateBundle(_options, bundle) {
      const names = new Set<string>();
      for (const part of Object.values(bundle)) {
        const modules = part.type === 'chunk' ? part.moduleIds : [];
        for (const id of modules) {
          const name = id.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
          if (name) names.add(name);
        }
      }
      const source = JSON.stringify([...names].sort());
      this.emitFile({ type: 'asset', fileName: '.vite/packages.json', source });
    },
  };
}

const anyOf = (...parts: RegExp[]): RegExp =>
  new RegExp(parts.map(({ source }) => source).join('|'));

/** What stands around every page. All load it, and in one file it is smaller than scattered over several. */
const SHELL = anyOf(
  /node_modules\/sv-router\//,
  /src\/lib\/api\/(cache|client|problem|resource|session)\./,
  /src\/lib\/live\//,
  /src\/lib\/shell\/(?!Door|Help|Palette)/,
  /src\/lib\/ui\/(announcer|Button|Chip|Copy|ErrorState|Menu|Shape|[Ss]tatus|[Tt]oasts)\./,
  /src\/lib\/url\/(links|params|place|query)\./,
);
/** What nearly all pages are made of. */
const UI =
  /src\/lib\/ui\/(Duration|Empty|Field|Kbd|Page|RelativeTime|Select|Skeleton|Status|Table|Tabs|Waiting|index)\./;
/** What Home and the lists share of builds, and the pages of tests of tests. */
const BUILDS = /src\/lib\/(builds\/(names|history|sources|strip)\.|ui\/(ProviderMark|[Ss]trip))/;
const TESTS = /src\/lib\/(tests\/|list\/(Near|Parts))/;
/** What is small and used by several: the first page lists all files, so there are few. */
const LISTS = anyOf(
  /src\/lib\/(api\/paged|builds\/readings|format\/who|log\/fragment|share|url\/outside)/,
  /src\/lib\/list\/(ahead|focus|windowed|Search)/,
  /\/icons\/(chevron-(left|right)|download|ellipsis|external-link)\./,
);
const SETTINGS = /src\/pages\/settings\/(Frame|ForAdministrators|password|scopes)/;

/** In node, Svelte compiles for a server and takes its server's build: there effects never run. */
const dynamicCompileOptions = () => (process.env.VITEST ? { generate: 'client' as const } : {});

export default defineConfig({
  plugins: [svelte({ dynamicCompileOptions }), themeBeforePaint(), packagesOfThePages()],
  resolve: { alias: { $lib: file('src/lib') } },
  ssr: { resolve: { conditions: ['browser', 'module', 'default'] } },
  build: {
    target: 'es2023',
    // Everything is a file: a `data:` address could not be cached, and styles are shared.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Tells the budget what each page loads; the build moves it out of dist, which is served whole.
    manifest: true,
    rolldownOptions: {
      output: {
        // Every character of a hash is one that does not compress.
        entryFileNames: 'assets/[name]-[hash:7].js',
        chunkFileNames: 'assets/[name]-[hash:7].js',
        assetFileNames: 'assets/[name]-[hash:7][extname]',
        codeSplitting: {
          groups: [
            { name: 'shell', test: SHELL },
            { name: 'ui', test: UI },
            { name: 'builds', test: BUILDS },
            { name: 'tests', test: TESTS },
            { name: 'lists', test: LISTS },
            { name: 'settings', test: SETTINGS },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/webhooks', '/hooks', '/openapi.json', '/asyncapi.json'].map((path) => [
        path,
        { target: SERVER, changeOrigin: false },
      ]),
    ),
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', environment: 'node', include: ['src/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'journeys',
          environment: 'node',
          include: ['tests/journeys/**/*.test.ts'],
          // One browser and one server at a time: a laptop has two cores.
          fileParallelism: false,
          // As patient as everything else that waits for a page (tests/support/browser.ts).
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
