// The preview's script against a stand-in server: what it does to a page on every word of the protocol.
//
//   node tests/preview/client.js          (ONLY=words for some of the tests)
import { equal, expect, launch, run, until } from './browser.js';
import { Server } from './server.js';

const browser = await launch();
const server = await new Server().start();

const STYLE = 'text/css';
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const paragraphs = (from, to) => Array.from({ length: to - from }, (_, at) => `<p>Paragraph ${from + at}. ${'A line of text that goes on. '.repeat(12)}</p>`).join('\n');
const article = ({ title = 'A page', head = '', text = 'First words.', details = 'Hidden words.', html = 'lang="en"', body = 'class="post"', more = '', after = '' } = {}) => `<!doctype html>
<html ${html}>
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="stylesheet" href="/styles/main.css">
${head}
</head>
<body ${body}>
<header><h1>${title}</h1></header>
<main>
${paragraphs(1, 12)}
<p id="here">${text}</p>
<details id="more"><summary>More</summary><p>${details}</p></details>
<form><input name="mail" placeholder="Mail"><textarea id="note"></textarea><input type="checkbox" id="box"></form>
${more}
${paragraphs(20, 40)}
</main>
${after}
</body>
</html>
`;

server.put('/404.html', article({ title: 'Not found' }));
server.put('/styles/main.css', 'body { color: rgb(1, 2, 3) }', STYLE);

let made = 0;
/** A page of its own for each test, opened and listening. */
async function open(parts = {}, path = `/page-${made += 1}/`) {
  server.put(path, article(parts));
  const page = await browser.page(server.url + path);
  await page.waitForPreview();
  return { page, path, change: (changed) => server.change(path, article({ ...parts, ...changed })) };
}

