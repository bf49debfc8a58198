// What editors, programs and people do at odd moments: many saves at once, half of a file, folders that go and come, names of other scripts.
import { closeSync, openSync, writeSync } from 'node:fs';

import { SITE_TOML, equal, expect, onSite, png, post, until } from './site.js';

const FIRST = 'content/posts/first.md';
const SECOND = 'content/posts/second.md';
const without = (...names) => Object.fromEntries(names.map((name) => [`themes/paper/${name}`, null]));

export const oddities = (browser) => {
  const open = async (preview, path) => {
    const page = await browser.page(preview.origin + path);
    await page.waitForPreview();
    await page.mark();
    return page;
  };
  const colour = (page, wanted) => until(`headline in ${wanted}`, async () => await page.color('h1') === wanted);
  const still = async (page) => {
    expect(await page.isSameDocument(), 'not loaded again');
    equal(page.errors, [], 'errors of scripts');
    await page.close();
  };
  return {
    'a storm of saves: the last one is seen': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      for (let number = 0; number < 200; number += 1) {
        site[['write', 'replace', 'recreate'][number % 3]](FIRST, post({ title: 'The first', date: '2026-01-01', text: `Storm ${number}.` }));
        // Now and then the storm rests for a while; that is no wait for anything.
        await new Promise((next) => { setTimeout(next, (number % 7) * 3); });
      }
      await page.waitForText('Storm 199.');
      equal(preview.complained, '', 'complaints');
      await still(page);
    }),

    'half a file is a mistake for a moment': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      const all = post({ title: 'The first', date: '2026-01-01', text: 'The whole of it.' });
      const file = openSync(site.path(FIRST), 'w');
      writeSync(file, all.slice(0, 30));
      await page.waitForMistakes(FIRST);
      await page.waitForText('First words.');
      writeSync(file, all.slice(30));
      closeSync(file);
      await page.waitForText('The whole of it.');
      await page.waitForWell();
      await still(page);
    }),

    'the folder of the content goes and comes back': onSite(async (site, preview) => {
      const page = await browser.page(`${preview.origin}/posts/first/`);
      await page.waitForPreview();
      site.rename('content', 'elsewhere');
      await page.waitForText('404');
      site.rename('elsewhere', 'content');
      await page.waitForText('First words.');
      site.edit(FIRST, 'First words.', 'Words in the old place.');
      await page.waitForText('Words in the old place.');
      site.rename('content/posts', 'content/posts-away');
      await page.waitForText('404');
      site.rename('content/posts-away', 'content/posts');
      await page.waitForText('Words in the old place.');
      await page.close();
    }),

    'site.toml goes, comes back, breaks and is mended': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      site.remove('site.toml');
      await page.waitForMistakes('site.toml');
      site.write('site.toml', SITE_TOML);
      await page.waitForWell();
      site.edit('site.toml', 'title = "Tests"', 'title = "Tests');
      await page.waitForMistakes('site.toml:1');
      site.edit('site.toml', 'title = "Tests', 'title = "Proofs"', 'replace');
      await page.waitForWell();
      await page.waitForText('Proofs, first foot');
      await still(page);
    }),

    'another theme, and one that is not there': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      await colour(page, 'rgb(1, 2, 3)');
      site.edit('site.toml', 'theme = "paper"', 'theme = "broadside"');
      await page.waitForNoText('first foot');
      await colour(page, 'rgb(31, 27, 22)');
      site.edit('site.toml', 'theme = "broadside"', 'theme = "papr"');
      const { sheet } = await page.waitForMistakes('papr');
      expect(sheet.includes('did you mean paper?'), 'a hint', sheet);
      site.edit('site.toml', 'theme = "papr"', 'theme = "paper"');
      await page.waitForWell();
      await colour(page, 'rgb(1, 2, 3)');
      await page.waitForText('first foot');
      await page.close();
    }),

    'the folder of the themes is made later': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      site.write('themes/late/theme.toml', 'name = "Late"\nversion = "1.0.0"\nletterpress = ">=0.1, <0.2"\nextends = "broadside"\nstyles = ["main.scss"]\n');
      site.write('themes/late/styles/main.scss', '@use "broadside/main";\nh1 { color: rgb(9, 9, 9) !important }\n');
      site.edit('site.toml', 'theme = "broadside"', 'theme = "late"');
      await colour(page, 'rgb(9, 9, 9)');
      site.edit('themes/late/styles/main.scss', 'rgb(9, 9, 9)', 'rgb(19, 9, 9)');
      await colour(page, 'rgb(19, 9, 9)');
      await page.close();
    }, {
      files: {
        ...without('theme.toml', 'styles/_ink.scss', 'styles/main.scss', 'templates/web/post.html', 'templates/web/colophon.html', 'static/note.txt'),
        'site.toml': SITE_TOML.replace('"paper"', '"broadside"'),
      },
    }),

    'a script of the theme is edited: that needs a reload, and gets one': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      await page.waitFor('the first', () => window.run === 1);
      site.edit('themes/paper/static/theme.js', '1', '2');
      await page.waitFor('the second', () => window.run === 2);
      await page.close();
    }, { files: { 'themes/paper/static/theme.js': 'window.run = 1;\n' } }),

    'names in other scripts': onSite(async (site, preview) => {
      site.write('content/posts/Über Straßen & mehr.md', post({ title: 'Über', date: '2026-04-01' }));
      site.write('content/posts/日本語.md', post({ title: '日本', date: '2026-04-02' }));
      await until('both', async () => {
        const home = await preview.text('/');
        return home.includes('日本') && home.includes('Über');
      });
      equal((await preview.ask('/posts/uber-strassen-mehr/')).status, 200, 'its address');
      const page = await open(preview, '/posts/日本語/');
      site.edit('content/posts/日本語.md', 'First words.', '別の言葉。');
      await page.waitForText('別の言葉。');
      expect(await page.isSameDocument(), 'not loaded again');
      site.rename('content/posts/日本語.md', 'content/posts/中文.md');
      await page.waitForPath(encodeURI('/posts/中文/'));
      equal((await preview.ask(encodeURI('/posts/中文'))).headers.location, encodeURI('/posts/中文/'), 'without a slash');
      await page.close();
    }),

    'a picture that is missing, made, spoilt and mended': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      site.edit(FIRST, 'description =', 'image = { src = "/lead.png", alt = "Colour" }\ndescription =');
      await page.waitForMistakes('lead.png');
      site.write('content/lead.png', png(1200, 630, [0, 200, 0]));
      await page.waitForWell();
      await page.waitFor('a picture', () => document.querySelector('main img')?.naturalWidth > 0);
      site.write('content/lead.png', 'not a picture');
      await page.waitForMistakes('lead.png');
      site.write('content/lead.png', png(1200, 630, [200, 0, 0]));
      await page.waitForWell();
      await page.waitFor('a picture', () => document.querySelector('main img')?.naturalWidth > 0);
      await still(page);
    }, { files: { 'site.toml': SITE_TOML.replace('[blocks]\n', '[blocks]\nheader = ["title", "image"]\n') } }),

    'a mistake that was put away stays away; another is shown': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      site.edit(SECOND, 'date =', 'dat =');
      await page.waitForMistakes(SECOND);
      await page.tab.keyboard.press('Escape');
      await until('a badge', async () => (await page.overlay())?.badge);
      await page.hide();
      await page.hide(false);
      await until('a badge', async () => {
        const { badge, sheet } = await page.overlay() ?? {};
        return badge && !sheet;
      });
      site.edit('content/pages/about.md', 'title =', 'titel =');
      await page.waitForMistakes('about.md');
      await page.close();
    }),

    'a page that is asked for while something else is wrong': onSite(async (site, preview) => {
      site.edit(SECOND, 'date =', 'dat =');
      await until('the complaint', () => preview.complained.includes('unknown key'));
      const page = await browser.page(`${preview.origin}/posts/first/`);
      await page.waitForMistakes(SECOND);
      await page.waitForText('First words.');
      await page.close();
    }),

    'two posts with one address': onSite(async (site, preview) => {
      const page = await open(preview, '/posts/first/');
      site.edit(SECOND, 'description =', 'slug = "first"\ndescription =');
      const { sheet } = await page.waitForMistakes('/posts/first/');
      expect(sheet.includes(FIRST) && sheet.includes(SECOND), 'both files', sheet);
      site.edit(SECOND, 'slug = "first"', 'slug = "other"');
      await page.waitForWell();
      equal((await preview.ask('/posts/other/')).status, 200, 'its own address');
      await still(page);
    }),
  };
};
