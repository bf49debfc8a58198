// The newsletter before any reader gets it: mails and pages of the service are repainted as the theme is saved, and nothing that is pressed goes anywhere.
import { equal, expect, onSite, until } from './site.js';

const NOTICE = 'themes/paper/templates/mail/notice/confirm.html';
const notice = (words) => `{% extends "broadside/mail/notice/confirm.html" %}\n{% block notice %}<p class="first">${words}</p>{{ super() }}{% endblock notice %}\n`;

/** Something of the mail as it is seen in one of its windows. */
const seen = (page, question, frame = 'iframe.wide') => page.ask((it, words) => {
  const { contentDocument: mail, contentWindow: window } = document.querySelector(it);
  return new Function('mail', 'window', 'frame', `return ${words}`)(mail, window, document.querySelector(it));
}, frame, question);
const inMail = (page, words, frame) => until(`“${words}” in the mail`, async () => (await seen(page, 'mail?.body?.innerText ?? ""', frame)).includes(words));
const choose = (page, name, value) => page.ask((it) => document.querySelector(it).click(), `input[name=${name}][value=${value}]`);

export const newsletter = (browser) => ({
  'the template of a notice edited: the open mail shows it': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/_letterpress/mail/confirm/`);
    await page.waitForPreview();
    await inMail(page, 'First mail.');
    await page.mark();
    const length = await page.ask(() => history.length);
    // What was chosen stays chosen.
    await choose(page, 'scheme', 'dark');
    await until('night', async () => await seen(page, 'mail && window.getComputedStyle(mail.body).backgroundColor') === 'rgb(25, 22, 19)');
    for (const words of ['Second mail.', 'Third mail, on its own.']) {
      site.write(NOTICE, notice(words));
      for (const frame of ['iframe.wide', 'iframe.phone']) await inMail(page, words, frame);
    }
    equal(await seen(page, 'window.getComputedStyle(mail.body).backgroundColor'), 'rgb(25, 22, 19)', 'still night');
    equal([await page.isSameDocument(), await page.ask(() => history.length)], [true, length], 'not loaded again, and no way back to an old mail');
    equal(await seen(page, '[frame.clientWidth, frame.clientHeight === mail.body.offsetHeight]', 'iframe.phone'), [375, true], 'a phone, all of it');
    await choose(page, 'show', 'text');
    await page.waitForText('https://tests.example/', '.pane-text');
    equal(await page.ask(() => ['text', 'mail', 'header', 'source'].map((name) => document.querySelector(`.pane-${name}`).checkVisibility())), [true, false, false, false], 'what is seen');
    // A mistake lies over it until it is mended.
    site.write(NOTICE, notice('{{ nothing.at_all }}'));
    const { sheet } = await page.waitForMistakes(NOTICE);
    expect(sheet.includes('nothing'), 'what is wrong', sheet);
    site.write(NOTICE, notice('Mended mail.'));
    await page.waitForWell();
    await inMail(page, 'Mended mail.');
    expect(await page.isSameDocument(), 'not loaded again');
    equal(page.errors, [], 'errors of scripts');
    await page.close();
  }, { files: { [NOTICE]: notice('First mail.') } }),

  'a mail runs nothing': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/_letterpress/mail/confirm/`);
    await page.waitForPreview();
    await inMail(page, 'Harmless.');
    equal(await page.ask(() => [window.hurt ?? false, document.querySelector('iframe.wide').contentWindow.hurt ?? false]), [false, false], 'unhurt');
    await page.close();
    const alone = await browser.page(`${preview.origin}/_letterpress/mail/confirm/html`);
    await alone.waitForText('Harmless.');
    equal(await alone.ask(() => window.hurt ?? false), false, 'nor by itself');
    await alone.close();
  }, { files: { [NOTICE]: notice('Harmless.<script>window.hurt = true; parent.hurt = true;</script><img src="x" onerror="window.hurt = true; parent.hurt = true">') } }),

  'a page of the service follows styles and templates, and its forms go nowhere': onSite(async (site, preview) => {
    const page = await browser.page(`${preview.origin}/_letterpress/service/subscribe/`);
    await page.waitForPreview();
    await page.mark();
    equal(await page.color('h1'), 'rgb(1, 2, 3)', 'the colour of titles');
    site.edit('themes/paper/styles/_ink.scss', 'rgb(1, 2, 3)', 'rgb(90, 2, 3)');
    await until('the new colour', async () => await page.color('h1') === 'rgb(90, 2, 3)');
    site.edit('themes/paper/templates/web/colophon.html', 'first foot', 'second foot');
    await page.waitForText('second foot');
    const before = page.requests.length;
    await page.ask(() => {
      const field = document.querySelector('input[type=email]');
      field.value = 'jane@example.org';
      document.querySelector('form button[type=submit]').click();
    });
    const said = await until('word of it', async () => (await page.overlay())?.said);
    expect(said.includes('posts nowhere'), 'what is said', said);
    equal(page.requests.slice(before).filter((one) => one.path !== '/_letterpress/events').map((one) => one.path).filter((path) => !/woff2$/.test(path)), [], 'requests since');
    equal([await page.path(), await page.isSameDocument()], ['/_letterpress/service/subscribe/', true], 'still there');
    await page.close();
  }),
});
