// A browser for tests of the preview: Debian's Chromium with helpers that wait for what is to come, never for a time.
// Every wait has a deadline and says what it saw instead.
import { browser as chromium } from '../judges/site.js';

/** How long anything may take before it has failed. Generous: it is reached only by failures. */
export const DEADLINE = Number(process.env.DEADLINE ?? 30_000);

/** Asks again and again until the answer is true (or anything like it), and gives it. */
export async function until(what, ask, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      // A page that is being replaced cannot be asked.
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waited ${deadline} ms for: ${what}; last seen: ${JSON.stringify(last)?.slice(0, 400)}`);
    await new Promise((next) => { setTimeout(next, 15); });
  }
}

/** Complains unless `condition`. */
export function expect(condition, what, seen = '') {
  if (!condition) throw new Error(`${what}${seen === '' ? '' : `; seen: ${JSON.stringify(seen)}`}`);
}

/** Complains unless both are the same as JSON. */
export function equal(seen, wanted, what) {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
}

/** A tab, with puppeteer's page as `tab`. */
class Page {
  constructor(tab) {
    this.tab = tab;
    this.errors = [];
    this.requests = [];
    this.streams = []; // The pages for which the server has begun to tell events.
    tab.on('response', (response) => {
      const url = new URL(response.url());
      if (url.pathname === '/_letterpress/events') this.streams.push(url.searchParams.get('page'));
    });
    tab.on('pageerror', (error) => this.errors.push(error.message));
    tab.on('request', (request) => this.requests.push({
      path: new URL(request.url()).pathname, url: request.url(), type: request.resourceType(),
    }));
  }

  async goto(url) {
    // The stream of events never ends, so the network is never idle.
    await this.tab.goto(url, { waitUntil: 'load' });
    return this;
  }

  /** The answer of a function in the page, or of an expression. */
  ask(question, ...words) { return this.tab.evaluate(question, ...words); }

  text(selector = 'body') { return this.ask((it) => document.querySelector(it)?.innerText ?? null, selector); }

  path() { return this.ask(() => location.pathname); }

  scroll() { return this.ask(() => Math.round(scrollY)); }

  async scrollTo(y) {
    await this.ask((to) => scrollTo({ top: to, behavior: 'instant' }), y);
    return until(`scroll to ${y}`, async () => Math.abs(await this.scroll() - y) < 2);
  }

  /** Until the text of the page (or of a part of it) contains `text`. */
  waitForText(text, selector = 'body') {
    return until(`“${text}” in ${selector}`, async () => {
      const seen = await this.text(selector);
      if (seen?.includes(text)) return true;
      throw new Error(String(seen).slice(0, 200));
    });
  }

  waitForNoText(text, selector = 'body') {
    return until(`no “${text}” in ${selector}`, async () => {
      const seen = await this.text(selector);
      return seen !== null && !seen.includes(text);
    });
  }

  waitForPath(path) { return until(`address ${path}`, async () => await this.path() === path); }

  /** Until a function or an expression in the page is true. */
  waitFor(what, question, ...words) { return until(what, () => this.ask(question, ...words)); }

  /** Until the preview's script listens, and knows what the server sent, so that a change needs no reload. */
  async waitForPreview() {
    await until('an event stream', () => this.requests.some((one) => one.path === '/_letterpress/events'));
    const own = await this.path();
    await until('the page asked for again, for comparison', () => this.requests.some((one) => one.type === 'fetch' && one.path === own));
    await this.tab.waitForNetworkIdle({ idleTime: 60, concurrency: 1, timeout: DEADLINE });
  }

  /** Until the server tells the page that is open now of changes. After a navigation that is all there is to wait for. */
  waitForStream() { return until('events for this page', async () => this.streams.at(-1) === await this.path()); }

  /** Marks this very document: a reload or a navigation loses the mark. */
  async mark() { await this.ask(() => { window.unchanged = 'still the same document'; }); }

  isSameDocument() { return this.ask(() => window.unchanged === 'still the same document'); }

  /** Does something, and complains if the document was replaced or the reader's place lost. */
  async withinScroll(act, tolerance = 1) {
    await this.mark();
    const before = await this.scroll();
    const given = await act();
    expect(await this.isSameDocument(), 'the page was loaded again');
    const after = await this.scroll();
    expect(Math.abs(after - before) <= tolerance, `the page was scrolled from ${before} to ${after}`);
    return given;
  }

  /** Until the document has been replaced by another load of a page. */
  waitForReload() {
    return until('a reload', () => this.ask(() => document.readyState === 'complete' && window.unchanged === undefined));
  }

  color(selector, property = 'color') {
    return this.ask((it, name) => getComputedStyle(document.querySelector(it))[name], selector, property);
  }

  /** Goes to another tab, which hides this one, or comes back. Also a tab that is opened later hides those before it. */
  async hide(isHidden = true) {
    if (isHidden) {
      this.cover = await this.tab.browser().newPage();
    } else {
      await this.cover?.close();
      await this.tab.bringToFront();
    }
    await this.waitFor(isHidden ? 'hidden' : 'seen', (state) => document.visibilityState === state, isHidden ? 'hidden' : 'visible');
  }

  /**
   * What the preview says on top of the page: `null` when it says nothing, else the text and HTML of the sheet of mistakes, of
   * the badge and of the mark (each `null` where it is not seen). Looks into the closed shadow as only a debugger can.
   */
  async overlay() {
    return this.inOverlay(`function () {
      const seen = (selector) => {
        const part = this.querySelector(selector);
        return part && part.checkVisibility() ? part.innerText.trim() : null;
      };
      return {
        sheet: seen('.sheet'), badge: seen('.badge'), stopped: seen('.stopped:not(.said)'), said: seen('.said'),
        html: this.querySelector('.list').innerHTML, focus: this.activeElement?.className ?? null,
      };
    }`);
  }

  /** Calls a function (as source) whose \`this\` is the overlay's shadow; \`null\` where there is none. */
  async inOverlay(source) {
    this.session ??= await this.tab.createCDPSession();
    const { session } = this;
    const { root } = await session.send('DOM.getDocument', { depth: -1, pierce: true });
    const find = (node) => node.localName === 'letterpress-preview' ? node
      : (node.children ?? []).reduce((found, child) => found ?? find(child), null);
    const shadow = find(root)?.shadowRoots?.[0];
    if (!shadow) return null;
    const { object } = await session.send('DOM.resolveNode', { backendNodeId: shadow.backendNodeId });
    const { result, exceptionDetails } = await session.send('Runtime.callFunctionOn', {
      objectId: object.objectId, functionDeclaration: source, returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Until the sheet of mistakes is seen and contains `text`. */
  waitForMistakes(text = '') {
    return until(`mistakes on the page: ${text}`, async () => {
      const seen = await this.overlay();
      return seen?.sheet?.includes(text) && seen;
    });
  }

  /** Until nothing at all is said on top of the page. */
  waitForWell() { return until('nothing on top of the page', async () => await this.overlay() === null); }

  close() { return this.tab.close(); }
}

/**
 * Starts Chromium. `page(url)` opens a tab there, in front of all others: those are hidden then, and hold no stream of events.
 * `window(url)` opens it in a window of its own, so that more than one is seen at a time. `close()` ends it.
 */
export async function launch() {
  const instance = await chromium();
  const ready = async (tab, url) => {
    await tab.setViewport({ width: 1000, height: 700 });
    const page = new Page(tab);
    return url ? page.goto(url) : page;
  };
  return {
    instance,
    page: async (url) => ready(await instance.newPage(), url),
    async window(url) {
      const session = await instance.target().createCDPSession();
      const before = new Set(await instance.pages());
      await session.send('Target.createTarget', { url: 'about:blank', newWindow: true });
      return ready(await until('a window', async () => (await instance.pages()).find((tab) => !before.has(tab))), url);
    },
    close: () => instance.close(),
  };
}

/** How long one test may take: a hang is a failure with a name, and the others still have their turn. */
const LONGEST = 4 * DEADLINE;

function inTime(work) {
  let alarm;
  const late = new Promise((_, fail) => { alarm = setTimeout(() => fail(new Error(`not over after ${LONGEST} ms`)), LONGEST); });
  return Promise.race([work, late]).finally(() => clearTimeout(alarm));
}

/** Runs tests one after the other (\`ONLY=words\` some of them), prints how each went, and sets the exit code. */
export async function run(tests) {
  let failed = 0;
  const wanted = Object.entries(tests).filter(([name]) => name.includes(process.env.ONLY ?? ''));
  for (const [name, test] of wanted) {
    const begun = Date.now();
    try {
      await inTime(test());
      console.log(`ok      ${name} (${Date.now() - begun} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}: ${error.stack}`);
    }
  }
  console.log(`${wanted.length - failed} passed, ${failed} failed`);
  process.exitCode = failed || !wanted.length ? 1 : 0;
  // What hangs still keeps the program alive; it has been told of.
  setTimeout(() => process.exit(), DEADLINE).unref();
}
