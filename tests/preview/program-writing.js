// What follows an author's doings with files: lists, feeds, addresses; thousands of files; what must cause nothing; the dashboard, the command line.
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';

import { PATIENCE, Site, equal, expect, onSite, post, until } from './site.js';

const FIRST = 'content/posts/first.md';
const SECOND = 'content/posts/second.md';
const ABOUT = 'content/pages/about.md';

/** The same number of whole words in each of the lists that name a post: home, tag, feed, archive. */
async function lists(preview, words) {
  const paths = ['/', '/posts/', '/tags/moor/', '/feed.xml', '/rss.xml', '/feed.json', '/archive/', '/sitemap.xml'];
  const texts = await Promise.all(paths.map((path) => preview.ask(path)));
  return paths.filter((_, at) => texts[at].status === 200 && texts[at].text.includes(words));
}
/** A moment as front matter has it. */
const iso = (moment) => new Date(moment).toISOString().replace(/\.\d+Z/, 'Z');

/** Does something that must have been done before a moment, which it is told: three seconds from now, or later where that was too soon. What it gives is called then. */
async function before(act) {
  for (let lead = 3000; ; lead *= 2) {
    const soon = Math.ceil((Date.now() + lead) / 1000) * 1000;
    const judge = await act(soon);
    if (Date.now() < soon) return judge?.();
    expect(lead < 20_000, 'this machine is too busy');
  }
}
const FEEDS = ['/feed.xml', '/rss.xml', '/feed.json'];
const LISTS = ['/', '/posts/', '/tags/moor/', ...FEEDS, '/archive/'];

