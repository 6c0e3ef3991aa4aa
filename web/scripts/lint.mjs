// Holds what the Content Security Policy and the reader's privacy ask of the sources and of dist.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const problems = [];

function* files(folder, endings) {
  for (const entry of readdirSync(root + folder, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    if (entry.isFile() && endings.test(entry.name)) {
      yield { path: path.slice(root.length), text: readFileSync(path, 'utf8') };
    }
  }
}

function report(path, text, index, sentence) {
  const line = text.slice(0, index).split('\n').length;
  problems.push(`${path}:${line}: ${sentence}`);
}

for (const { path, text } of files('src', /\.(svelte|ts|js|css|svg)$/)) {
  if (path.endsWith('.svelte')) {
    for (const found of text.matchAll(/\{@html\b/g))
      report(path, text, found.index, '{@html} is banned: text from outside stays text');
    // `style="..."` without an expression becomes an attribute, which the policy forbids.
    for (const found of text.matchAll(/<[a-z][^>]*?\sstyle="[^"{]*"/gi))
      report(path, text, found.index, 'a static style attribute is banned: use a class');
  }
  for (const found of text.matchAll(/@import\s+(?:url\()?['"]?https?:|url\(\s*['"]?https?:/g))
    report(path, text, found.index, 'a style must not load from another site');
}

const html = readFileSync(`${root}index.html`, 'utf8');
for (const found of html.matchAll(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/g))
  report('index.html', html, found.index, 'no inline script, style or handler');

if (existsSync(`${root}dist`)) {
  for (const { path, text } of files('dist', /\.(html|js|css)$/)) {
    const loads = [
      /\b(?:src|href)=["']?https?:\/\/[^"' >]+/g,
      /url\(["']?https?:\/\/[^)]+/g,
      /\b(?:fetch|import|EventSource|WebSocket|Worker)\(["'`]https?:\/\/[^"'`]+/g,
      /\bfrom["'`]https?:\/\/[^"'`]+/g,
    ];
    // A link a person may follow is no load; only elements that fetch by themselves count in HTML.
    for (const load of loads)
      for (const found of text.matchAll(load))
        if (!path.endsWith('.js') || !/^(src|href)/.test(found[0]))
          report(path, text, found.index, `loads from another site: ${found[0].slice(0, 80)}`);
    for (const found of text.matchAll(/\beval\(|new Function\(/g))
      report(path, text, found.index, 'evaluates text, which the policy forbids');
  }
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('Lint: nothing that the policy forbids.');
