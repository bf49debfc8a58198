// The forms of a built site and the pages of its daemon before a real browser: the site on one origin, the daemon on another,
// letters in a folder.
//
//   LETTERPRESS=FILE node tests/daemon/form.js       (ONLY=words for some of the tests, SCREENSHOTS=FOLDER for pictures)
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { serve } from '../judges/server.js';
import { equal, expect, launch, run, until } from '../preview/browser.js';
import { PATIENCE, PROGRAM, Site, freePort, png, post } from '../preview/site.js';

const PICTURES = process.env.SCREENSHOTS;
const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true };

const settings = (home, desk, more) => `title = "Proof & Post"
description = "On running a blog and a newsletter well."
base_url = "${home}"
language = "en"
[blocks]
footer = ["subscribe", "lead"]
[blocks.lead]
title = "Ready to get started?"
text = "Tell us what you have in mind."
to = "owner@proof.example"
options = ["a printer", "a typeface"]
[newsletters.digest]
name = "The Digest"
from = "Proof & Post <editors@proof.example>"
postal_address = "1 Press Lane, London"
[newsletters.notes]
name = "Margin Notes"
from = "Proof & Post <editors@proof.example>"
[subscribe]
endpoint = "${desk}"
title = "By mail"
promise = "Our best articles, twice a month."
welcome = { posts = 1 }
${more}
`;

const browser = await launch();

/** A site, its daemon, and the letters that it wrote. */
class House {
  constructor() {
    const files = { 'themes/paper/theme.toml': null, 'themes/paper/styles/_ink.scss': null, 'themes/paper/styles/main.scss': null,
      'themes/paper/templates/web/post.html': null, 'themes/paper/templates/web/colophon.html': null, 'themes/paper/static/note.txt': null };
    this.site = new Site({ ...files, 'content/favicon.ico': png(16, 16, [191, 53, 25]), 'content/posts/first.md': post({ title: 'The first sentence is a door', date: '2026-01-01' }) });
    this.letters = mkdtempSync(join(tmpdir(), 'letterpress-letters-'));
    this.said = '';
    this.seen = 0;
  }

  async open(more) {
    const port = await freePort();
    this.web = await serve(this.site.path('public'));
    this.desk = `http://127.0.0.1:${port}/desk/`;
    this.site.write('site.toml', settings(this.web.url, this.desk, more));
    // The list is in the site's own home, not in that of whoever runs the tests.
    process.env.XDG_DATA_HOME = this.site.path('home');
    this.site.run('build', '--quiet');
    this.child = spawn(PROGRAM, ['--root', this.site.folder, 'daemon', '--listen', `127.0.0.1:${port}`, '--mail-to-dir', this.letters],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (text) => { this.said += text; });
    await until('the daemon', () => this.said.includes('Serving '), PATIENCE);
  }

  /** The next letter, as its text with the lines joined that quoted-printable cut. */
  async letter() {
    const names = () => readdirSync(this.letters).filter((name) => name.endsWith('.eml')).sort();
    await until('a letter', () => names().length > this.seen, PATIENCE);
    const name = names()[this.seen];
    this.seen += 1;
    return readFileSync(join(this.letters, name), 'utf8').replace(/=\r\n/g, '').replace(/=3D/g, '=');
  }

  link(letter, purpose) {
    const found = new RegExp(`${this.desk}${purpose}/[\\w.~-]+`).exec(letter);
    expect(found, `a link to ${purpose}`, letter.slice(0, 1500));
    return found[0];
  }

