// Prints what each page loads and fails above the budget. Sizes are gzip, as the server sends them.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const INITIAL_JS_MAX = 60_000;
const ROUTE_JS_MAX = 150_000;
const CSS_MAX = 15_000;

const web = fileURLToPath(new URL('../', import.meta.url));
const dist = `${web}dist/`;
if (!existsSync(`${web}.manifest.json`)) {
  console.error('There is no dist yet: run `npm run build` first.');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(`${web}.manifest.json`, 'utf8'));
const sizes = new Map();
const size = (file) => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(dist + file), { level: 9 }).length);
  return sizes.get(file);
};

/** Everything that a chunk needs before it can run, itself included. */
function needed(key, found = { js: new Set(), css: new Set() }) {
  const chunk = manifest[key];
  if (found.js.has(chunk.file)) return found;
  if (chunk.file.endsWith('.js')) found.js.add(chunk.file);
  for (const css of chunk.css ?? []) found.css.add(css);
  for (const other of chunk.imports ?? []) needed(other, found);
  return found;
}
const sum = (files) => [...files].reduce((total, file) => total + size(file), 0);
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shell = needed(entry);
const theme = readFileSync(`${dist}index.html`, 'utf8').match(/assets\/theme-[\w-]+\.js/);
if (theme) shell.js.add(theme[0]);

const rows = [];
let failed = false;
const check = (bytes, max, what) => {
  if (bytes > max) {
    failed = true;
    console.error(`Over budget: ${what} is ${kb(bytes).trim()}, at most ${kb(max).trim()}.`);
  }
};

rows.push(['(shell alone)', sum(shell.js), sum(shell.css)]);
for (const key of Object.keys(manifest).sort()) {
  if (!manifest[key].isDynamicEntry || !key.startsWith('src/')) continue;
  const page = needed(key);
  const js = sum(new Set([...shell.js, ...page.js]));
  const css = sum(new Set([...shell.css, ...page.css]));
  rows.push([key.replace(/^src\//, ''), js, css]);
  check(css, CSS_MAX, `CSS of ${key}`);
  check(js, ROUTE_JS_MAX, `JS of ${key}`);
  if (key === 'src/pages/Home.svelte') check(js, INITIAL_JS_MAX, 'JS of the initial route');
}

const width = Math.max(...rows.map(([name]) => name.length));
console.log(`${'with the shell'.padEnd(width)}  ${'JS'.padStart(9)} ${'CSS'.padStart(9)}   (gzip)`);
for (const [name, js, css] of rows) console.log(`${name.padEnd(width)}  ${kb(js)} ${kb(css)}`);
process.exit(failed ? 1 : 0);
