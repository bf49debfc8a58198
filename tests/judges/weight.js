// What an article weighs before compression: HTML, its stylesheets and its scripts under 60 kB together, and the fonts
// that those stylesheets name at most 150 kB more. Every article is weighed.
import { readFileSync, statSync } from 'node:fs';
import { fileOf, isArticle, pages, site, verdict } from './site.js';

const LIMIT = 60_000;
const FONT_LIMIT = 150_000;
const { dir, base } = site();
const { complain, end } = verdict('weight');

/** A stylesheet with all that it imports: its bytes, and its fonts as `{ file, ranges }`. */
function stylesheet(address, seen = new Set()) {
  const file = fileOf(dir, base, address);
  if (!file || seen.has(file)) return { bytes: 0, faces: [] };
  seen.add(file);
  const css = readFileSync(file, 'utf8');
  const parts = [...css.matchAll(/@import\s+(?:url\()?(["']?)([^"')\s;]+)\1/g)].map(([, , name]) => stylesheet(new URL(name, address).href, seen));
  return { bytes: Buffer.byteLength(css) + sum(parts.map((part) => part.bytes)), faces: fontFaces(css, address).concat(parts.flatMap((part) => part.faces)) };
}

function fontFaces(css, address) {
  return (css.match(/@font-face\s*\{[^}]*\}/g) ?? []).flatMap((face) => {
    const ranges = [...face.matchAll(/U\+([0-9a-f?]+)(?:-([0-9a-f]+))?/gi)].map(([, first, last]) => [
      parseInt(first.replaceAll('?', '0'), 16), parseInt(last ?? first.replaceAll('?', 'f'), 16)]);
    return [...face.matchAll(/url\((["']?)([^"')]+)\1\)/g)].map(([, , name]) => ({ file: fileOf(dir, base, new URL(name, address).href), ranges }));
  });
}

/** Whether a browser may fetch a font for this text: not if its `unicode-range` has none of the letters. */
const mayNeed = (text) => ({ ranges }) => !ranges.length || [...text].some((letter) => ranges.some(([first, last]) => letter.codePointAt(0) >= first && letter.codePointAt(0) <= last));

const sum = (list) => list.reduce((total, value) => total + value, 0);
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
let heaviest = { total: -1, text: 'no article at all' };
const articles = pages(dir, base).filter(isArticle);
if (!articles.length) complain('(site)', 'no articles', 'nothing to weigh');
for (const { path, url, html, $ } of articles) {
  const linked = (selector, name) => [...new Set($(selector).get().map((tag) => new URL($(tag).attr(name), url).href))];
  const sheets = linked('link[rel~=stylesheet][href]', 'href').map((address) => stylesheet(address));
  const scripts = linked('script[src]', 'src').concat(linked('link[rel=modulepreload][href]', 'href'))
    .map((address) => fileOf(dir, base, address)).filter(Boolean);
  const letters = [...new Set($('body').text())].join('');
  const faces = sheets.flatMap((sheet) => sheet.faces).concat(fontFaces($('style').text(), url)).filter(mayNeed(letters));
  const preloaded = linked('link[rel=preload][as=font]', 'href').map((address) => fileOf(dir, base, address));
  const fonts = new Set(faces.map(({ file }) => file).concat(preloaded));
  fonts.delete(null); // A missing file is the link checker's to find.
  const parts = {
    HTML: Buffer.byteLength(html),
    CSS: sum(sheets.map((sheet) => sheet.bytes)),
    JavaScript: sum([...new Set(scripts)].map((file) => statSync(file).size)),
  };
  const total = sum(Object.values(parts));
  const fontBytes = sum([...fonts].map((file) => statSync(file).size));
  const text = `${path}: ${kb(total)} (${Object.entries(parts).map(([name, bytes]) => `${name} ${kb(bytes)}`).join(', ')}), ${fonts.size} fonts ${kb(fontBytes)}`;
  if (total > heaviest.total) heaviest = { total, text };
  if (total >= LIMIT) complain(path, `an article weighs under ${kb(LIMIT)}`, text);
  if (fontBytes > FONT_LIMIT) complain(path, `fonts weigh at most ${kb(FONT_LIMIT)}`, text);
}
console.log(`the heaviest: ${heaviest.text}`);
end(`${articles.length} articles`);
