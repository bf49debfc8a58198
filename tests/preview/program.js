// The real program before a real browser: an author saves, a reader looks.
//
//   LETTERPRESS=FILE node tests/preview/program.js          (ONLY=words for some of the tests)
import { launch, run } from './browser.js';
import { editing } from './program-editing.js';
import { newsletter } from './program-newsletter.js';
import { oddities } from './program-oddities.js';
import { serving } from './program-serving.js';
import { writing } from './program-writing.js';

const browser = await launch();
await run({ ...editing(browser), ...writing(browser), ...newsletter(browser), ...oddities(browser), ...serving(browser) });
await browser.close();
