// What is seen of an edit: the words, the look, the mistakes; in one tab, in several, and after an absence.
import { SITE_TOML, equal, expect, onSite, post, until } from './site.js';

const FIRST = 'content/posts/first.md';
const SECOND = 'content/posts/second.md';
const MAIN = 'themes/paper/styles/main.scss';
const INK = 'themes/paper/styles/_ink.scss';
const POST = 'themes/paper/templates/web/post.html';

export const editing = (browser) => {
  const open = async (preview, path, how = 'page') => {
    const page = await browser[how](preview.origin + path);
    await page.waitForPreview();
    return page;
  };
  const colour = (page, wanted, selector = 'h1', property = 'color') => until(`${selector} in ${wanted}`, async () => {
    const seen = await page.color(selector, property);
    if (seen === wanted) return true;
    throw new Error(seen);
  });
  const closed = async (pages, act) => {
    await act();
    for (const page of pages) await page.close();
  };
  const tests = {};

  for (const [how, name] of [['write', 'in place'], ['replace', 'written and renamed'], ['recreate', 'removed and made anew']]) {
    tests[`a text saved ${name} changes under its reader`] = onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      await page.ask(() => { document.querySelector('.prose details').open = true; });
      await page.tab.type('form input[type=email]', 'jane@example.org');
      await page.scrollTo(900);
      const navigations = page.requests.filter((one) => one.type === 'document').length;
      await page.withinScroll(async () => {
        for (const words of ['Second words.', 'Third words.', 'Fourth words.']) {
          site[how](FIRST, post({ title: 'The first', date: '2026-01-01', text: words }));
          await page.waitForText(words);
        }
      });
      equal(await page.ask(() => [
        document.querySelector('.prose details').open, document.querySelector('form input[type=email]').value, document.body.innerText.includes('First words.'),
      ]), [true, 'jane@example.org', false], 'what the reader did, and the old words');
      equal(page.requests.filter((one) => one.type === 'document').length, navigations, 'documents asked for');
      equal(page.errors, [], 'errors of scripts');
      equal(preview.rebuilds().slice(1).map((line) => line.rebuilt), [[FIRST], [FIRST], [FIRST]], 'one rebuild for each save');
      await page.close();
    });
  }

  tests['styles change without a reload, from a partial too'] = onSite(async (site, preview) => {
    const page = await open(preview, '/posts/first/');
    await colour(page, 'rgb(1, 2, 3)');
    await page.scrollTo(600);
    await page.withinScroll(async () => {
      site.edit(MAIN, 'rgb(5, 5, 5)', 'rgb(6, 6, 6)');
      await colour(page, 'rgb(6, 6, 6)', 'body', 'outlineColor');
      site.edit(INK, 'rgb(1, 2, 3)', 'rgb(90, 2, 3)', 'replace');
      await colour(page, 'rgb(90, 2, 3)');
      // A mistake in a style leaves the last good one.
      site.edit(INK, '$ink: rgb', '$inc: rgb');
      const { sheet } = await page.waitForMistakes('main.scss');
      expect(sheet.includes('ink'), 'what is wrong', sheet);
      equal(await page.color('h1'), 'rgb(90, 2, 3)', 'the last good colour');
      site.edit(INK, '$inc: rgb(90', '$ink: rgb(91');
      await page.waitForWell();
      await colour(page, 'rgb(91, 2, 3)');
    });
    await page.close();
  });

  tests['a mistake lies over the page until it is mended'] = onSite(async (site, preview) => {
    const page = await open(preview, '/posts/first/');
    await page.scrollTo(500);
    await page.withinScroll(async () => {
      site.edit(FIRST, 'description =', 'descripton =');
      const { sheet, html } = await page.waitForMistakes(FIRST);
      for (const words of [`${FIRST}:4:1`, 'descripton = "A post of the tests."', 'description']) expect(sheet.includes(words), `“${words}” on the sheet`, sheet);
      expect(html.includes(`href="vscode://file${site.folder}/${FIRST}:4:1"`), 'a link to the editor', html);
      expect(/class="mistake-hints"/.test(html), 'a hint', html);
      expect(!sheet.includes('has no description'), 'no warnings on the sheet', sheet);
      await page.waitForText('First words.'); // The last good page.
      site.edit(FIRST, 'descripton =', 'description =');
      await page.waitForWell();
      site.edit(FIRST, 'First words.', 'Mended words.');
      await page.waitForText('Mended words.');
    });
    await page.close();
  });

  tests['all mistakes are told, none of them as HTML'] = onSite(async (site, preview) => {
    const page = await open(preview, '/posts/first/');
    await page.mark();
    await page.ask(() => { window.hurt = false; });
    site.edit(FIRST, 'description =', 'x = "<img src=x onerror=\'window.hurt=true\'></pre><script>window.hurt=true</script>"\ndescription =');
    site.edit(SECOND, 'date = 2026-02-01', 'date = "</li><b id=bold>soon</b>"');
    site.edit('content/pages/about.md', 'title =', 'titel =');
    for (const name of [FIRST, SECOND, 'content/pages/about.md']) await page.waitForMistakes(name);
    const { html, sheet } = await page.waitForMistakes('onerror');
    expect(!/<img|<script|<b /.test(html), 'no elements of the excerpts', html);
    expect(sheet.includes('<b id=bold>'), 'what was written', sheet);
    // A later event, and then still nothing has happened.
    site.write(FIRST, post({ title: 'The first', date: '2026-01-01' }));
    await until('one gone', async () => !(await page.overlay())?.sheet.includes(FIRST));
    site.write(SECOND, post({ title: 'The second', date: '2026-02-01' }));
    await until('two gone', async () => !(await page.overlay())?.sheet.includes(SECOND));
    await page.waitForMistakes('about.md');
    site.edit('content/pages/about.md', 'titel =', 'title =');
    await page.waitForWell();
    equal([await page.ask(() => window.hurt), await page.isSameDocument()], [false, true], 'unhurt, not loaded again');
    await page.close();
  });

  tests['mistakes of templates: on the page, and on pages nobody looks at'] = onSite(async (site, preview) => {
    const page = await open(preview, '/posts/first/');
    await page.mark();
    site.write(POST, '{% extends "broadside/web/post.html" %}\n{% block main %}{{ post.titel }}{% endblock main %}\n');
    const { sheet } = await page.waitForMistakes(POST);
    expect(sheet.includes('titel') && sheet.includes(`${POST}:2`), 'what and where', sheet);
    await page.waitForText('First words.');
    site.write(POST, '{% extends "broadside/web/post.html" %}\n{% block main %}{{ post.title }}\n');
    await page.waitForMistakes('endblock');
    site.write(POST, '{% extends "broadside/web/post.html" %}\n{% block main %}Other template. {{ super() }}{% endblock main %}\n');
    await page.waitForWell();
    await page.waitForText('Other template.');
    // Wrong for another post alone, and only when it is drawn.
    site.write(POST, '{% extends "broadside/web/post.html" %}\n{% block main %}{% if post.title == "The second" %}{{ link(to="pages/nowhere.md") }}{% endif %}Later template. {{ super() }}{% endblock main %}\n');
    await page.waitForMistakes('nowhere.md');
    await page.waitForText('Later template.');
    const other = await browser.window(`${preview.origin}/posts/second/`);
    await other.waitForMistakes('nowhere.md');
    site.edit(POST, 'pages/nowhere.md', 'pages/about.md');
    await page.waitForWell();
    await other.waitForWell();
    await other.waitForText('Later template.');
    await other.waitForText('/about/');
    expect(await page.isSameDocument(), 'not loaded again');
    await other.close();
    await page.close();
  });

  tests['a site that is wrong from the start'] = onSite(async (site, preview) => {
    equal((await preview.ask('/')).status, 503, 'status');
    const page = await browser.page(preview.url);
    const { sheet } = await page.waitForMistakes('site.toml');
    expect(sheet.includes('site.toml:2:'), 'the line', sheet);
    await page.waitForText('Nothing to show yet');
    site.write('site.toml', SITE_TOML);
    await page.waitForWell();
    await page.waitForText('The second');
    equal(await page.ask(() => document.title), 'Tests', 'title');
    site.edit('site.toml', 'title = "Tests"', 'title = "Other tests"');
    await page.waitForText('Other tests, first foot');
    await page.close();
  }, { files: { 'site.toml': 'title = "Tests"\nbase_url = "nonsense\n' } });

  tests['two windows: each is told of its own page, both of mistakes'] = onSite(async (site, preview) => {
    const [first, second] = [await open(preview, '/posts/first/', 'window'), await open(preview, '/posts/second/', 'window')];
    const fetched = (page) => page.requests.filter((one) => one.type === 'fetch').length;
    await closed([first, second], async () => {
      for (const page of [first, second]) {
        await page.mark();
        await page.ask(() => { window.told = 0; document.addEventListener('letterpress:morphed', () => { window.told += 1; }); });
      }
      const before = fetched(second);
      site.edit(FIRST, 'First words.', 'For the first alone.');
      await first.waitForText('For the first alone.');
      site.edit(SECOND, 'First words.', 'For the second alone.');
      await second.waitForText('For the second alone.');
      equal([fetched(second) - before, await second.ask(() => window.told), await first.ask(() => window.told)], [1, 1, 1], 'asked for, repainted');
      site.edit(SECOND, 'date =', 'dat =');
      await first.waitForMistakes(SECOND);
      await second.waitForMistakes(SECOND);
      site.edit(SECOND, 'dat =', 'date =');
      await first.waitForWell();
      await second.waitForWell();
      equal([await first.isSameDocument(), await second.isSameDocument()], [true, true], 'not loaded again');
    });
  });

  tests['a hidden tab is told what it missed'] = onSite(async (site, preview) => {
    const page = await open(preview, '/posts/first/');
    await page.mark();
    site.edit(SECOND, 'date =', 'dat =');
    await page.waitForMistakes(SECOND);
    await page.hide();
    await preview.rebuildsOf(() => site.edit(SECOND, 'dat =', 'date ='), SECOND);
    await preview.rebuildsOf(() => site.edit(FIRST, 'First words.', 'While away.'), FIRST);
    await preview.rebuildsOf(() => site.edit(INK, 'rgb(1, 2, 3)', 'rgb(7, 7, 7)'), INK);
    await page.hide(false);
    await page.waitForText('While away.');
    await page.waitForWell();
    await colour(page, 'rgb(7, 7, 7)');
    expect(await page.isSameDocument(), 'not loaded again');
    // And what it sees next comes as before.
    site.edit(FIRST, 'While away.', 'Here again.');
    await page.waitForText('Here again.');
    await page.close();
  });

  tests['another run on the same port: tabs catch up'] = onSite(async (site, preview) => {
    const page = await open(preview, '/posts/first/');
    await page.scrollTo(500);
    await page.withinScroll(async () => {
      await preview.stop('SIGKILL');
      await until('a mark', async () => (await page.overlay())?.stopped);
      site.edit(FIRST, 'First words.', 'Between two runs.');
      site.edit(INK, 'rgb(1, 2, 3)', 'rgb(8, 8, 8)');
      await site.preview({ port: preview.port });
      await page.waitForText('Between two runs.');
      await page.waitForWell();
      await colour(page, 'rgb(8, 8, 8)');
      site.edit(FIRST, 'Between two runs.', 'In the second run.');
      await page.waitForText('In the second run.');
    });
    await page.close();
  });

  return tests;
};