  /** `address newsletter status` of everybody. */
  everybody() {
    const lines = this.site.run('--format', 'json', 'subscribers', 'list').trim().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line)).map((row) => `${row.address} ${row.newsletter} ${row.status}`).sort();
  }

  close() {
    this.child?.kill('SIGKILL');
    this.web?.close();
    for (const folder of [this.site.folder, this.letters]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A tab that collects what the console complains of. */
async function tab({ phone = false, script = true } = {}) {
  const page = await browser.page();
  page.complaints = [];
  page.tab.on('console', (message) => { if (['error', 'warn'].includes(message.type())) page.complaints.push(message.text()); });
  await page.tab.setViewport(phone ? PHONE : { width: 1000, height: 800 });
  await page.tab.setJavaScriptEnabled(script);
  return page;
}

const onHouse = (test, more = '') => async () => {
  const house = new House();
  try {
    await house.open(more);
    await test(house);
  } catch (error) {
    error.stack += `\nthe program: ${house.said.slice(-1500)}`;
    throw error;
  } finally {
    house.close();
  }
};

const picture = async (page, name) => {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.tab.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
};

const FORM = '.subscribe form';
const LEAD = '.lead-form form';

/** What the form in the page looks like to somebody who cannot see it. */
const state = (page, form) => page.ask((it) => {
  const own = document.querySelector(it);
  const field = own.querySelector('[name=email]');
  return {
    answer: own.querySelector('[role=status]').innerText,
    wrong: own.querySelector('.field-error')?.innerText ?? null,
    invalid: field.getAttribute('aria-invalid'),
    // Whoever listens hears the label, which has the complaint in it.
    label: field.labels[0].innerText,
    isFocused: document.activeElement === field,
    value: field.value,
  };
}, form);

/** Presses a button that leads to another page. */
async function press(page, selector) {
  await Promise.all([page.tab.waitForNavigation({ waitUntil: 'load' }), page.tab.click(selector)]);
}

const heading = (page) => page.text('main h1');

/** Nothing wider than the page, and buttons that a thumb finds. */
async function fitsAPhone(page, where) {
  const seen = await page.ask(() => ({
    wide: document.documentElement.scrollWidth - innerWidth,
    low: [...document.querySelectorAll('main button, main input:not([type=hidden]):not([tabindex="-1"]):not([type=radio]):not([type=checkbox])')]
      .filter((one) => one.checkVisibility()).map((one) => Math.round(one.getBoundingClientRect().height)).filter((height) => height < 40),
  }));
  equal(seen, { wide: 0, low: [] }, `${where} on a phone`);
}

await run({
  'the answer stands in the page, and the button in the letter confirms': onHouse(async (house) => {
    const page = await tab();
    await page.goto(`${house.web.url}posts/first/`);
    await page.mark();
    await page.tab.type(`${FORM} [name=email]`, 'jane..doe@readers.example');
    await page.tab.click(`${FORM} button`);
    await page.waitFor('a complaint', (it) => document.querySelector(`${it} .field-error`) !== null, FORM);
    let seen = await state(page, FORM);
    expect(seen.wrong.startsWith('This is not an email address.'), 'what is wrong', seen);
    expect(seen.label.includes(seen.wrong), 'it is part of the label', seen);
    equal([seen.invalid, seen.isFocused, seen.answer, seen.value], ['true', true, '', 'jane..doe@readers.example'], 'where it is wrong');
    await picture(page, 'wrong-in-place');

    await page.ask((it) => { document.querySelector(`${it} [name=email]`).value = ''; }, FORM);
    await page.tab.type(`${FORM} [name=email]`, 'jane@readers.example');
    await page.tab.keyboard.press('Enter');
    await page.waitForText('Thank you. Please look into your inbox and confirm.', `${FORM} [role=status]`);
    seen = await state(page, FORM);
    equal([seen.wrong, seen.invalid, seen.value], [null, null, ''], 'no complaint is left');
    expect(await page.isSameDocument(), 'the page was left');
    equal(await page.path(), '/posts/first/', 'the address');
    await picture(page, 'answer-in-place');

    const confirm = house.link(await house.letter(), 'confirm');
    const mail = await tab();
    await mail.goto(confirm);
    equal(await heading(mail), 'One click to go', 'behind the link');
    equal(house.everybody(), ['jane@readers.example digest pending'], 'opening it changes nothing');
    const styled = await mail.ask(() => [...document.styleSheets].filter((sheet) => sheet.href && sheet.ownerNode.sheet).length);
    expect(styled > 0, 'the site’s styles');
    await picture(mail, 'confirm');
    await press(mail, 'main form button');
    equal(await heading(mail), 'You are subscribed', 'after the button');
    equal(house.everybody(), ['jane@readers.example digest confirmed'], 'the list');
    // The mistake is an answer of 422, which Chromium puts into the console.
    equal([page.complaints.filter((text) => !text.includes('422')), page.errors], [[], []], 'the console of the article');
    equal([mail.complaints, mail.errors], [[], []], 'the console of the daemon’s pages');
  }),

  'leaving, coming back, settings, another address and erasure, by buttons alone': onHouse(async (house) => {
    for (const script of [true, false]) {
      const page = await tab({ phone: true, script });
      await page.goto(`${house.web.url}posts/first/`);
      await page.tab.type(`${FORM} [name=email]`, 'jane@readers.example');
      if (script) {
        await page.tab.click(`${FORM} button`);
        await page.waitForText('Thank you.', `${FORM} [role=status]`);
      } else {
        await press(page, `${FORM} button`);
        equal(await heading(page), 'One more click', 'without a script');
        await fitsAPhone(page, 'one more click');
        await picture(page, 'phone-one-more-click');
        await press(page, 'main form button');
        equal(await heading(page), 'Check your inbox', 'without a script');
      }
      await fitsAPhone(page, 'the article');
      await picture(page, `phone-subscribed-${script}`);
      await page.goto(house.link(await house.letter(), 'confirm'));
      await fitsAPhone(page, 'confirm');
      await press(page, 'main form button');
      const leave = house.link(await house.letter(), 'unsubscribe');
      await page.goto(leave);
      await fitsAPhone(page, 'unsubscribe');
      await picture(page, 'phone-unsubscribe');
      await press(page, 'button[value=unsubscribe]');
      equal([await heading(page), house.everybody()], ['You are unsubscribed', ['jane@readers.example digest unsubscribed']], 'left');
      await press(page, 'form[action*="/undo/"] button');
      equal([await heading(page), house.everybody()], ['Welcome back', ['jane@readers.example digest confirmed']], 'undone');
      await page.goto(leave);
      await press(page, 'button[value=pause]');
      equal([await heading(page), house.everybody()], ['Your subscription rests', ['jane@readers.example digest paused']], 'paused');
      await page.goto(leave);
      await press(page, 'form[action*="/manage/"] button');
      equal(await heading(page), 'A link is on its way', 'a fresh link');

      const settingsLink = house.link(await house.letter(), 'preferences');
      await page.goto(settingsLink);
      await fitsAPhone(page, 'settings');
      await picture(page, 'phone-settings');
      await page.tab.click('input[name=newsletter-digest][value=confirmed]');
      await page.tab.click('input[name=newsletter-notes][value=confirmed]');
      await press(page, 'button[value=save]');
      await page.waitForText('Your settings are saved.', 'main');
      equal(house.everybody(), ['jane@readers.example digest confirmed', 'jane@readers.example notes confirmed'], 'saved');
      await page.tab.type('input[name=email]', 'jane@elsewhere.example');
      await press(page, 'button[value=address]');
      await page.goto(house.link(await house.letter(), 'address'));
      await fitsAPhone(page, 'another address');
      await press(page, 'main form button');
      equal(house.everybody(), ['jane@elsewhere.example digest confirmed', 'jane@elsewhere.example notes confirmed'], 'moved');

      await page.goto(leave);
      await press(page, 'form[action*="/manage/"] button');
      await page.goto(house.link(await house.letter(), 'preferences'));
      // The browser itself wants the tick first.
      await page.tab.click('button[value=erase]');
      equal(house.everybody().length, 2, 'not without the tick');
      await page.tab.click('input[name=sure]');
      await press(page, 'button[value=erase]');
      equal([await heading(page), house.everybody()], ['All gone', []], 'erased');
      await picture(page, 'phone-erased');
      equal([page.complaints, page.errors], [[], []], 'the console');
      house.site.run('subscribers', 'suppress', '--lift', 'jane@elsewhere.example');
      await page.close();
    }
  }),

  'where very many ask at once the page works for its place, and says so': onHouse(async (house) => {
    const page = await tab();
    for (const [number, name] of ['jane', 'jill'].entries()) {
      await page.goto(`${house.web.url}posts/first/`);
      await page.ask((it) => {
        window.answers = [];
        const answer = document.querySelector(`${it} [role=status]`);
        new MutationObserver(() => window.answers.push(answer.textContent)).observe(answer, { childList: true, characterData: true, subtree: true });
      }, FORM);
      await page.tab.type(`${FORM} [name=email]`, `${name}@readers.example`);
      await page.tab.click(`${FORM} button`);
      await until('an answer', async () => (await state(page, FORM)).answer.startsWith('Thank you.'), PATIENCE);
      const answers = await page.ask(() => window.answers.filter(Boolean));
      equal(answers.some((text) => text.includes('your device is working')), number === 1, `${name}: ${answers}`);
    }
    const text = [await house.letter(), house.everybody()];
    expect(text[0].includes('/confirm/'), 'the first letter', text[0].slice(0, 500));
    equal([page.complaints, page.errors], [[], []], 'the console');
  }, 'limits = { domain_per_minute = 1 }'),

  'the lead form reaches the owner, with a script and without': onHouse(async (house) => {
    for (const script of [true, false]) {
      const page = await tab({ script });
      await page.goto(`${house.web.url}posts/first/`);
      await page.tab.type(`${LEAD} [name=name]`, 'Ada Löve');
      await page.tab.type(`${LEAD} [name=email]`, 'ada@printers.example');
      await page.tab.select(`${LEAD} [name=looking_for]`, 'a typeface');
      await page.tab.type(`${LEAD} [name=message]`, 'Good morning.\nSomething for small sizes, please.');
      if (script) {
        await page.mark();
        await page.tab.click(`${LEAD} button`);
        await page.waitForText('Thank you. Your message is on its way.', `${LEAD} [role=status]`);
        expect(await page.isSameDocument(), 'the page was left');
        await picture(page, 'lead-in-place');
      } else {
        await press(page, `${LEAD} button`);
        await press(page, 'main form button');
        equal(await heading(page), 'Thank you', 'without a script');
        await picture(page, 'lead-sent');
      }
      const letter = await house.letter();
      for (const part of ['To: owner@proof.example', '<ada@printers.example>', 'a typeface', 'Something for small sizes, please.']) {
        expect(letter.includes(part), part, letter.slice(0, 1500));
      }
      expect(/^Reply-To: .*<ada@printers\.example>\r$/m.test(letter), 'Reply-To', letter.slice(0, 800));
      equal([page.complaints, page.errors], [[], []], 'the console');
    }
  }),

  'a daemon that is away is said, and the form can be sent again': onHouse(async (house) => {
    const page = await tab();
    await page.goto(`${house.web.url}posts/first/`);
    house.child.kill('SIGKILL');
    await until('its end', () => house.child.signalCode);
    await page.tab.type(`${FORM} [name=email]`, 'jane@readers.example');
    // The ordinary way is taken then, and the browser says what it says of sites that are away.
    await Promise.all([until('the ordinary way', () => page.requests.some((one) => one.type === 'document' && one.url === `${house.desk}subscribe`)),
      page.tab.click(`${FORM} button`)]);
  }),
});
await browser.close();
