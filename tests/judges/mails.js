// What mail programs do not know, by the data of caniemail: in the golden mails, the notices and the issues alike.
// What stands in ENHANCEMENTS may be unknown to some: then the mail is plainer, and as readable.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files, loadModule, verdict } from './site.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const CLIENTS = ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*'];

/** What a program may not know, and what its readers get instead. */
const ENHANCEMENTS = {
  '<body> element': 'the sheet is a table that has paper and language once more',
  '<style> element': 'the colours and sizes of the day, written into the tags',
  '@media': 'the widths of the desktop, which fit a phone, and the colours of the day',
  'Type selector': 'as without <style>',
  'Class selector': 'as without <style>',
  'Descendant combinator': 'as without <style>',
  'Adjacent sibling combinator': 'as without <style>',
  ':hover': 'a link that does not answer the pointer',
  'color-scheme meta tag': 'the colours that the program chooses at night',
  'display:none': 'a preheader of one pixel, in the colour of the paper',
  'max-height property': 'as without display:none',
  overflow: 'a table whose cells break their lines',
  'table-layout': 'columns as wide as their words',
  'white-space': 'long lines of code that the program breaks as it can',
  'word-break': 'long words that stand out',
  'height property': 'pictures in the size of their attributes',
  'Local anchors': 'a number of a note that leads nowhere; the notes stand at the end',
  '<abbr> element': 'the abbreviation without its meaning',
  'role attribute': 'tables that a screen reader may announce',
  'aria-label attribute': 'ticks and notes read as the characters they are',
};

const { complain, end } = verdict('mails');
const { caniemail } = await loadModule('caniemail');

/** The HTML part of a letter as Letterpress writes it: quoted-printable, with a boundary. */
function htmlOf(letter) {
  const part = letter.split('\r\n\r\n').findIndex((piece) => /content-type: text\/html/i.test(piece));
  const body = letter.split('\r\n\r\n').slice(part + 1).join('\r\n\r\n').split(/\r\n--[^\r\n]+--/)[0];
  const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** What some of the programs do not know: its title, and which. */
function unknown(html) {
  const found = new Map();
  for (const [client, issues] of caniemail({ clients: CLIENTS, html }).issues.errors) {
    for (const { title } of issues) found.set(title, [...(found.get(title) ?? []), client]);
  }
  return found;
}

// A judge that finds nothing in this would find nothing at all.
const planted = unknown('<body><div style="position:fixed"><video src="x.mp4"></video></div></body>');
for (const title of ['<video> element', 'position']) {
  if (!planted.has(title)) complain('(planted)', 'the judge fails on what is planted', `${title} is not among: ${[...planted.keys()].join(', ')}`);
}

const letters = files(FIXTURES).filter((name) => /^(issue-)?mail\/.*\.eml$/.test(name));
if (letters.length < 10) complain('(fixtures)', 'there are golden mails', `only ${letters.length}`);
for (const name of letters) {
  const html = htmlOf(readFileSync(join(FIXTURES, name), 'latin1'));
  if (!html.includes('</html>')) complain(name, 'an HTML part', 'there is none');
  for (const [title, clients] of unknown(html)) {
    if (!(title in ENHANCEMENTS)) complain(name, 'every program knows what the mail needs', `${title}: not ${clients.join(', ')}`);
  }
}
end(`${letters.length} mails`);
