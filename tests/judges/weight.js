// What an article weighs before compression: HTML, its stylesheets and its scripts under 60 kB together, and the fonts
// that those stylesheets name at most 150 kB more. Every article is weighed.
import { readFileSync, statSync } from 'node:fs';
import { fileOf, isArticle, pages, site, verdict } from './site.js';

const LIMIT = 60_000;
const FONT_LIMIT = 150_000;
const { dir, base } = site();
const { complain, end } = verdict('weight');

/** The stylesheet's bytes with what it imports, and the files of its fonts. */
function stylesheet(address, seen = new Set()) {
  const file = fileOf(dir, base, address);
  if (!file || seen.has(file)) return { bytes: 0, fonts: new Set() };
  seen.add(file);
  const css = readFileSync(file, 'utf8');
  let bytes = Buffer.byteLength(css);
  const fonts = fontsOf(css, address);
  for (const [, , name] of css.matchAll(/@import\s+(?:url\()?(["']?)([^"')\s;]+)\1/g)) {
    const part = stylesheet(new URL(name, address).href, seen);
    bytes += part.bytes;
    part.fonts.forEach((font) => fonts.add(font));
  }
  return { bytes, fonts };
}

function fontsOf(css, address) {
  const faces = (css.match(/@font-face\s*\{[^}]*\}/g) ?? []).join('');
  return new Set([...faces.matchAll(/url\((["']?)([^"')]+)\1\)/g)].map(([, , name]) => fileOf(dir, base, new URL(name, address).href)));
}

const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
let heaviest = { total: -1, text: 'no article at all' };
const articles = pages(dir, base).filter(isArticle);
if (!articles.length) complain('(site)', 'no articles', 'nothing to weigh');
for (const { path, url, html, $ } of articles) {
  const linked = (selector, name) => [...new Set($(selector).get().map((tag) => new URL($(tag).attr(name), url).href))];
  const sheets = linked('link[rel~=stylesheet][href]', 'href').map((address) => stylesheet(address));
  const scripts = linked('script[src]', 'src').concat(linked('link[rel=modulepreload][href]', 'href'))
    .map((address) => fileOf(dir, base, address)).filter(Boolean);
  const fonts = new Set(sheets.flatMap((sheet) => [...sheet.fonts])
    .concat([...fontsOf($('style').text(), url)]).concat(linked('link[rel=preload][as=font]', 'href').map((address) => fileOf(dir, base, address))));
  fonts.delete(null); // A missing file is the link checker's to find.
  const sum = (list) => list.reduce((total, value) => total + value, 0);
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
