// What a browser is given: never anything stale, every kind of file as it will be in production, and nothing of the preview in what is built.
import { readFileSync } from 'node:fs';

import { REPOSITORY, SITE_TOML, equal, expect, onSite, png, post, until } from './site.js';

const FIRST = 'content/posts/first.md';
const FOOT = 'themes/paper/templates/web/colophon.html';
const WAV = readFileSync(`${REPOSITORY}tests/fixtures/incremental/content/audio/river.wav`);
const FONT = readFileSync(`${REPOSITORY}themes/broadside/static/fonts/newsreader-latin.woff2`);
const GREEN = [0, 200, 0];
const RED = [200, 0, 0];

/** The colour in the middle of a picture on the page, and its width. */
const looked = (page, selector) => page.ask(async (it) => {
  const image = document.querySelector(it);
  image.loading = 'eager';
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: 9, height: 9 });
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0, 9, 9);
  const [red, green] = pen.getImageData(4, 4, 1, 1).data;
  return { colour: red > 150 && green < 60 ? 'red' : green > 150 && red < 60 ? 'green' : `${red},${green}`, ratio: Math.round(image.naturalWidth / image.naturalHeight * 10) / 10, src: image.currentSrc };
}, selector);

const withPicture = {
  'content/posts/pictured/index.md': post({ title: 'Pictured', date: '2026-02-03', head: 'audio = { src = "river.wav" }', text: '![A field](field.png)' }),
  'content/posts/pictured/field.png': png(900, 600, GREEN),
  'content/posts/pictured/river.wav': WAV,
  'content/favicon.ico': Buffer.from('00000100', 'hex'),
  'content/robots-of-mine.txt': 'Words in a file.\n',
  'themes/paper/static/fonts/own.woff2': FONT,
};

