// Judges the judges: each must pass a small good site and fail on every fault planted in it, for the right reason.
// A judge that cannot fail proves nothing.
//
//   node selftest.js [JUDGE…]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './server.js';
import { TOOLS } from './site.js';

const LOREM = 'A post long enough to be recognised by the judge of feeds, which asks whether what stands on the page stands in the feed as well; so it goes on.';
const STYLE = `:root { color-scheme: light dark } body { color: #111; background: #fff; font-family: sans-serif } a { color: #00c }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } a { color: #9cf } }\n`;
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** A second of silence. */
function silence() {
  const wav = Buffer.alloc(44 + 8000);
  wav.write('RIFF', 0); wav.writeUInt32LE(36 + 8000, 4); wav.write('WAVEfmt ', 8); wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); wav.writeUInt16LE(1, 22); wav.writeUInt32LE(8000, 24); wav.writeUInt32LE(8000, 28);
  wav.writeUInt16LE(1, 32); wav.writeUInt16LE(8, 34); wav.write('data', 36); wav.writeUInt32LE(8000, 40);
  return wav.fill(128, 44);
}

/** A site with one page of every kind and nothing wrong: file name to content. */
function goodSite(base) {
  const site = { 'style.css': STYLE, 'pixel.png': PNG, 'talk.wav': silence(), 'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>' };
  const paths = [];
  const add = (path, title, main, { lang = 'en', type = 'website', ld = { '@type': 'WebPage', name: title }, crumbs = true, head = '' } = {}) => {
    const url = base + path.slice(1);
    const graph = [ld, ...(crumbs ? [{ '@type': 'BreadcrumbList', itemListElement: [{ '@type': 'ListItem', position: 1, name: 'Home', item: base }, { '@type': 'ListItem', position: 2, name: title }] }] : [])];
    if (path !== '/404.html') paths.push(url);
    site[path === '/404.html' ? '404.html' : `${path.slice(1)}index.html`] = `<!DOCTYPE html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} – Good</title>
<meta name="description" content="About ${title}"><link rel="canonical" href="${url}"><link rel="stylesheet" href="/style.css"><link rel="icon" href="/favicon.svg">
<meta property="og:title" content="${title}"><meta property="og:description" content="About ${title}"><meta property="og:site_name" content="Good"><meta property="og:url" content="${url}"><meta property="og:type" content="${type}"><meta property="og:image" content="${base}pixel.png"><meta name="twitter:card" content="summary">
<link rel="alternate" type="application/atom+xml" href="/atom.xml" title="Atom"><link rel="alternate" type="application/rss+xml" href="/rss.xml" title="RSS"><link rel="alternate" type="application/feed+json" href="/feed.json" title="JSON">
${head}<script type="application/ld+json">${JSON.stringify({ '@context': 'https://schema.org', '@graph': graph })}</script></head>
<body><header><nav aria-label="Site"><a href="/">Good</a> <a href="/about/#part">About the part</a></nav></header><main><h1>${title}</h1>${main}</main></body></html>\n`;
  };
  const post = (slug, title, main, options = {}) => add(`/posts/${slug}/`, title, `<article><p>${LOREM}</p>${main}</article>`, {
    type: 'article', head: '<meta property="article:published_time" content="2026-11-01T09:00:00Z">\n',
    ld: { '@type': 'BlogPosting', headline: title, datePublished: '2026-11-01T09:00:00Z', author: { '@type': 'Person', name: 'Jane' }, image: `${base}pixel.png`, mainEntityOfPage: `${base}posts/${slug}/` },
    ...options,
  });
  add('/', 'Home', '<p><a href="/posts/plain/">A plain post</a></p>', { crumbs: false, ld: { '@type': 'WebSite', name: 'Good', url: base } });
  post('plain', 'Plain', '<p>Short.</p>');
  post('spoken', 'Spoken', '<p><audio controls preload="metadata" src="/talk.wav"></audio></p>');
  post('deutsch', 'Deutsch', '<p>Kurz.</p>', { lang: 'de' });
  post('features', 'Features', `<h2 id="table">A table</h2><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>
<dl><dt>t</dt><dd>d</dd></dl><pre tabindex="0"><code>x</code></pre><ul><li><input type="checkbox" disabled aria-label="done"> t</li></ul><p><math><mi>x</mi></math> <a href="#table">up</a></p>`);
  add('/about/', 'About', '<h2 id="part">Part</h2><p>Us. <picture><source type="image/png" srcset="/pixel.png 1x"><img src="/pixel.png" alt="A dot" width="1" height="1"></picture></p>');
  for (const [path, title] of Object.entries({ '/posts/': 'Posts', '/posts/page/2/': 'Posts 2', '/categories/': 'Categories', '/categories/a/': 'Category', '/tags/a/': 'Tag', '/series/a/': 'Series', '/authors/': 'Authors', '/archive/': 'Archive', '/archive/2026/': '2026', '/newsletter/a/': 'Newsletter', '/newsletter/a/2026-11-01/': 'Issue' })) {
    add(path, title, `<p>${title}: <a href="/posts/plain/">Plain</a></p>`);
  }
  add('/authors/jane/', 'Jane', '<p>Writes.</p>', { ld: { '@type': 'ProfilePage', mainEntity: { '@type': 'Person', name: 'Jane', url: `${base}authors/jane/` } } });
  add('/404.html', 'Not found', '<p>Nothing here.</p>');
  site['old/index.html'] = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Moved</title><link rel="icon" href="/favicon.svg"><link rel="canonical" href="${base}about/"><meta http-equiv="refresh" content="0; url=${base}about/"></head><body><main><h1>Moved</h1><p><a href="${base}about/">It moved</a></p></main></body></html>\n`;

  const link = `${base}posts/spoken/`;
  const html = `<p>${LOREM}</p><p><a href="${base}about/#part">more</a></p>`;
  const escaped = html.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  site['atom.xml'] = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Good</title><id>${base}</id><updated>2026-11-01T09:00:00Z</updated><link rel="self" href="${base}atom.xml"/><link href="${base}"/><author><name>Jane</name></author>
<entry><title>Spoken</title><id>tag:good,2026:spoken</id><updated>2026-11-01T09:00:00Z</updated><link href="${link}"/><content type="html">${escaped}</content></entry></feed>\n`;
  const rss = (name, extra, item) => `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Good</title><link>${base}</link><description>Good</description><language>en</language><lastBuildDate>Sun, 01 Nov 2026 09:00:00 +0000</lastBuildDate><atom:link rel="self" href="${base}${name}" type="application/rss+xml"/>${extra}
<item><title>Spoken</title><link>${link}</link><guid isPermaLink="false">tag:good,2026:spoken</guid><pubDate>Sun, 01 Nov 2026 09:00:00 +0000</pubDate><content:encoded>${escaped}</content:encoded>${item}</item></channel></rss>\n`;
  site['rss.xml'] = rss('rss.xml', '', '');
  site['podcast.xml'] = rss('podcast.xml', `<itunes:author>Jane</itunes:author><itunes:explicit>false</itunes:explicit><itunes:image href="${base}pixel.png"/><itunes:category text="Technology"/><podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>`,
    `<enclosure url="${base}talk.wav" length="8044" type="audio/wav"/><itunes:duration>1</itunes:duration>`);
  site['feed.json'] = JSON.stringify({ version: 'https://jsonfeed.org/version/1.1', title: 'Good', home_page_url: base, feed_url: `${base}feed.json`, items: [{ id: 'tag:good,2026:spoken', url: link, title: 'Spoken', content_html: html, date_published: '2026-11-01T09:00:00Z' }] });
  site['sitemap.xml'] = `<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${paths.filter((url) => !url.includes('/page/')).map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>\n`;
  site['robots.txt'] = `User-agent: *\nAllow: /\n\nSitemap: ${base}sitemap.xml\n`;
  return site;
}