export const writing = (browser) => ({
  'a post is added, and every list and feed has it': onSite(async (site, preview) => {
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    await page.mark();
    site.write('content/posts/third.md', post({ title: 'The third', date: '2026-03-01' }));
    await page.waitForText('The third');
    equal(await lists(preview, 'The third'), LISTS, 'lists with the new title');
    site.edit('content/posts/third.md', 'The third', 'The renamed', 'replace');
    await page.waitForText('The renamed');
    equal([await lists(preview, 'The third'), await lists(preview, 'The renamed')], [[], LISTS], 'lists with the old title, and with the other');
    site.remove('content/posts/third.md');
    await page.waitForNoText('The renamed');
    equal(await lists(preview, 'The renamed'), [], 'lists with the removed post');
    expect(await page.isSameDocument(), 'not loaded again');
    await page.close();
  }),

  'a post moves, and its reader goes along': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/posts/first/`);
    await page.waitForPreview();
    site.rename(FIRST, 'content/posts/once.md');
    await page.waitForPath('/posts/once/');
    await page.waitForText('The first');
    await page.waitForStream();
    equal([await lists(preview, '/posts/first/'), (await lists(preview, '/posts/once/')).length], [[], 8], 'lists with the old address, and with the new');
    site.edit('content/posts/once.md', 'description =', 'slug = "twice"\ndescription =');
    await page.waitForPath('/posts/twice/');
    await page.waitForStream();
    site.write('content/posts/once/index.md', site.read('content/posts/once.md'));
    site.remove('content/posts/once.md');
    site.edit('content/posts/once/index.md', 'First words.', 'Words of a bundle.');
    await page.waitForText('Words of a bundle.');
    equal(await page.path(), '/posts/twice/', 'address');
    site.edit('content/posts/once/index.md', 'slug = "twice"', 'url = "/elsewhere/entirely/"');
    await page.waitForPath('/elsewhere/entirely/');
    equal((await preview.ask('/posts/twice/')).status, 404, 'the old address');
    // A former address leads here, and so does the present one when it becomes a former one.
    await page.waitForStream();
    site.edit('content/posts/once/index.md', 'url = "/elsewhere/entirely/"', 'aliases = ["/posts/twice/", "/elsewhere/entirely/"]');
    await page.waitForPath('/posts/once/');
    const { status, headers } = await preview.ask('/posts/twice/?a=b');
    equal([status, headers.location], [307, '/posts/once/?a=b'], 'a former address');
    await page.goto(`${preview.origin}/elsewhere/entirely/`);
    equal(await page.path(), '/posts/once/', 'where a former address leads');
    await page.close();
  }),

  'a post goes and comes back': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/posts/first/`);
    await page.waitForPreview();
    const before = site.read(FIRST);
    site.remove(FIRST);
    await page.waitForText('404');
    equal([await page.path(), (await preview.ask('/posts/first/')).status], ['/posts/first/', 404], 'address and status');
    await page.waitForStream();
    site.write(FIRST, before.replace('First words.', 'Words from beyond.'));
    await page.waitForText('Words from beyond.');
    equal((await preview.ask('/posts/first/')).status, 200, 'status');
    await page.close();
  }),

  'drafts and posts of the future are shown and marked': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/posts/first/`);
    await page.waitForPreview();
    await page.mark();
    site.edit(FIRST, 'description =', 'draft = true\ndescription =');
    await page.waitFor('a mark', () => /draft/i.test(document.querySelector('main .state')?.innerText ?? ''));
    equal(await lists(preview, 'The first'), ['/', '/posts/', '/tags/moor/', '/archive/'], 'lists with a draft: no feed');
    site.edit(FIRST, 'draft = true\n', '');
    await page.waitFor('no mark', () => !document.querySelector('main .state'));
    equal(await lists(preview, 'The first'), LISTS, 'lists with the post');
    site.edit(FIRST, 'date = 2026-01-01', 'date = 2199-01-01');
    await page.waitFor('a mark', () => /scheduled/i.test(document.querySelector('main .state')?.innerText ?? ''));
    expect(await page.isSameDocument(), 'not loaded again');
    await page.close();
  }),

  'a thousand files are one rebuild, and so is a switch of branches': onSite(async (site, preview) => {
    const names = Array.from({ length: 1000 }, (_, at) => `content/posts/many-${at}.md`);
    const short = (title, text) => `+++\ntitle = "${title}"\ndate = 2025-01-01\ndescription = "One of many."\ntags = ["moor"]\n+++\n\n${text}\n`;
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    const rounds = async (act, marker) => {
      // Saved last, by itself, when all is done: whatever else there is comes before it.
      const before = preview.rebuilds().length;
      await act();
      await until('a rebuild of many', () => preview.rebuilds().slice(before).some((line) => line.rebuilt.length >= 300), PATIENCE);
      await preview.rebuildsOf(() => site.edit(ABOUT, /About \S+/.exec(site.read(ABOUT).split('+++')[2])[0], `About ${marker}`), ABOUT);
      await until('the text', async () => (await preview.text('/about/')).includes(marker));
      // Whatever is of that page alone is not of the many.
      return preview.rebuilds().slice(before).filter((line) => line.rebuilt.join() !== ABOUT).map((line) => line.rebuilt.length);
    };
    equal(await rounds(() => names.forEach((name, at) => site.write(name, short(`Many ${at}`, 'As they were.'))), 'made'), [1000], 'files of each rebuild');
    await page.waitForText('Many ');
    equal(await rounds(() => names.forEach((name, at) => site.write(name, short(`Many ${at}`, 'As they are.'))), 'changed'), [1000], 'files of each rebuild');
    equal((await Promise.all(names.slice(0, 50).map((name) => preview.text(`/posts/${name.slice(14, -3)}/`)))).filter((text) => text.includes('As they are.')).length, 50, 'pages that are new');
    const listed = await preview.text('/_letterpress/');
    expect(/and 997 more/.test(listed), 'the rebuild on the dashboard');

    site.git('init', '-q');
    site.git('add', '.');
    site.git('commit', '-qm', 'one');
    site.git('checkout', '-qb', 'other');
    names.slice(0, 300).forEach((name, at) => site.write(name, short(`Other ${at}`, 'On the other branch.')));
    names.slice(300, 500).forEach((name) => site.remove(name));
    for (let at = 0; at < 50; at += 1) site.write(`content/posts/extra-${at}/index.md`, short(`Extra ${at}`, 'New there.'));
    site.git('add', '.');
    site.git('commit', '-qm', 'other');
    await until('all of it', async () => (await preview.ask('/posts/extra-49/')).status === 200, PATIENCE);
    await preview.rebuildsOf(() => site.edit(ABOUT, 'About changed', 'About settled'), ABOUT);
    site.git('checkout', '-q', ABOUT);
    await until('the text', async () => (await preview.text('/about/')).includes('About changed'));
    await until('the rebuild', () => preview.rebuilds().at(-1).rebuilt.join() === ABOUT);
    const switched = await rounds(() => site.git('checkout', '-q', 'master'), 'switched');
    equal(switched.length, 1, `rebuilds of ${JSON.stringify(switched)} files`);
    equal([
      (await preview.ask('/posts/extra-3/')).status, (await preview.ask('/posts/many-400/')).status, (await preview.text('/posts/many-3/')).includes('As they are.'),
    ], [404, 200, true], 'removed, restored, as it was');
    await page.waitForNoText('Other ');
    await page.close();
  }),

  'reading causes nothing, and nothing costs nothing': onSite(async (site, preview) => {
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    const before = preview.rebuilds().length;
    for (let times = 0; times < 5; times += 1) {
      execFileSync('grep', ['-r', 'words', site.path('content'), site.path('themes')]);
      for (const name of site.files('content')) readFileSync(site.path(`content/${name}`));
    }
    site.write('content/.hidden', 'x');
    site.write('content/posts/first.md~', 'x');
    site.write('public/index.html', 'x');
    equal((await preview.rebuildsOf(() => site.edit(ABOUT, 'About words', 'About deeds'), ABOUT)).length, 1, 'rebuilds, of the edit alone');
    equal(preview.rebuilds().length, before + 1, 'rebuilds since before the reading');
    // It has finished when it has answered and rested; then it must go on resting.
    let last = -1;
    await until('rest', async () => {
      const now = preview.ticks();
      const rests = now === last;
      last = now;
      await new Promise((next) => { setTimeout(next, 250); });
      return rests;
    });
    const begun = preview.ticks();
    await new Promise((next) => { setTimeout(next, 4000); });
    expect(preview.ticks() - begun <= 3, 'ticks of the clock spent in four seconds of nothing', preview.ticks() - begun);
    await page.close();
  }),

  'the page that is edited is gone to': onSite(async (site, preview) => {
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    site.edit(SECOND, 'First words.', 'Followed words.');
    await page.waitForPath('/posts/second/');
    await page.waitForText('Followed words.');
    await page.waitForStream();
    site.write('content/posts/new.md', post({ title: 'The new one', date: '2026-05-01' }));
    await page.waitForPath('/posts/new/');
    await page.waitForStream();
    await page.mark();
    site.edit('themes/paper/styles/_ink.scss', 'rgb(1, 2, 3)', 'rgb(3, 2, 1)');
    await until('a colour', async () => await page.color('h1') === 'rgb(3, 2, 1)');
    equal([await page.path(), await page.isSameDocument()], ['/posts/new/', true], 'a style leads nowhere');
    await page.close();
  }, { options: ['--follow'] }),

  'only what readers would see': onSite(async (site, preview) => {
    equal((await preview.ask('/posts/first/')).status, 404, 'a draft');
    equal((await preview.ask('/posts/second/')).status, 404, 'a post of the future');
    equal((await preview.text('/')).includes('The first'), false, 'home');
    const page = await browser.page(`${preview.origin}/posts/first/`);
    await page.waitForText('404');
    await page.waitForPreview();
    site.edit(FIRST, 'draft = true\n', '');
    await page.waitForText('First words.');
    equal((await preview.text('/')).includes('The first'), true, 'home');
    await page.close();
  }, {
    files: { [FIRST]: post({ title: 'The first', date: '2026-01-01', head: 'draft = true' }), [SECOND]: post({ title: 'The second', date: '2199-01-01' }) },
    options: ['--published'],
  }),

  'by looking instead of being told': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/posts/first/`);
    await page.waitForPreview();
    await page.mark();
    site.edit(FIRST, 'First words.', 'Found by looking.');
    await page.waitForText('Found by looking.');
    expect(await page.isSameDocument(), 'not loaded again');
    site.write('content/posts/third.md', post({ title: 'The third', date: '2026-03-01' }));
    await until('the new one', async () => (await preview.ask('/posts/third/')).status === 200);
    site.remove('content/posts/third.md');
    await until('it gone', async () => (await preview.ask('/posts/third/')).status === 404);
    await page.close();
  }, { options: ['--poll'] }),

  'a port that is taken, and a second preview of the same site': onSite(async (site, preview) => {
    const second = await site.preview({ port: preview.port, format: 'human' });
    expect(second.port === preview.port && Number(new URL(second.url).port) > preview.port, 'the next free one', second.url);
    await until('word of it', () => second.complained.includes(`Port ${preview.port} is taken`));
    expect(second.said[0].text.startsWith('Preview at http://localhost:'), 'where it is', second.said);
    site.edit(FIRST, 'First words.', 'For both.');
    for (const one of [preview, second]) await until('the text', async () => (await one.text('/posts/first/')).includes('For both.'));
    await second.stop();
    equal((await preview.ask('/')).status, 200, 'the first goes on');
  }),

  'Ctrl-C ends it at once, though tabs listen': onSite(async (site, preview) => {
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    const idle = connect(preview.port, '127.0.0.1');
    idle.on('error', () => {});
    await new Promise((connected) => { idle.on('connect', connected); });
    const begun = Date.now();
    const { code, signal } = await preview.stop('SIGINT');
    // Whoever waited for the tab or for the silent connection would wait for ten seconds and more.
    expect(Date.now() - begun < 4000, 'at once', Date.now() - begun);
    expect(signal === 'SIGINT' || code === 0 || code === 130, 'its end', { code, signal });
    await page.close();
    idle.destroy();
  }),

  'its own page lists everything, and keeps up': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/_letterpress/`);
    await page.waitForPreview();
    await page.mark();
    for (const words of ['Drafts', 'A draft of mine', 'Scheduled', 'Published', 'The first', 'Expired', 'Long gone', 'Changes by itself on', '1 January 2199', 'Warnings', 'href="/feed.xml">Atom</a>', 'href="/feed.json">JSON</a>', 'Of 2 terms and authors']) {
      expect((await page.ask(() => document.documentElement.innerHTML)).includes(words), `“${words}” on it`, await page.text());
    }
    expect((await page.ask(() => document.body.innerHTML)).includes('has no description'), 'the warning');
    const rebuilds = () => page.ask(() => document.querySelectorAll('[aria-labelledby=rebuilds] li').length);
    const before = await rebuilds();
    site.edit(FIRST, 'title = "The first"', 'title = "The first, edited"');
    await page.waitForText('The first, edited', '[aria-labelledby=published]');
    await page.waitForText('The first, edited', '[aria-labelledby=edited]');
    await page.waitForText(FIRST, '[aria-labelledby=rebuilds]');
    equal(await rebuilds(), before + 1, 'rebuilds');
    site.edit(SECOND, 'date =', 'dat =');
    await page.waitForText(`${SECOND}:3:1`, '[aria-labelledby=mistakes]');
    await page.waitForText('2 mistakes', '[aria-labelledby=rebuilds]');
    site.edit(SECOND, 'dat =', 'date =');
    await page.waitForWell();
    await page.waitFor('no mistakes', () => !document.querySelector('[aria-labelledby=mistakes]'));
    expect(await page.isSameDocument(), 'not loaded again');
    equal(page.errors, [], 'errors of scripts');
    await page.close();
  }, {
    files: {
      'content/posts/draft.md': post({ title: 'A draft of mine', head: 'draft = true' }),
      'content/posts/future.md': post({ title: 'To come', date: '2199-01-01' }),
      'content/posts/gone.md': post({ title: 'Long gone', head: 'expires = 2026-02-01' }),
      'content/posts/bare.md': '+++\ntitle = "Bare"\ndate = 2026-01-03\n+++\n\nBare words.\n',
    },
  }),

  'help, also under its other name': async () => {
    const site = new Site();
    for (const name of ['preview', 'serve']) {
      const text = site.run(name, '--help');
      for (const words of ['Show the site on this machine', '--follow', '--port', '--published', '/_letterpress/']) expect(text.includes(words), `“${words}” in the help of ${name}`, text);
    }
    site.remove('.');
  },

  'the site\'s clock: a scheduled post appears by itself': onSite(async (site, preview) => {
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    // A busy machine may be too late to ask before the time: then a later time is set.
    await before(async (soon) => {
      await preview.rebuildsOf(() => site.write('content/posts/soon.md', post({ title: 'Very soon', date: iso(soon) })), 'content/posts/soon.md');
      const { status } = await preview.ask('/posts/soon/');
      return () => equal(status, 404, 'before its time');
    });
    await page.waitForText('Very soon');
    equal((await preview.ask('/posts/soon/')).status, 200, 'in its time');
    await page.close();
  }, { options: ['--published'] }),
  'the time of a post comes while something is wrong: that is told once': onSite(async (site, preview) => {
    const page = await browser.page(preview.url);
    await page.waitForPreview();
    let since = 0;
    const complained = () => preview.complained.slice(since);
    const times = () => complained().split('unknown-key').length - 1;
    await before(async (soon) => {
      if (site.has('content/posts/wrong.md')) {
        site.remove('content/posts/wrong.md');
        await page.waitForWell();
      }
      await preview.rebuildsOf(() => site.write('content/posts/soon.md', post({ title: 'Very soon', date: iso(soon) })), 'content/posts/soon.md');
      since = preview.complained.length;
      site.write('content/posts/wrong.md', '+++\ntitel = "x"\n+++\n');
      await page.waitForMistakes();
      await until('the complaint', () => times() > 0);
    });
    await until('the moment itself', () => times() > 1);
    site.write('content/posts/wrong.md', '+++\ntitel = "x"\ntitle = "x"\n+++\n');
    await until('the next save', () => !complained().slice(complained().lastIndexOf('unknown-key')).includes('missing-key') && times() > 2);
    expect(times() <= 4, 'the mistake is told at each save and once at the moment', times());
    await page.close();
  }, { options: ['--published'] }),
});
