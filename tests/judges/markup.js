// The Nu HTML checker over the HTML of every golden mail: no errors, but for what only mail programs know.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { letters } from './letters.js';
import { toolFile, verdict } from './site.js';

/** What is no HTML and no CSS, and why a mail has it. */
const OF_MAIL = [
  // Outlook's own properties: lines as high as they are said to be, and what it shall not show.
  /^CSS: “mso-/,
  // The namespace of Outlook's settings, which stand in a comment.
  /^Attribute “xmlns:o” not allowed here/,
  // Apple Mail's switch has a name and no content.
  /^Element “meta” is missing one or more of the following attributes: “content”, “property”/,
];
/** In the hostile one: a picture that somebody put there without words. */
const HOSTILE = /^An “img” element must have an “alt” attribute/;
const PLANTED = 'planted.html';

const { complain, end } = verdict('markup');
const folder = mkdtempSync(join(tmpdir(), 'markup-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const all = letters(complain);
const names = new Map(all.map(({ name, html }) => {
  const file = `${name.replaceAll('/', '~').replace(/\.eml$/, '')}.html`;
  writeFileSync(join(folder, file), html);
  return [file, name];
}));
writeFileSync(join(folder, PLANTED), '<!DOCTYPE html><html lang="en"><title>x</title><p style="colr:red">x</p><ul><p>y</p></ul></html>');

const jar = toolFile('vnu-jar/build/dist/vnu.jar');
const run = spawnSync('java', ['-jar', jar, '--format', 'json', '--errors-only', '--stdout', folder], { encoding: 'utf8', maxBuffer: 1 << 28 });
let messages;
try {
  ({ messages } = JSON.parse(run.stdout));
} catch {
  throw new Error(`the checker did not run: ${run.error ?? run.stderr}`);
}
let planted = '';
for (const { url = '', message, extract = '', lastLine = 0 } of messages) {
  const file = basename(decodeURIComponent(url));
  const name = names.get(file) ?? file;
  if (file === PLANTED) planted += message;
  else if (!OF_MAIL.some((known) => known.test(message)) && !(name.endsWith('/hostile.eml') && HOSTILE.test(message))) complain(`${name}:${lastLine}`, message, extract);
}
// A judge that finds nothing in this would find nothing at all.
for (const fault of ['colr', 'not allowed']) if (!planted.includes(fault)) complain('(planted)', 'the judge fails on what is planted', `not a word of ${fault}`);
end(`${all.length} mails`);
