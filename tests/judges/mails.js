// What mail programs do not know, by the data of caniemail: in the golden mails, the notices and the issues alike.
// What stands in ENHANCEMENTS may be unknown to some: then the mail is plainer, and as readable.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENTS, isCurrent } from './clients.js';
import { FIXTURES, letters } from './letters.js';
import { loadModule, verdict } from './site.js';


/** What a program may not know, and what its readers get instead: the list by which `letterpress check` judges too. */
const own = (name) => JSON.parse(readFileSync(new URL(`../../src/edition/mail/judge/${name}`, import.meta.url), 'utf8'));
const ENHANCEMENTS = own('enhancements.json');
/** What `letterpress check` sees in the golden mails, and by which table (tests/mail/verdict.rs writes it down). */
const SEEN = JSON.parse(readFileSync(join(FIXTURES, 'mail-support.json'), 'utf8'));
const TABLE = own('clients.json');
/** What the program sees and the package does not look for, or the other way round. */
const DIFFERENT = {
  '@media (prefers-color-scheme)': 'the package looks at the word @media alone',
  'HTML5 semantics': 'the package finds no element of a group of several',
  'Grouping selectors': 'the package is shown one selector of a group at a time',
  'Chaining selectors': 'the package counts the classes of all parts of a selector, the program those of one',
};

const { complain, end } = verdict('mails');
const { caniemail, parseCss } = await loadModule('caniemail');

/** The rules inside of @media, which the package does not look into, as a stylesheet of their own. */
function inside(html) {
  const styles = [...html.matchAll(/<style>([^]*?)<\/style>/g)].map((match) => match[1]);
  const flat = (rules, within) => rules.flatMap((rule) => {
    if (rule.type === 'media') return flat(rule.rules, true);
    if (rule.type !== 'rule' || !within) return [];
    return [`${rule.selectors.join(',')}{${rule.declarations.map((one) => `${one.property}:${one.value}`).join(';')}}`];
  });
  return styles.flatMap((css) => flat(parseCss(css).stylesheet.rules, false)).join('\n');
}

/** What some of the programs do not know: its title, and which. */
function unknown(html) {
  const found = new Map();
  const css = inside(html);
  for (const part of [{ html }, ...(css ? [{ css }] : [])]) {
    for (const [client, issues] of caniemail({ clients: CLIENTS, ...part }).issues.errors) {
      for (const { title } of issues) found.set(title, (found.get(title) ?? new Set()).add(client));
    }
  }
  return found;
}

// A judge that finds nothing in this would find nothing at all.
const planted = unknown('<body><div style="position:fixed"><video src="x.mp4"></video></div></body>');
for (const title of ['<video> element', 'position']) {
  if (!planted.has(title)) complain('(planted)', 'the judge fails on what is planted', `${title} is not among: ${[...planted.keys()].join(', ')}`);
}

const all = letters(complain);
for (const { name, html } of all) {
  const found = unknown(html);
  for (const [title, clients] of found) {
    if (!(title in ENHANCEMENTS) && !(title in DIFFERENT)) complain(name, 'every program knows what the mail needs', `${title}: not ${[...clients].join(', ')}`);
    const known = TABLE.features.find((feature) => feature.title === title)?.none.map((at) => TABLE.clients[at][0]) ?? [];
    if (known.toSorted().join() !== [...clients].toSorted().join()) complain(name, 'the program’s table is caniemail’s', `${title}: ${known.join(', ')} instead of ${[...clients].join(', ')}`);
  }
  const seen = new Set(SEEN[name]);
  for (const title of new Set([...found.keys(), ...seen])) {
    if (found.has(title) !== seen.has(title) && !(title in DIFFERENT)) complain(name, 'the program judges as caniemail does', `${title}: seen by ${seen.has(title) ? 'the program' : 'caniemail'} alone`);
  }
}
if (!isCurrent()) complain('src/edition/mail/judge/clients.json', 'the table is made from the package', 'run node tests/judges/clients.js');
if (Object.keys(SEEN).length !== all.length) complain('mail-support.json', 'every golden mail is in it', `${Object.keys(SEEN).length} of ${all.length}`);
end(`${all.length} mails`);
