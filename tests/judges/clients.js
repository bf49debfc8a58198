// Makes the table by which `letterpress check` knows what mail programs know: caniemail's data, as far as something in a
// mail can be held to it, for the programs that most readers have. Run it when the package has a new version:
//
//   node tests/judges/clients.js          writes src/edition/mail/judge/clients.json
//   node tests/judges/clients.js --check  only says whether that file is what it would write
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { toolFile, verdict } from './site.js';

export const CLIENTS = ['gmail.*', 'outlook.*', 'apple-mail.*', 'yahoo.*'];
const FILE = fileURLToPath(new URL('../../src/edition/mail/judge/clients.json', import.meta.url));
/** As readers call them. */
const NAMES = {
  'gmail.android': 'Gmail on Android',
  'gmail.desktop-webmail': 'Gmail on the web',
  'gmail.ios': 'Gmail on iOS',
  'gmail.mobile-webmail': 'Gmail on the mobile web',
  'outlook.android': 'Outlook on Android',
  'outlook.ios': 'Outlook on iOS',
  'outlook.macos': 'Outlook on macOS',
  'outlook.outlook-com': 'Outlook.com and new Outlook',
  'outlook.windows': 'classic Outlook',
  'outlook.windows-mail': 'Windows Mail',
  'apple-mail.ios': 'Apple Mail on iOS',
  'apple-mail.macos': 'Apple Mail on macOS',
  'yahoo.android': 'Yahoo on Android',
  'yahoo.desktop-webmail': 'Yahoo on the web',
  'yahoo.ios': 'Yahoo on iOS',
};
/** What the package has no matcher for, or one that finds too little. */
const OWN = {
  '@media (-webkit-device-pixel-ratio)': [{ media: 'device-pixel-ratio' }],
  '@media (hover), @media (any-hover)': [{ media: 'hover' }],
  '@media (orientation)': [{ media: 'orientation' }],
  '@media (prefers-color-scheme)': [{ media: 'prefers-color-scheme' }],
  '@media (prefers-reduced-motion)': [{ media: 'prefers-reduced-motion' }],
  'lch(), oklch(), lab(), oklab()': ['lch', 'oklch', 'lab', 'oklab'].map((name) => ({ function: name })),
  'fit-content, min-content, max-content': ['fit-content', 'min-content', 'max-content'].map((word) => ({ keyword: word })),
  'system-ui, ui-serif, ui-sans-serif, ui-rounded, ui-monospace': ['system-ui', 'ui-serif', 'ui-sans-serif', 'ui-rounded', 'ui-monospace'].map((word) => ({ keyword: word })),
  ':has()': [{ pseudo: ':has' }],
  'lang()': [{ pseudo: ':lang' }],
  'initial unit': [{ keyword: 'initial' }],
  'Animated PNG image format': [{ image: 'apng' }],
  'AVIF image format': [{ image: 'avif' }],
  'Base 64 image format': [{ image: 'data:' }],
  'HEIF image format': [{ image: 'heic' }, { image: 'heif' }],
  'ICO image format': [{ image: 'ico' }],
  'SVG image format': [{ image: 'svg' }],
  'TIFF image format': [{ image: 'tif' }, { image: 'tiff' }],
  'webP image format': [{ image: 'webp' }],
  'Video as Image Assets': [{ image: 'mp4' }, { image: 'webm' }],
  'Embedded <svg> image': [{ element: 'svg' }],
  // Nothing in the HTML of a mail is of these.
  'AMP for Email': [],
  BIMI: [],
  'CSS Nesting': [],
  'HDR image format': [],
  'HTML5 doctype': [],
};

const parts = dirname(toolFile('caniemail'));
const part = (name) => import(pathToFileURL(join(parts, name)));
const [css, html, selectors, support] = await Promise.all(['css-titles.js', 'html-titles.js', 'selectors.js', 'clients.js'].map(part));
const data = JSON.parse(readFileSync(join(parts, '../data/caniemail.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(parts, '../package.json'), 'utf8'));

/** What a feature is known by in a mail. */
function matchers(title) {
  if (title in OWN) return OWN[title];
  const of = (map) => (map[title] === undefined ? [] : [map[title]].flat());
  const pair = css.propertyValuePairTitles[title];
  const element = html.elementAttributePairTitles[title];
  return [
    ...of(css.propertyTitles).map((name) => ({ property: name.trim() })),
    ...of(css.functionTitles).map((name) => ({ function: name })),
    ...of(css.unitTitles).map((unit) => ({ unit })),
    ...of(css.atRuleTitles).map((rule) => ({ rule })),
    ...(pair ? [{ value: pair }] : []),
    ...of(selectors.psuedoSelectorTitles).map((pseudo) => ({ pseudo })),
    ...(selectors.selectorDetectorsMap[title] ? [{ selector: title }] : []),
    ...of(html.elementTitles).map((name) => ({ element: name })),
    ...of(html.attributeTitles).map((attribute) => ({ attribute })),
    ...(element ? element.attributes.map((wanted) => attribute(element.element, wanted)) : []),
  ];
}

/** An attribute of one element: that it is there, that its value is this, or (with `*`) how that begins. */
function attribute(element, wanted) {
  const [name, value] = [wanted].flat();
  const begins = value instanceof RegExp ? `${value.source.replace(/^\^/, '')}*` : value;
  return { attribute_of: [element, name, begins ?? '*'] };
}

const ids = support.parseClients(CLIENTS);
const features = [];
for (const { title, url, stats } of data.data) {
  const none = ids.filter((id) => {
    const [family, platform] = id.split('.');
    const known = stats[family]?.[platform];
    return known !== undefined && support.getSupportType(known).type === 'none';
  });
  const known = none.length > 0 ? matchers(title) : [];
  if (none.length > 0 && known.length === 0 && !(title in OWN)) throw new Error(`nothing tells when a mail has: ${title}`);
  if (known.length > 0) features.push({ title, url, none: none.map((id) => ids.indexOf(id)), known });
}
const table = {
  about: `What mail programs do not know: data of caniemail.com of ${data.last_update_date.slice(0, 10)}, from the npm package caniemail ${version}. Written by tests/judges/clients.js: do not edit.`,
  licence: 'The data is Copyright (c) 2019 HTeuMeuLeu, the package Copyright Avi Goldman and Andrew Powell, both under the MIT License: Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.',
};
const lines = (name, values) => `  "${name}": [\n${values.map((value) => `    ${JSON.stringify(value)}`).join(',\n')}\n  ]`;
const head = Object.entries(table).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`);
/** The table as text: a line for each program and each feature, so that changes can be read. */
export const TABLE = `{\n${[...head, lines('clients', ids.map((id) => [id, NAMES[id]])), lines('features', features)].join(',\n')}\n}\n`;
export const isCurrent = () => readFileSync(FILE, 'utf8') === TABLE;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const { complain, end } = verdict('clients');
    if (!isCurrent()) complain('src/edition/mail/judge/clients.json', 'the table is made from the package', 'run node tests/judges/clients.js');
    end(`${features.length} features`);
  } else {
    writeFileSync(FILE, TABLE);
    console.log(`${features.length} features, ${Buffer.byteLength(TABLE)} bytes`);
  }
}
