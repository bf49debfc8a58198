// Not a judge: pictures of the main pages, to be looked at. Wide, phone and dark, as far as the first screen reaches
// (`-top`) and whole.
//
//   node screenshots.js FOLDER ADDRESS OUTPUT      (KINDS=home,post narrows it down)
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { browser, onePerKind, pages, site } from './site.js';

const { dir, base } = site();
const output = process.argv[4] ?? 'screenshots';
mkdirSync(output, { recursive: true });
const kinds = onePerKind(pages(dir, base), { complain: (...words) => console.log(words.join(': ')) });
const chromium = await browser();
for (const [kind, page] of kinds) {
  if (page.redirect) continue;
  for (const [view, width, height, scheme] of [['wide', 1440, 900, 'light'], ['phone', 390, 844, 'light'], ['dark', 1440, 900, 'dark'], ['phone-dark', 390, 844, 'dark']]) {
    const tab = await chromium.newPage();
    await tab.setViewport({ width, height, deviceScaleFactor: width < 500 ? 2 : 1 });
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await tab.goto(page.url, { waitUntil: 'networkidle0' });
    const name = join(output, `${kind.replace(/\W+/g, '-')}-${view}`);
    await tab.screenshot({ path: `${name}-top.png` });
    // Lazy images load when they come into view.
    await tab.evaluate(`(async () => {
      for (let y = 0; y < document.body.scrollHeight; y += 600) { scrollTo(0, y); await new Promise((next) => setTimeout(next, 30)); }
      scrollTo(0, 0);
    })()`);
    await tab.screenshot({ path: `${name}.png`, fullPage: true });
    await tab.close();
  }
}
await chromium.close();
console.log(`pictures in ${output}`);
