// Puts .br and .gz beside everything in dist that gets smaller by it: the server sends them as they are.
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** Smaller files fit in one packet anyway. */
const BYTES_MIN = 512;

// The manifest is for the budget and the packages are for their licences, neither is for browsers.
const web = fileURLToPath(new URL('../', import.meta.url));
renameSync(`${dist}.vite/manifest.json`, `${web}.manifest.json`);
renameSync(`${dist}.vite/packages.json`, `${web}.packages.json`);
rmSync(`${dist}.vite`, { recursive: true });

let files = 0;
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(html|js|css|svg|json|txt)$/.test(entry.name)) continue;
  const path = `${entry.parentPath}/${entry.name}`;
  const bytes = readFileSync(path);
  for (const ending of ['.br', '.gz']) rmSync(path + ending, { force: true });
  if (bytes.length < BYTES_MIN) continue;
  const br = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const gz = gzipSync(bytes, { level: 9 });
  if (br.length < bytes.length) writeFileSync(`${path}.br`, br);
  if (gz.length < bytes.length) writeFileSync(`${path}.gz`, gz);
  files += 1;
}
console.log(`Compressed ${files} files.`);
