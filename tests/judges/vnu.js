// The Nu HTML checker over every page, stylesheet and SVG picture: no errors. Warnings are printed only.
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { site, toolFile, verdict } from './site.js';

const { dir } = site();
const jar = toolFile('vnu-jar/build/dist/vnu.jar');

// What the checker's CSS parser does not know yet although browsers do: not our mistakes.
const UNKNOWN_TO_ITS_CSS = /^CSS: Unrecognized at-rule “@(container|scope|starting-style|view-transition)/;

const run = spawnSync('java', ['-jar', jar, '--format', 'json', '--skip-non-html', '--also-check-css', '--also-check-svg', '--stdout', dir],
  { encoding: 'utf8', maxBuffer: 1 << 28 });
const { complain, end } = verdict('vnu');
let messages;
try {
  ({ messages } = JSON.parse(run.stdout));
} catch {
  throw new Error(`the checker did not run: ${run.error ?? run.stderr}`);
}
let warnings = 0;
for (const { type, subType, url = '', message, extract = '', lastLine = 0 } of messages) {
  const page = `/${relative(dir, decodeURIComponent(url.replace(/^file:/, '')))}:${lastLine}`;
  if (type === 'info') {
    if (subType === 'warning' && warnings++ < 40) console.log(`(warning) ${page}: ${message}`);
  } else if (!UNKNOWN_TO_ITS_CSS.test(message)) {
    complain(page, message, extract);
  }
}
end(`every file, ${warnings} warnings`);
