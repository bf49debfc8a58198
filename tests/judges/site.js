// What the judges written in JavaScript share: the pages of a built site and their kinds, a browser, a verdict.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the packages are installed: not beside the judges, so that the sources stay clean. */
export const TOOLS = new URL('../../target/judges/', import.meta.url);
const resolver = createRequire(new URL('judges.js', TOOLS));
export const load = (name) => resolver(name);
export const loadModule = (name) => import(pathToFileURL(resolver.resolve(name)));
export const toolFile = (name) => resolver.resolve(name);

/** The folder and the address that every judge is given. */
export function site() {
  const [dir, base] = process.argv.slice(2);
  if (!dir || !base?.endsWith('/')) {
    console.error(`usage: node ${process.argv[1]} FOLDER ADDRESS   (the address it is built for and served from, with a slash)`);
    process.exit(2);
  }
  return { dir, base };
}

/** Every file below a folder, as paths relative to it. */
export function files(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** The file that an address of this site stands for, or null. */
export function fileOf(dir, base, address) {
  if (!address.startsWith(base)) return null;
  const path = decodeURIComponent(new URL(address).pathname.slice(new URL(base).pathname.length));
  const names = path.endsWith('/') || path === '' ? ['index.html', 'index.xml'].map((name) => path + name) : [path];
  return names.map((name) => join(dir, name)).find((file) => existsSync(file) && statSync(file).isFile()) ?? null;
}

/** Every HTML page: its path as visitors see it, its address, its source and its parsed tree (`$`). */
export function pages(dir, base) {
  const { load: parse } = load('cheerio');
  return files(dir).filter((file) => file.endsWith('.html')).map((file) => {
    const path = `/${file.replace(/(^|\/)index\.html$/, '$1')}`;
    const html = readFileSync(join(dir, file), 'utf8');
    const $ = parse(html);
    return { file, path, url: new URL(path.slice(1), base).href, html, $, redirect: $('meta[http-equiv="refresh" i]').length > 0 };
  });
}

const features = (page) => ['math', 'table', 'dl', 'pre code', 'input[type=checkbox]', 'del', 'blockquote', '[class*=footnote]', 'figure', 'aside, [class*=alert]']
  .filter((selector) => page.$('article, main').find(selector).length > 0).length;
const isPost = (page) => !page.redirect
  // A post that moved in may have any address; what Open Graph says of one is enough then.
  && (/^\/(?:posts|notes)\/(?!page\/)[^/]+\/$/.test(page.path) || page.$('meta[property="og:type"]').attr('content') === 'article');
const EVERYTHING = ['math', 'table', 'dl', 'pre code', 'input[type=checkbox]'];
const inContent = (page, selector) => page.$('main').find(selector).length > 0;
const hasEverything = (page) => EVERYTHING.every((selector) => inContent(page, selector));

// Every kind of page there is, by what does not change with the theme: its address, or what is on it.
// The blog has every kind, so a kind that is not found means that this table or the site is wrong.
export const KINDS = {
  home: (page) => page.path === '/',
  list: (page) => page.path === '/posts/',
  'list page 2': (page) => page.path === '/posts/page/2/',
  post: isPost,
  'post with audio': (page) => isPost(page) && inContent(page, 'audio') && !hasEverything(page),
  // The language of its headline, which is that of the nearest element that says one.
  'post in another language': (page, home) => isPost(page)
    && page.$('main h1').closest('[lang]').attr('lang') !== home.$('html').attr('lang'),
  'post with every feature': (page) => isPost(page) && hasEverything(page),
  page: (page) => /^\/(?!posts|notes|authors|categories|tags|series|archive|newsletter|feed)[a-z][^/.]*\/$/.test(page.path) && !page.redirect,
  terms: (page) => page.path === '/categories/',
  term: (page) => /^\/categories\/[^/]+\/$/.test(page.path),
  tag: (page) => /^\/tags\/[^/]+\/$/.test(page.path),
  series: (page) => /^\/series\/[^/]+\/$/.test(page.path),
  authors: (page) => page.path === '/authors/',
  author: (page) => /^\/authors\/[^/]+\/$/.test(page.path),
  archive: (page) => page.path === '/archive/',
  'archive year': (page) => /^\/archive\/\d{4}\/$/.test(page.path),
  newsletter: (page) => /^\/newsletter\/[^/]+\/$/.test(page.path),
  issue: (page) => /^\/newsletter\/[^/]+\/\d{4}-\d\d-\d\d[^/]*\/$/.test(page.path),
  404: (page) => page.path === '/404.html',
  redirect: (page) => page.redirect,
};

/** One page of each kind, as a map; complains of a kind that has none. `KINDS=home,post` narrows it down. */
export function onePerKind(all, verdict) {
  const home = all.find((page) => page.path === '/');
  if (!home) return verdict.complain('/', 'no such page', 'the site has no home page'), new Map();
  const wanted = process.env.KINDS?.split(',') ?? Object.keys(KINDS);
  const found = new Map();
  for (const kind of wanted) {
    const candidates = all.filter((page) => KINDS[kind]?.(page, home));
    // Among equals the richest page is the hardest to get right.
    candidates.sort((a, b) => features(b) - features(a) || b.html.length - a.html.length);
    const page = kind === 'post' ? candidates.at(-1) : candidates[0];
    if (page) found.set(kind, page);
    else verdict.complain('(site)', 'kind not found', `no page of the kind “${kind}”`);
  }
  return found;
}
export const isArticle = isPost;

/** Debian's Chromium, kept from calling anyone but the site itself. */
export async function browser() {
  const puppeteer = load('puppeteer-core');
  return puppeteer.launch({
    executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--hide-scrollbars',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}

/** Collects complaints; `end` prints how many there were and sets the exit code. */
export function verdict(judge) {
  const seen = new Set();
  return {
    complain(page, rule, excerpt = '') {
      const line = `${page}: ${rule}: ${String(excerpt).replace(/\s+/g, ' ').slice(0, 300)}`;
      if (!seen.has(line)) console.log(line);
      seen.add(line);
    },
    end(judged) {
      console.log(`${judge}: ${judged}, ${seen.size} complaints`);
      process.exitCode = seen.size ? 1 : 0;
    },
  };
}