/** Puts `text` in place of the first `part`, which must be there, or the fault would not be planted at all. */
const change = (file, part, text) => (site) => {
  if (!site[file].includes(part)) throw new Error(`selftest: ${file} does not contain ${part}`);
  site[file] = site[file].replace(part, text);
};
const addTo = (file, text) => change(file, '</main>', `${text}</main>`);
const remove = (file) => (site) => { delete site[file]; };
const HOME = 'index.html';
const POST = 'posts/plain/index.html';
const onlyHome = { KINDS: 'home' };

// judge: what is planted, what it must say, and which kinds of page are enough to see it.
const FAULTS = {
  vnu: [
    ['a picture without alt', addTo(HOME, '<img src="/pixel.png">'), /alt/],
    ['a tag in the wrong place', addTo(HOME, '<ul><p>x</p></ul>'), /not allowed/],
    ['a broken stylesheet', (site) => { site['style.css'] += 'p { colr: red }'; }, /colr/],
    ['a broken SVG', (site) => { site['favicon.svg'] = '<svg xmlns="http://www.w3.org/2000/svg"><circle rr="1"/></svg>'; }, /rr/],
  ],
  axe: [
    ['too little contrast, only in the dark', (site) => { site['style.css'] += '@media (prefers-color-scheme: dark) { h1 { color: #333 } }'; }, /dark\): color-contrast/, onlyHome],
    ['a button without a name', addTo(HOME, '<button></button>'), /button-name/, onlyHome],
    ['something wider than a phone', addTo(HOME, '<div style="width: 600px">wide</div>'), /wider than a screen of 390/, onlyHome],
    ['a script error', addTo(HOME, '<script>throw new Error("planted")</script>'), /planted/, onlyHome],
    ['a message in the console', addTo(HOME, '<script>console.error("planted")</script>'), /console: planted/, onlyHome],
    ['a picture that is not there', addTo(HOME, '<img src="/none.png" alt="x">'), /status 404/, onlyHome],
    ['a tracker', addTo(HOME, '<img src="http://tracker.example/x.png" alt="x">'), /another host/, onlyHome],
    ['a kind of page that is missing', remove('archive/2026/index.html'), /kind not found.*archive year/, { KINDS: 'archive year' }],
    ['no post with every feature', change('posts/features/index.html', '<math>', '<span>'), /kind not found.*every feature/, { KINDS: 'post with every feature' }],
    ['a fault in the page for missing addresses', addTo('404.html', '<img src="none.png" alt="x">'), /no\/such\/none\.png/, { KINDS: '404' }],
  ],
  feeds: [
    ['Atom that is not XML', change('atom.xml', '</entry>', ''), /atom\.xml/],
    ['Atom without updated', change('atom.xml', '<updated>2026-11-01T09:00:00Z</updated><link rel', '<link rel'), /RFC 4287.*updated/],
    ['Atom with an unknown element', change('atom.xml', '<author>', '<autor>x</autor><author>'), /RFC 4287.*autor/],
    ['a relative address in content', change('atom.xml', `href="http`, `href="/about/" title="http`), /not an absolute address/],
    ['a summary instead of content', change('rss.xml', LOREM, 'In short.'), /not whole/],
    ['a link to a page that is not there', change('feed.json', '/posts/spoken/', '/posts/none/'), /no such file/],
    ['one post, two ids', change('rss.xml', 'tag:good,2026:spoken', 'tag:good,2026:other'), /several ids/],
    ['RSS with a wrong date', change('rss.xml', '<pubDate>Sun, 01 Nov 2026 09:00:00 +0000', '<pubDate>2026-11-01'), /pubDate/],
    ['JSON Feed without an item’s id', change('feed.json', '"id":"tag:good,2026:spoken",', ''), /JSON Feed.*id/],
    ['a wrong enclosure length', change('podcast.xml', '8044', '8000'), /enclosure length/],
    ['a podcast without a picture', change('podcast.xml', '<itunes:image href', '<itunes:image none'), /itunes:image/],
    ['no podcast', remove('podcast.xml'), /no podcast/],
    ['a sitemap that breaks its schema', change('sitemap.xml', '<url>', '<url><priority>9</priority>'), /sitemap\.xml: schema/],
    ['a page that the sitemap lacks', change('sitemap.xml', 'about/', ''), /not listed/],
    ['a page that is not there in the sitemap', change('sitemap.xml', 'about/', 'abuot/'), /no such page/],
  ],
  links: [
    ['a broken link', addTo(HOME, '<a href="/none/">x</a>'), /\/none\//],
    ['a broken anchor', addTo(HOME, '<a href="/about/#none">x</a>'), /none.*not found|not found.*none/i],
    ['a broken link on a page that nothing links to', addTo('series/a/index.html', '<a href="/none/">x</a>'), /\/none\//],
    ['a variant of a picture that is not there', change('about/index.html', 'srcset="/pixel.png 1x', 'srcset="/pixel.png 1x, /none.png 2x'), /none\.png/],
    ['a stylesheet that names a missing file', (site) => { site['style.css'] += 'main { background: url(/none.png) }'; }, /none\.png/],
    ['an old address that leads nowhere', change('old/index.html', 'content="0; url=', 'content="0; url=/none'), /none/],
  ],
  lighthouse: [
    ['an unreadable, undescribed, noisy page', (site) => {
      change(HOME, '<meta name="description" content="About Home">', '')(site);
      addTo(HOME, '<img src="/none.png"><button></button>')(site);
    }, /accessibility \d\d:[^]*best-practices \d\d:[^]*seo \d\d:/, onlyHome],
  ],
  weight: [
    ['a heavy article', addTo(POST, `<p>${LOREM.repeat(450)}</p>`), /\/posts\/plain\/: an article weighs/],
    ['a heavy stylesheet, imported', (site) => { site['style.css'] = `@import "more.css";${STYLE}`; site['more.css'] = `/*${'x'.repeat(60_000)}*/`; }, /an article weighs/],
    ['heavy fonts', (site) => { site['style.css'] += '@font-face { font-family: F; src: url("f.woff2") }'; site['f.woff2'] = Buffer.alloc(150_001); }, /fonts weigh/],
  ],
  structured: [
    ['another page as canonical', change(POST, '<link rel="canonical" href="', '<link rel="canonical" href="/x'), /canonical/],
    ['broken JSON-LD', change(POST, '"@context":', '"@context"'), /JSON-LD/],
    ['an article that is not one', change(POST, '"BlogPosting"', '"Thing"'), /no Article/],
    ['no author', change(POST, '"name":"Jane"', '"name":""'), /author: no name/],
    ['a relative picture', change(POST, '"image":"http:', '"image":"'), /image: not absolute/],
    ['no breadcrumbs', change(POST, '"BreadcrumbList"', '"ItemList"'), /no BreadcrumbList/],
    ['no Open Graph title', change(POST, 'og:title', 'og:titel'), /og:title/],
    ['an author page without a person', change('authors/jane/index.html', '"Person"', '"Thing"'), /no Person/],
  ],
};

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPTS = { feeds: 'feeds.py', links: 'links.py' };
const folder = mkdtempSync(join(tmpdir(), 'judges-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(143));
let count = 0;

/** Builds the site with one fault (or none) and runs a judge on it; gives its exit code and what it printed. */
async function judge(name, plant, env = {}) {
  const dir = join(folder, String(count++));
  mkdirSync(dir);
  const server = await serve(dir);
  const site = goodSite(server.url);
  plant(site);
  for (const [file, content] of Object.entries(site)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), content);
  }
  const script = join(HERE, SCRIPTS[name] ?? `${name}.js`);
  const command = script.endsWith('.py') ? fileURLToPath(new URL('venv/bin/python', TOOLS)) : process.execPath;
  // Under CI Lighthouse does not measure performance again and again, which is not at stake here.
  const child = spawn(command, [script, dir, server.url], { env: { ...process.env, CI: 'true', ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { output += data; });
  const code = await new Promise((done) => child.on('close', done));
  server.close();
  return { code, output };
}

// Starting a browser or a Java machine takes longer than judging, so these see all their faults at one sitting (for each
// set of pages); they must still name every one.
const AT_ONCE = ['vnu', 'axe', 'links'];

/** What to run: each a judge, its faults (none: the good site) and the pages it is limited to. */
function sittings(name) {
  const good = { name, faults: [], env: name === 'lighthouse' ? onlyHome : {} };
  const faults = FAULTS[name].map(([what, plant, says, env = {}]) => ({ name, faults: [{ what, plant, says }], env }));
  if (!AT_ONCE.includes(name)) return [good, ...faults];
  const together = new Map();
  for (const { faults: [fault], env } of faults) {
    const key = JSON.stringify(env);
    together.set(key, { name, faults: [...(together.get(key)?.faults ?? []), fault], env });
  }
  return [good, ...together.values()];
}

const queue = (process.argv.length > 2 ? process.argv.slice(2) : Object.keys(FAULTS)).flatMap(sittings);
let wrong = 0;
function report(name, what, right, because) {
  console.log(`${right ? 'right' : 'WRONG'}: ${name} judges a site with ${what}${right ? '' : `, but ${because}`}`);
  if (!right) wrong += 1;
}
async function work() {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { name, faults, env } = next;
    const { code, output } = await judge(name, (site) => faults.forEach(({ plant }) => plant(site)), env);
    if (!faults.length) report(name, 'nothing wrong', code === 0, `exit ${code}:\n${output}`);
    for (const { what, says } of faults) report(name, what, code === 1 && says.test(output), `exit ${code}, and not a word of ${says}:\n${output}`);
  }
}
await Promise.all([work(), work()]);
console.log(`selftest: ${wrong} wrong`);
process.exitCode = wrong ? 1 : 0;
