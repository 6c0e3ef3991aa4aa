// Writes src/lib/api/schema.d.ts from docs/openapi.json; with --check, only tells whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import openapi, { astToString } from 'openapi-typescript';

const document = new URL('../../docs/openapi.json', import.meta.url);
const target = new URL('../src/lib/api/schema.d.ts', import.meta.url);

const ast = await openapi(JSON.parse(readFileSync(document, 'utf8')), {
  defaultNonNullable: false,
});
const text = `// Generated from docs/openapi.json by \`npm run types\`. Do not edit.\n\n${astToString(ast)}`;

if (process.argv.includes('--check')) {
  let kept = '';
  try {
    kept = readFileSync(target, 'utf8');
  } catch {
    // Missing is out of date too.
  }
  if (kept !== text) {
    console.error(
      'src/lib/api/schema.d.ts is not what docs/openapi.json says: run `npm run types`.',
    );
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
  console.log('Wrote src/lib/api/schema.d.ts');
}