export const serving = (browser) => ({
  'a template of every page: what is seen is repainted, what is asked for is new': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/posts/first/`);
    await page.waitForPreview();
    await page.scrollTo(400);
    const paths = ['/', '/posts/first/', '/posts/second/', '/about/', '/posts/', '/tags/', '/tags/moor/', '/archive/', '/archive/2026/', '/nowhere/'];
    await page.withinScroll(async () => {
      for (const foot of ['second foot', 'third foot', 'fourth foot']) {
        const old = /, (\S+) foot/.exec(site.read(FOOT))[1];
        site.edit(FOOT, `${old} foot`, foot, foot.startsWith('third') ? 'replace' : 'write');
        await page.waitForText(foot);
        for (const path of paths) {
          const { text } = await preview.ask(path);
          expect(text.includes(foot), `${path} is new: ${foot}`, text.slice(0, 200));
        }
      }
    });
    await page.close();
  }),

  'a page that was left is new when it is asked for, however often it was drawn meanwhile': onSite(async (site, preview) => {
    await preview.text('/posts/first/');
    for (const words of ['One.', 'Two.', 'Three.']) {
      await preview.rebuildsOf(() => site.write(FIRST, post({ title: 'The first', date: '2026-01-01', text: words })), FIRST);
      // The dashboard of the state after the sweep, which draws everything: a later save has been swept then.
      await preview.rebuildsOf(() => site.edit('content/pages/about.md', 'words', 'words and'), 'content/pages/about.md');
      const text = await preview.text('/posts/first/');
      expect(text.includes(words), words, text.slice(0, 300));
    }
    // Asked for at the very moment of the save, again and again: never what was before it.
    for (let number = 0; number < 40; number += 1) {
      await preview.rebuildsOf(() => site.write(FIRST, post({ title: 'The first', date: '2026-01-01', text: `Number ${number}.` })), FIRST);
      const text = await preview.text('/posts/first/');
      expect(text.includes(`Number ${number}.`), `number ${number}`, text.slice(0, 300));
    }
  }),

  'a picture is replaced, and seen': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/posts/pictured/`);
    await page.waitForPreview();
    const first = await looked(page, '.prose img');
    equal([first.colour, first.ratio], ['green', 1.5], 'the picture');
    expect(/\.(webp|avif|png|jpg)$/.test(first.src) && first.src.includes('field'), 'a variant', first.src);
    const answer = await preview.ask(new URL(first.src).pathname);
    equal([answer.status, answer.headers['content-type'].startsWith('image/')], [200, true], 'the variant');
    await page.mark();
    site.write('content/posts/pictured/field.png', png(900, 600, RED));
    await until('another colour', async () => (await looked(page, '.prose img')).colour === 'red');
    site.replace('content/posts/pictured/field.png', png(600, 600, GREEN));
    await until('another shape', async () => {
      const { colour, ratio } = await looked(page, '.prose img');
      return colour === 'green' && ratio === 1;
    });
    expect(await page.isSameDocument(), 'not loaded again');
    await page.close();
  }, { files: withPicture }),

  'files, as they will be in production': onSite(async (site, preview) => {
    const type = async (path) => {
      const { status, headers } = await preview.ask(path);
      return [status, headers['content-type']];
    };
    equal(await type('/feed.xml'), [200, 'application/xml; charset=utf-8'], 'Atom, by its name as hosts do');
    equal(await type('/rss.xml'), [200, 'application/xml; charset=utf-8'], 'RSS');
    equal(await type('/feed.json'), [200, 'application/json'], 'JSON Feed');
    equal(await type('/sitemap.xml'), [200, 'application/xml; charset=utf-8'], 'sitemap');
    equal((await type('/robots.txt'))[1], 'text/plain; charset=utf-8', 'robots');
    equal((await type('/favicon.ico'))[0], 200, 'favicon');
    equal(await type('/fonts/own.woff2'), [200, 'font/woff2'], 'font of the theme');
    equal(await type('/fonts/newsreader-latin.woff2'), [200, 'font/woff2'], 'font of the theme that is extended');
    equal([(await preview.text('/note.txt')), (await preview.text('/robots-of-mine.txt'))], ['A note.\n', 'Words in a file.\n'], 'static files');
    expect(!(await preview.text('/feed.xml')).includes('_letterpress'), 'no script in a feed');

    const sound = '/posts/pictured/river.wav';
    const part = await preview.ask(sound, { headers: { range: 'bytes=4-13' } });
    equal([part.status, part.headers['content-range'], part.body.equals(WAV.subarray(4, 14))], [206, `bytes 4-13/${WAV.length}`, true], 'a part');
    const rest = await preview.ask(sound, { headers: { range: `bytes=${WAV.length - 9}-` } });
    equal([rest.status, rest.body.length], [206, 9], 'the rest');
    equal((await preview.ask(sound, { headers: { range: `bytes=${WAV.length + 5}-` } })).status, 416, 'beyond the end');
    equal((await preview.ask(sound)).headers['accept-ranges'], 'bytes', 'ranges are offered');

    for (const path of ['/', '/posts/first/', sound, '/feed.xml', '/favicon.ico']) {
      const got = await preview.ask(path);
      const head = await preview.ask(path, { method: 'HEAD' });
      equal([head.status, head.body.length, head.headers['content-type'], head.headers['content-length']], [200, 0, got.headers['content-type'], String(got.body.length)], `HEAD ${path}`);
      expect(got.headers.etag, `an ETag for ${path}`, got.headers);
      const same = await preview.ask(path, { headers: { 'if-none-match': got.headers.etag } });
      equal([same.status, same.body.length], [304, 0], `the same ${path}`);
    }
    const { etag } = (await preview.ask('/posts/first/')).headers;
    site.edit(FIRST, 'First words.', 'Words of another version.');
    await until('another version', async () => (await preview.ask('/posts/first/', { headers: { 'if-none-match': etag } })).status === 200);

    const moved = await preview.ask('/posts/first?from=mail');
    equal([[301, 302, 307, 308].includes(moved.status), moved.headers.location], [true, '/posts/first/?from=mail'], 'without a slash');
    const missing = await preview.ask('/no/such/page/');
    equal([missing.status, missing.text.includes('404'), missing.text.includes('data-letterpress')], [404, true, true], 'the site\'s own 404');
    equal((await preview.ask('/', { headers: { host: 'evil.example' } })).status >= 400, true, 'another host');
    for (const path of ['/../site.toml', '/%2e%2e/site.toml', '/..%2fsite.toml', '/.letterpress/']) equal((await preview.ask(path)).status >= 400, true, path);
  }, { files: withPicture }),

  'a site below a path': onSite(async (site, preview) => {
    equal(new URL(preview.url).pathname, '/blog/', 'the address that is told');
    for (const path of ['/', '/blog']) {
      const { status, headers } = await preview.ask(path);
      equal([status >= 301 && status < 309, headers.location], [true, '/blog/'], path);
    }
    equal([(await preview.ask('/posts/first/')).status, (await preview.ask('/blog/posts/first/')).status, (await preview.ask('/blog/feed.xml')).status], [404, 200, 200], 'below it alone');
    const page = await browser.page(`${preview.origin}/blog/posts/first/`);
    await page.waitForPreview();
    await page.mark();
    site.edit(FIRST, 'First words.', 'Words below a path.');
    await page.waitForText('Words below a path.');
    site.edit('themes/paper/styles/_ink.scss', 'rgb(1, 2, 3)', 'rgb(4, 5, 6)');
    await until('a colour', async () => await page.color('h1') === 'rgb(4, 5, 6)');
    expect(await page.isSameDocument(), 'not loaded again');
    site.rename(FIRST, 'content/posts/once.md');
    await page.waitForPath('/blog/posts/once/');
    equal(page.requests.filter((one) => !/^\/(blog|_letterpress)\/|^\/favicon\.ico$/.test(one.path)).map((one) => one.path), [], 'requests beside it');
    // The base URL is changed while it runs.
    site.edit('site.toml', 'tests.example/blog/', 'tests.example/journal/');
    await until('the other path', async () => (await preview.ask('/journal/posts/once/')).status === 200);
    equal((await preview.ask('/')).headers.location, '/journal/', 'leads there');
    await page.close();
  }, { files: { 'site.toml': SITE_TOML.replace('tests.example/"', 'tests.example/blog/"') } }),

  'nothing of it is built': onSite(async (site, preview) => {
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    site.edit(FIRST, 'First words.', 'Words to be built.');
    await until('the text', async () => (await preview.text('/posts/first/')).includes('Words to be built.'));
    for (const path of ['/posts/first/', '/feed.xml', '/_letterpress/']) await preview.ask(path);
    equal(site.has('public'), false, 'public/ while it is previewed');
    site.run('build');
    const built = site.files('public');
    expect(built.length > 20, 'files that were built', built.length);
    for (const name of built) {
      const text = site.read(`public/${name}`);
      for (const words of ['_letterpress', 'data-letterpress', 'localhost', '127.0.0.1']) expect(!text.includes(words), `no “${words}” in ${name}`);
    }
    expect(site.read('public/posts/first/index.html').includes('Words to be built.'), 'what was saved last');
    // The same site in another folder, of which nothing is known: byte for byte the same.
    await preview.stop();
    const before = new Map(built.map((name) => [name, readFileSync(site.path(`public/${name}`))]));
    site.remove('public');
    site.remove('.letterpress');
    site.run('build');
    equal(site.files('public').sort(), built.sort(), 'files of a clean build');
    for (const [name, bytes] of before) expect(bytes.equals(readFileSync(site.path(`public/${name}`))), `${name} is as a clean build makes it`);
    await page.close();
  }, { files: withPicture }),
});
