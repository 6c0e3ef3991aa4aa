/** Pictures of pages that look the same each time, compared with those that somebody has looked at. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { SHOTS, THEMES, WIDTHS } from './browser';

const LOOKS = fileURLToPath(new URL('../journeys/looks/', import.meta.url));
const FONTS = `${LOOKS}fonts.txt`;
/** `UPDATE_LOOKS=1` takes the pictures anew; look at them before they are committed. */
const UPDATE = Boolean(process.env.UPDATE_LOOKS);
/** Share of points that may differ: another version of Chromium draws edges a little otherwise. */
const DIFFERENT_MAX = 0.003;

/**
 * Whether this machine draws text as the one the pictures are from: with other fonts nothing can be
 * told from them.
 */
export async function hasTheFonts(page: Page): Promise<boolean> {
  const widths = await page.evaluate(() => {
    const pen = document.createElement('canvas').getContext('2d');
    if (!pen) throw new Error('no canvas');
    const style = getComputedStyle(document.documentElement);
    return ['--font', '--mono'].map((name) => {
      pen.font = `100px ${style.getPropertyValue(name)}`;
      return Math.round(pen.measureText('Why is it red? 0123456789').width);
    });
  });
  if (UPDATE) {
    await mkdir(LOOKS, { recursive: true });
    await writeFile(FONTS, `${widths.join(' ')}\n`);
  }
  return (await readFile(FONTS, 'utf8')).trim() === widths.join(' ');
}

/** What differs from the pictures of `name`, at every width in both themes: should stay empty. */
export async function changesOf(page: Page, name: string): Promise<string[]> {
  const changes: string[] = [];
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      const file = `${name}-${theme}-${width}.png`;
      const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      if (UPDATE) await writeFile(LOOKS + file, taken);
      const change = await changeOf(taken, file);
      if (change) changes.push(change);
    }
  }
  return changes;
}

async function changeOf(taken: Buffer, file: string): Promise<string | null> {
  if (!existsSync(LOOKS + file)) return `${file}: no picture yet; take it with UPDATE_LOOKS=1`;
  const [now, before] = [PNG.sync.read(taken), PNG.sync.read(await readFile(LOOKS + file))];
  const { width, height } = before;
  if (now.width !== width || now.height !== height) return `${file}: another size`;
  const marked = new PNG({ width, height });
  const points = pixelmatch(before.data, now.data, marked.data, width, height, { threshold: 0.2 });
  const share = points / (width * height);
  if (share <= DIFFERENT_MAX) return null;
  await mkdir(SHOTS, { recursive: true });
  await writeFile(`${SHOTS}changed-${file}`, PNG.sync.write(marked));
  return `${file}: ${(share * 100).toFixed(2)} % of the points differ, marked in shots/changed-${file}`;
}
