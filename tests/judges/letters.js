// The golden mails, as readers of the judges: each by its name below tests/fixtures/, with its HTML part.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from './site.js';

export const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** The HTML part of a letter as Letterpress writes it: quoted-printable, with a boundary. */
function htmlOf(letter) {
  const part = letter.split('\r\n\r\n').findIndex((piece) => /content-type: text\/html/i.test(piece));
  const body = letter.split('\r\n\r\n').slice(part + 1).join('\r\n\r\n').split(/\r\n--[^\r\n]+--/)[0];
  const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** All of them; `complain` is told of what is no letter. */
export function letters(complain) {
  const names = files(FIXTURES).filter((name) => /^(issue-)?mail\/.*\.eml$/.test(name));
  if (names.length < 40) complain('(fixtures)', 'there are golden mails', `only ${names.length}`);
  return names.map((name) => {
    const html = htmlOf(readFileSync(join(FIXTURES, name), 'latin1'));
    if (!html.includes('</html>')) complain(name, 'an HTML part', 'there is none');
    return { name, html };
  });
}