await run({
  async 'text changes in place'() {
    const { page, change } = await open();
    await page.scrollTo(700);
    await page.ask(() => { window.told = 0; document.addEventListener('letterpress:morphed', () => { window.told += 1; }); });
    await page.withinScroll(async () => {
      await change({ text: 'Other words.' });
      await page.waitForText('Other words.');
    });
    equal(await page.ask(() => window.told), 1, 'told once that it changed');
    expect(!(await page.text()).includes('First words.'), 'the old words are gone');
    equal(page.errors, [], 'no script errors');
  },

  async 'what is read stays where it is when something comes above it'() {
    const { page, change } = await open();
    await page.scrollTo(900);
    await page.mark();
    const top = () => page.ask(() => Math.round(document.getElementById('here').getBoundingClientRect().top));
    const before = await top();
    await change({ head: '', title: `A page ${'with a very long title '.repeat(30)}` });
    await page.waitForText('very long title');
    await until('the same place', async () => Math.abs(await top() - before) <= 1);
    expect(await page.isSameDocument(), 'no reload');
  },

  async 'opened, typed, ticked, focused and selected stays'() {
    const { page, change } = await open();
    await page.ask(() => { document.getElementById('more').open = true; });
    await page.tab.type('[name=mail]', 'jane@example.org');
    await page.tab.click('#box');
    await page.tab.type('#note', 'Dear reader');
    await page.ask(() => {
      document.getElementById('note').setSelectionRange(2, 4);
    });
    const { y } = { y: await page.scroll() };
    await page.mark();
    await change({ text: 'Other words.', details: 'Other hidden words.', more: '<p>A new one.</p>' });
    await page.waitForText('Other hidden words.');
    equal(await page.ask(() => [
      document.querySelector('#more').open, document.querySelector('[name=mail]').value, document.querySelector('#box').checked,
      document.querySelector('#note').value, document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd,
    ]), [true, 'jane@example.org', true, 'Dear reader', 'note', 2, 4], 'what the reader did');
    expect(await page.isSameDocument(), 'no reload');
    expect(Math.abs(await page.scroll() - y) <= 1, 'no scrolling');
    await page.ask(() => {
      document.activeElement.blur();
      getSelection().selectAllChildren(document.querySelector('main > p'));
    });
    const selected = await page.ask(() => String(getSelection()));
    await change({ text: 'Third words.' });
    await page.waitForText('Third words.');
    equal(await page.ask(() => String(getSelection())), selected, 'the selected text');
  },

  async 'what scripts have made of the page stays'() {
    const script = `<script>addEventListener('DOMContentLoaded', () => {
      for (const pre of document.querySelectorAll('pre')) {
        const box = document.createElement('div'); box.className = 'code-box';
        const button = document.createElement('button'); button.textContent = 'Copy'; button.onclick = () => { button.textContent = 'Copied'; };
        pre.replaceWith(box); box.append(pre, button);
      }
      document.querySelector('.later').hidden = false; document.body.classList.add('scripted'); document.querySelector('.later').textContent = 'Made by a script';
      document.querySelector('main').prepend(Object.assign(document.createElement('nav'), { textContent: 'Made up' }));
    });</script>`;
    const code = (one, two = '') => `<pre>${one}</pre>\n<p>Between.</p>\n${two}<pre>second</pre>\n<p class="later" hidden></p>`;
    const { page, change } = await open({ head: script, more: code('first') });
    await page.waitForText('Copy');
    await page.mark();
    await change({ head: script, more: code('first, longer', '<p>An added one.</p>\n'), body: 'class="post long"', text: 'Other words.' });
    await page.waitForText('An added one.');
    equal(await page.ask(() => [
      document.querySelectorAll('.code-box > pre + button').length, document.querySelector('.code-box pre').textContent, document.body.className,
      document.querySelector('.later').textContent, document.querySelector('.later').hidden, document.querySelector('main').firstChild.textContent,
      document.querySelector('.code-box').previousElementSibling.nextElementSibling === document.querySelector('.code-box'),
    ]), [2, 'first, longer', 'post scripted long', 'Made by a script', false, 'Made up', true], 'what the scripts did');
    const between = await page.ask(() => [...document.querySelectorAll('.code-box, main > p')].map((part) => part.innerText.split(/\s/)[0]).join(' '));
    expect(between.includes('first, Between. An second'), 'the added one stands in its place', between);
    await page.tab.click('.code-box button');
    await page.waitForText('Copied');
    await change({ head: script, more: '<p>Between.</p>\n<pre>second</pre>\n<p class="later" hidden></p>' });
    await page.waitForNoText('longer');
    equal(await page.ask(() => document.querySelectorAll('.code-box').length), 1, 'boxes left');
    await change({ head: script, more: '<p>Between.</p>\n<pre>second</pre>\n<p class="later" hidden>By the server</p>' });
    await page.waitForReload();
    await page.waitForText('Made by a script');
  },

  async 'what a script has rewritten is loaded again when it changes'() {
    const head = "<script>addEventListener('DOMContentLoaded', () => { const here = document.getElementById('here'); here.textContent = `${here.textContent} Rewritten.`; })</script>";
    const { page, change } = await open({ head });
    await page.waitForText('First words. Rewritten.');
    await page.mark();
    await change({ head, details: 'Other hidden words.', more: '<p>Seen.</p>' });
    await page.waitForText('Seen.');
    expect(await page.isSameDocument(), 'something else may change in place');
    await change({ head, text: 'Other words.' });
    await page.waitForReload();
    await page.waitForText('Other words. Rewritten.');
  },

  async 'head, html and body follow'() {
    const { page, change } = await open({ head: '<meta name="description" content="one"><meta name="author" content="Jane"><script type="application/ld+json">{"a":1}</script>' });
    await page.mark();
    const before = page.requests.filter((one) => one.path === '/styles/main.css').length;
    await change({
      title: 'Another title', html: 'lang="de" dir="rtl" class="dark"', body: 'class="page"',
      head: '<meta name="description" content="two"><script type="application/ld+json">{"a":2}</script><meta property="og:title" content="x">',
    });
    await page.waitFor('the new title', () => document.title === 'Another title');
    equal(await page.ask(() => [
      document.querySelector('[name=description]').content, document.querySelector('[name=author]'), document.querySelector('[type="application/ld+json"]').textContent,
      document.querySelector('[property="og:title"]').content, document.documentElement.lang, document.documentElement.dir, document.documentElement.className,
      document.body.className, document.querySelectorAll('script[data-letterpress]').length, document.querySelectorAll('link[rel=stylesheet]').length,
    ]), ['two', null, '{"a":2}', 'x', 'de', 'rtl', 'dark', 'page', 1, 1], 'head and attributes');
    expect(await page.isSameDocument(), 'no reload');
    equal(page.requests.filter((one) => one.path === '/styles/main.css').length, before, 'times the stylesheet was asked for');
    equal(page.requests.filter((one) => one.path === '/_letterpress/client.js').length, 1, 'times the script was asked for');
  },

  async 'another stylesheet takes over without a moment of none'() {
    server.put('/styles/a.css', 'h1 { color: rgb(10, 0, 0) }', STYLE).put('/styles/b.css', 'h1 { color: rgb(20, 0, 0) }', STYLE);
    const [a, b] = ['a', 'b'].map((name) => `<link rel="stylesheet" href="/styles/${name}.css">`);
    const style = (shade) => `<style>p { color: rgb(${shade}, 5, 5) }</style>`;
    const { page, change } = await open({ head: a + style(5) });
    await page.mark();
    // In its place, and in another one.
    for (const [path, head, wanted, shade] of [['/styles/b.css', b + style(6), 'rgb(20, 0, 0)', 6], ['/styles/a.css', style(6) + a, 'rgb(10, 0, 0)', 6]]) {
      const before = await page.color('h1');
      await page.ask(() => {
        window.colours = new Set();
        window.watch ??= (function look() { window.colours.add(getComputedStyle(document.querySelector('h1')).color); return requestAnimationFrame(look); })();
      });
      let letGo;
      server.hold = (url) => url.pathname === path && new Promise((go) => { letGo = go; });
      await change({ head });
      await until('the new one is asked for', () => letGo);
      await page.ask(() => new Promise((next) => { requestAnimationFrame(() => requestAnimationFrame(next)); }));
      server.hold = null;
      letGo();
      await page.waitFor('the new colour painted', (colour) => window.colours.has(colour), wanted);
      await page.waitFor('the old one gone', () => document.querySelectorAll('link[rel=stylesheet]').length === 2);
      equal(await page.ask(() => [...window.colours]), [before, wanted], 'colours that were seen');
      equal(await page.color('p'), `rgb(${shade}, 5, 5)`, 'the style element');
    }
    expect(await page.isSameDocument(), 'no reload');
  },

  async 'styles are swapped in place'() {
    server.put('/styles/own.css', 'h1 { color: rgb(30, 0, 0) }', STYLE).put('/styles/imports.css', '@import "imported.css";', STYLE).put('/styles/imported.css', 'h1 { background-color: rgb(1, 1, 1) }', STYLE);
    const { page, path } = await open({ head: '<link rel="stylesheet" href="/styles/own.css"><link rel="stylesheet" href="/styles/imports.css">' });
    await page.scrollTo(500);
    await page.ask(() => {
      window.colours = new Set();
      (function look() { window.colours.add(getComputedStyle(document.querySelector('h1')).color); requestAnimationFrame(look); })();
    });
    let letGo;
    server.hold = (url) => url.pathname === '/styles/own.css' && new Promise((go) => { letGo = go; });
    await page.withinScroll(async () => {
      server.put('/styles/own.css', 'h1 { color: rgb(40, 0, 0) }', STYLE);
      server.tell(path, 'styles', { paths: ['/styles/own.css'] });
      await page.waitFor('both side by side', () => document.querySelectorAll('link[href*="own.css"]').length === 2);
      equal(await page.color('h1'), 'rgb(30, 0, 0)', 'the old colour, until the new one has loaded');
      await until('the request', () => letGo);
      server.hold = null;
      letGo();
      await until('the new colour', async () => await page.color('h1') === 'rgb(40, 0, 0)');
      await page.waitFor('the old one gone', () => document.querySelectorAll('link[href*="own.css"]').length === 1);
      await page.waitFor('the new colour painted', () => window.colours.has('rgb(40, 0, 0)'));
      equal(await page.ask(() => [...window.colours]), ['rgb(30, 0, 0)', 'rgb(40, 0, 0)'], 'colours that were seen');
      equal(page.requests.filter((one) => one.path === '/styles/main.css').length, 1, 'times the other stylesheet was asked for');
      server.put('/styles/imported.css', 'h1 { background-color: rgb(2, 2, 2) }', STYLE);
      server.tell(path, 'styles', { paths: ['/styles/imported.css'] });
      await until('the imported style', async () => await page.color('h1', 'backgroundColor') === 'rgb(2, 2, 2)');
    });
    // Twice in quick succession, and one that fails, must leave one link each.
    server.put('/styles/own.css', 'h1 { color: rgb(50, 0, 0) }', STYLE);
    server.tell(path, 'styles', { paths: ['/styles/own.css'] });
    server.put('/styles/own.css', 'h1 { color: rgb(60, 0, 0) }', STYLE);
    server.tell(path, 'styles', { paths: ['/styles/own.css'] });
    await until('the last colour', async () => await page.color('h1') === 'rgb(60, 0, 0)');
    await page.waitFor('one link each', () => document.querySelectorAll('link[rel=stylesheet]').length === 3);
  },

  async 'images with the same name are loaded again'() {
    server.put('/photo.png', PNG, 'image/png').put('/other.png', PNG, 'image/png');
    const { page, path } = await open({ more: '<img id="photo" src="/photo.png" srcset="/photo.png 1x, /large.png 2x" width="20" height="20"><img id="other" src="/other.png"><p id="painted" style="background: url(\'/photo.png\')">x</p>' });
    await page.withinScroll(async () => {
      server.tell(path, 'files', { paths: ['/photo.png'] });
      await page.waitFor('the image asked for under another address', () => /\/photo\.png\?v=/.test(document.getElementById('photo').currentSrc));
    });
    equal(await page.ask(() => [
      /^\/other\.png$/.test(document.getElementById('other').getAttribute('src')), /photo\.png\?v=\S+ 1x, \/large\.png 2x$/.test(document.getElementById('photo').srcset),
      /photo\.png\?v=/.test(document.getElementById('painted').style.background),
    ]), [true, true, true], 'addresses');
  },

  async 'changed scripts are a reload'() {
    const { page, change } = await open({ head: '<script>window.made = 1</script>' });
    await page.scrollTo(600);
    await page.mark();
    await change({ head: '<script>window.made = 2</script>' });
    await page.waitForReload();
    equal(await page.ask(() => window.made), 2, 'the new script ran');
    await until('the same place', async () => Math.abs(await page.scroll() - 600) <= 1);
  },

  async 'a page whose bytes are others every time does not make the browser spin'() {
    const { page, path } = await open();
    const seen = () => server.seen.filter((one) => one.path === path).length;
    const before = seen();
    let times = 0;
    server.hold = (url) => { if (url.pathname === path) server.put(path, article({ head: `<script>${times += 1}</script>` })); };
    server.change(path, article({ head: '<script>0</script>' }));
    await until('loaded again', () => seen() > before + 2);
    await new Promise((next) => { setTimeout(next, 1500); });
    server.hold = null;
    expect(seen() - before < 15, 'asks at most', seen() - before);
    await page.close();
  },

  async 'a page that is no HTML any more is loaded'() {
    const { page, path } = await open();
    await page.mark();
    server.put(path, 'plain words', 'text/plain');
    server.tell(path, 'page', { version: 'other' });
    await page.waitForReload();
    await page.waitForText('plain words');
  },

  async 'mistakes show, and go by themselves'() {
    const { page, path } = await open();
    await page.scrollTo(400);
    await page.withinScroll(async () => {
      const html = '<ol class="mistakes"><li class="mistake error"><p class="mistake-message">unknown key &lt;script&gt;alert(1)&lt;/script&gt;</p></li></ol>';
      server.tell(path, 'mistakes', { count: 1, html });
      const seen = await page.waitForMistakes('unknown key <script>alert(1)</script>');
      expect(seen.sheet.startsWith('1 mistake\n'), 'says how many', seen.sheet);
      equal([seen.badge, seen.focus, seen.html.includes('<script')], [null, 'sheet', false], 'no badge, focused, escaped');
      const all = (node) => [node, ...(node.children ?? []).flatMap(all)];
      const told = all(await page.tab.accessibility.snapshot()).filter((node) => node.role === 'alertdialog');
      equal(told.map((node) => node.name), ['1 mistake'], 'told to assistive technology');
      server.tell(path, 'well', {});
      await page.waitForWell();
    });
    equal(await page.ask(() => document.querySelector('letterpress-preview')), null, 'nothing of it is left');
  },

  async 'mistakes put away leave a badge, and come back'() {
    const { page, path, change } = await open();
    const tell = (html, count = 3) => server.tell(path, 'mistakes', { count, html });
    await tell('<p>one</p>');
    await page.waitForMistakes('one');
    await page.tab.keyboard.press('Escape');
    await until('a badge', async () => { const seen = await page.overlay(); return seen.sheet === null && seen.badge === '3 mistakes'; });
    await page.scrollTo(300); // The page below can be used.
    await page.inOverlay(`function () { this.querySelector('.badge').click(); }`);
    await page.waitForMistakes('one');
    await page.inOverlay(`function () { this.querySelector('.close').click(); }`);
    await until('a badge again', async () => (await page.overlay()).badge === '3 mistakes');
    await change({ text: 'Repainted words.' });
    await page.waitForText('Repainted words.');
    equal((await page.overlay()).badge, '3 mistakes', 'a repaint leaves it');
    await tell('<p>one</p>');
    await page.waitForMistakes('one');
    await page.tab.keyboard.press('Escape');
    // The server repeats what it knows to a tab that comes back: no news.
    server.greeting = [['mistakes', { count: 3, html: '<p>one</p>', known: true }]];
    await page.hide();
    await page.hide(false);
    await until('connected again', () => [...server.streams].some((stream) => stream.page === path));
    // Told after it: when this has come, the greeting has.
    await change({ text: 'Words after the greeting.' });
    await page.waitForText('Words after the greeting.');
    equal((await page.overlay()).sheet, null, 'what was put away stays away');
    server.greeting = null;
    await tell('<p>two</p>', 1);
    await page.waitForMistakes('two');
    await page.tab.keyboard.press('Escape');
    await until('the badge of the last one', async () => (await page.overlay()).badge === '1 mistake');
    server.tell(path, 'well', {});
    await page.waitForWell();
  },

  async 'mistakes take no focus from one who types'() {
    const { page, path } = await open();
    await page.tab.click('#note');
    server.tell(path, 'mistakes', { count: 1, html: '<p>one</p>' });
    await page.waitForMistakes('one');
    await page.tab.keyboard.type('abc');
    equal(await page.ask(() => document.getElementById('note').value), 'abc', 'what was typed');
  },

  async 'no style of the site reaches the sheet'() {
    const { page, path } = await open({ head: '<style>html { font-size: 40px } * { display: none !important; color: red; margin: 9px; position: relative } html, body { display: block !important } letterpress-preview { opacity: 0; inset: auto; width: 1px }</style>' });
    server.tell(path, 'mistakes', { count: 2, html: '<ol class="mistakes"><li class="mistake error"><p class="mistake-message">one</p></li></ol>' });
    await page.waitForMistakes('one');
    const box = await page.inOverlay(`function () {
      const veil = this.querySelector('.veil').getBoundingClientRect();
      return [veil.x, veil.y, veil.width, veil.height, getComputedStyle(this.querySelector('h1')).fontSize, getComputedStyle(this.host).opacity];
    }`);
    equal(box, [0, 0, 1000, 700, '34px', '1'], 'its place and size');
  },

  async 'a hidden tab holds no stream, and catches up'() {
    const { page, path } = await open();
    await page.mark();
    const open_ = () => [...server.streams].filter((stream) => stream.page === path).length;
    equal(open_(), 1, 'streams');
    await page.hide();
    await until('no stream', () => open_() === 0);
    server.put(path, article({ text: 'While away.' }));
    await page.hide(false);
    await page.waitForText('While away.');
    equal([open_(), await page.isSameDocument()], [1, true], 'one stream, no reload');
  },

  async 'two windows on one page, and one on another'() {
    const { page, path, change } = await open();
    server.put('/', article({ title: 'Home' }));
    const [second, other] = [await browser.window(server.url + path), await browser.window(`${server.url}/`)];
    for (const one of [page, second, other]) await one.mark();
    await second.waitForPreview();
    await change({ text: 'For both of them.' });
    await page.waitForText('For both of them.');
    await second.waitForText('For both of them.');
    expect(!(await other.text()).includes('For both'), 'the other page is another');
    equal(await Promise.all([page, second, other].map((one) => one.isSameDocument())), [true, true, true], 'no reloads');
    await second.close();
    await other.close();
  },

  async 'mistakes mended while away are gone on return'() {
    const { page, path } = await open();
    server.tell(path, 'mistakes', { count: 1, html: '<p>one</p>' });
    await page.waitForMistakes('one');
    await page.hide();
    await until('no stream', () => ![...server.streams].some((stream) => stream.page === path));
    server.greeting = [['well', {}]];
    await page.hide(false);
    await page.waitForWell();
    server.greeting = null;
  },

  async 'a page kept for the way back catches up'() {
    const { page, path } = await open();
    await page.mark();
    const other = article({ title: 'Elsewhere' });
    server.put('/elsewhere/', other);
    await page.goto(`${server.url}/elsewhere/`);
    server.put(path, article({ text: 'Later words.' }));
    await page.tab.goBack({ waitUntil: 'domcontentloaded' });
    await page.waitForText('Later words.');
  },

  async 'the server goes and comes back'() {
    const { page, path } = await open();
    await page.scrollTo(500);
    await page.withinScroll(async () => {
      await server.stop();
      await until('a mark', async () => (await page.overlay())?.stopped === 'Preview stopped');
      server.put(path, article({ text: 'By another run.' }));
      server.put('/styles/main.css', 'body { color: rgb(7, 7, 7) }', STYLE);
      await server.start(server.port);
      await page.waitForText('By another run.');
      await page.waitForWell();
      await until('styles of the other run', async () => await page.color('body') === 'rgb(7, 7, 7)');
    });
  },

  async 'a short absence is not worth a word'() {
    const { page, path } = await open();
    await server.stop();
    server.put(path, article({ text: 'Very soon.' }));
    await server.start(server.port);
    await page.ask(() => { window.said = false; new MutationObserver(() => { window.said ||= !!document.querySelector('letterpress-preview'); }).observe(document.documentElement, { childList: true }); });
    await page.waitForText('Very soon.');
    equal(await page.ask(() => window.said), false, 'anything said');
  },

  async 'gone, to another place'() {
    const { page, path } = await open();
    server.files.delete(path);
    server.put('/new-place/', article({ title: 'The new place' }));
    server.tell(path, 'gone', { to: '/new-place/' });
    await page.waitForPath('/new-place/');
    await page.waitForText('The new place');
  },

  async 'gone for good, and back'() {
    const { page, path, change } = await open();
    await page.mark();
    server.files.delete(path);
    server.tell(path, 'gone', { to: null });
    await page.waitForText('Not found');
    equal([await page.path(), await page.isSameDocument()], [path, true], 'in place');
    await change({ text: 'Back again.' });
    await page.waitForText('Back again.');
  },

  async 'two changes in quick succession: the last one stays'() {
    const { page, path, change } = await open();
    await page.mark();
    await page.ask(() => { window.seen = []; new MutationObserver(() => window.seen.push(document.getElementById('here').textContent)).observe(document.getElementById('here'), { childList: true, characterData: true, subtree: true }); });
    const waiting = [];
    server.hold = (url, request) => request.headers['letterpress-fetch'] && new Promise((go) => { waiting.push(go); });
    change({ text: 'Second words.' });
    await until('the first request', () => waiting.length === 1);
    change({ text: 'Third words.' });
    await until('the second request', () => waiting.length === 2);
    server.hold = null;
    waiting[1]();
    await page.waitForText('Third words.');
    waiting[0]();
    await page.ask(() => fetch('/styles/main.css').then((answer) => answer.text())); // Time for the late answer to do harm.
    equal([await page.ask(() => window.seen), await page.isSameDocument(), server.version(path).length], [['Third words.'], true, 12], 'words that were seen');
  },

  async 'the page just edited is gone to'() {
    const { page, path } = await open();
    await page.mark();
    server.tell(path, 'go', { to: path });
    server.put('/edited/', article({ title: 'The edited page' }));
    await page.ask(() => new Promise((next) => { setTimeout(next, 50); }));
    expect(await page.isSameDocument(), 'already there');
    server.tell(path, 'go', { to: '/edited/' });
    await page.waitForPath('/edited/');
    server.put('/_letterpress/', article({ title: 'The preview itself' }));
    const own = await browser.page(`${server.url}/_letterpress/`);
    await own.waitForPreview();
    await own.mark();
    server.tell('/_letterpress/', 'go', { to: '/edited/' });
    server.change('/_letterpress/', article({ title: 'The preview itself, later' }));
    await own.waitForText('The preview itself, later');
    equal([await own.path(), await own.isSameDocument()], ['/_letterpress/', true], 'stays');
  },

  async 'music plays on'() {
    const silence = Buffer.alloc(44 + 8000 * 20);
    silence.write('RIFF'); silence.writeUInt32LE(silence.length - 8, 4); silence.write('WAVEfmt ', 8); silence.writeUInt32LE(16, 16);
    silence.writeUInt16LE(1, 20); silence.writeUInt16LE(1, 22); silence.writeUInt32LE(8000, 24); silence.writeUInt32LE(8000, 28); silence.writeUInt16LE(1, 32); silence.writeUInt16LE(8, 34);
    silence.write('data', 36); silence.writeUInt32LE(silence.length - 44, 40); silence.fill(128, 44);
    server.put('/silence.wav', silence, 'audio/wav');
    const { page, change } = await open({ more: '<audio src="/silence.wav" controls></audio>' });
    await page.ask(async () => { const player = document.querySelector('audio'); player.muted = true; await player.play(); });
    await page.waitFor('it plays', () => document.querySelector('audio').currentTime > 0.1);
    await change({ text: 'Other words.', title: 'Another title' });
    await page.waitForText('Other words.');
    equal(await page.ask(() => { const { paused, currentTime } = document.querySelector('audio'); return [paused, currentTime > 0.1]; }), [false, true], 'plays on');
  },

  async 'whatever changes, the page is what a reload would show'() {
    let seed = Number(process.env.SEED ?? 7);
    const random = (below) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % below; };
    const words = () => ['one', 'two', 'three', '<b>four</b>', '<i class="x">five <u>six</u></i>', '&amp;', '<!-- note -->', '<br>'][random(8)];
    const block = (depth = 0) => {
      const inner = () => Array.from({ length: random(4) }, () => (depth < 3 && random(3) ? block(depth + 1) : words())).join(['', ' ', '\n'][random(3)]);
      const attributes = [['', ` class="c${random(3)}"`, ` id="i${random(400)}"`, ` title="t${random(3)}" data-x="${random(2)}"`][random(4)]].join('');
      const name = ['p', 'div', 'ul', 'section', 'pre', 'h2', 'details', 'blockquote', 'svg'][random(9)];
      if (name === 'ul') return `<ul${attributes}>${Array.from({ length: random(5) }, () => `<li>${words()}</li>`).join('')}</ul>`;
      if (name === 'svg') return `<svg${attributes} viewBox="0 0 ${random(9)} 9"><path xlink:href="#${random(3)}" d="M0 ${random(9)}"/></svg>`;
      return `<${name}${attributes}>${name === 'p' || name === 'h2' || name === 'pre' ? words() + words() : inner()}</${name}>`;
    };
    let blocks = Array.from({ length: 12 }, () => block());
    const { page, path, change } = await open({ more: `<div id="play">${blocks.join('\n')}</div>` });
    await page.mark();
    const own = `(html) => {
      const next = new DOMParser().parseFromString(html, 'text/html');
      const bare = (root) => { const copy = root.cloneNode(true); copy.querySelectorAll('script[data-letterpress], letterpress-preview').forEach((part) => part.remove()); copy.normalize(); return copy; };
      return bare(document.documentElement).isEqualNode(bare(next.documentElement)) ? '' : document.querySelector('#play').outerHTML + ' instead of ' + next.querySelector('#play').outerHTML;
    }`;
    for (let round = 0; round < 150; round += 1) {
      for (let times = 1 + random(3); times > 0; times -= 1) {
        const at = random(blocks.length + 1);
        if (random(3) === 0) blocks.splice(at, 1);
        else if (random(3) === 0) blocks.splice(at, 0, block());
        else if (random(4) === 0) blocks.reverse();
        else if (random(3) === 0) blocks.splice(at, 0, ...blocks.splice(random(blocks.length + 1), 2));
        else if (blocks[at]) blocks[at] = blocks[at].replace(['one', 'two', 'c1', 'i1', '</'][random(5)], ['uno', 'due ', 'c2 c9', 'i2', ' words</'][random(5)]);
      }
      const more = `<div id="play">${blocks.join('\n')}</div>${random(4) ? '' : '<p>Last.</p>'}`;
      change({ more, title: `Round ${round}`, html: `lang="${['en', 'de'][random(2)]}"` });
      await page.waitFor(`round ${round}`, (title) => document.title === title, `Round ${round}`);
      const wrong = await page.ask(`(${own})(${JSON.stringify(server.files.get(path).body)})`);
      equal(wrong, '', `round ${round}`);
      expect(await page.isSameDocument(), `round ${round}: no reload`);
    }
    equal(page.errors, [], 'no script errors');
  },
});

await browser.close();
await server.stop();
