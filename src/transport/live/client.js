// Listens to the preview's server and does what it says. See repaint.js for how a page changes in place.

let version = script.dataset.letterpress;
let base = null; // The page as the server sent it; on the screen it may look otherwise by now.
let asked = null;
let left = 0; // When this page was told to make way for another: nothing may call it back.

async function askForPage(signal) {
  // Written out, for the page may have a <base> that leads elsewhere.
  const response = await fetch(location.origin + location.pathname + location.search, {
    cache: 'no-store', headers: { 'Letterpress-Fetch': '1' }, signal,
  });
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '') && !response.redirected;
  return { isPage, version: response.headers.get('letterpress-version'), html: await response.text() };
}

/** Once the page is at rest, what the server sent for it is kept for comparison. */
async function keepBase() {
  try {
    const page = await askForPage();
    if (!base && page.isPage && page.version === version) base = parsed(page.html);
  } catch { /* Then the first change is a reload. */ }
}

const keepsPlace = globalThis.CSS?.supports('overflow-anchor', 'auto');

/** Shows the page as it is now. A later call ends an earlier one that is still waiting. */
async function update(attempt = 0) {
  asked?.abort();
  const own = asked = new AbortController();
  let page;
  try {
    page = await askForPage(own.signal);
  } catch {
    if (own !== asked || attempt === 3) return; // The stream will have broken too, and asks again.
    await pause(200 * 2 ** attempt);
    if (own === asked) await update(attempt + 1);
    return;
  }
  if (own !== asked) return;
  asked = null;
  if (page.isPage && page.version === version) return;
  try {
    const next = page.isPage ? parsed(page.html) : null;
    if (!base || !next || programs(base) !== programs(next)) throw new Stale('only a reload shows this');
    // Browsers that do not keep what is read in its place themselves are helped.
    const read = keepsPlace ? null : document.elementFromPoint(innerWidth / 2, innerHeight / 3);
    const top = read?.getBoundingClientRect().top;
    repaint(base, next);
    if (read?.isConnected) scrollBy({ top: read.getBoundingClientRect().top - top, behavior: 'instant' });
    base = next;
    version = page.version;
    document.dispatchEvent(new CustomEvent('letterpress:morphed'));
  } catch (error) {
    if (!(error instanceof Stale)) console.error(error);
    reload();
  }
}

/** Whether another page is being fetched; one that does not come within a while will not. */
function isLeaving() { return left !== 0 && performance.now() - left < 5000; }

/** Never more than once a second: a page whose bytes are others every time must not make the browser spin. */
function reload() {
  disconnect();
  let last = 0;
  try {
    last = Number(sessionStorage.getItem('letterpress:reload'));
    sessionStorage.setItem('letterpress:reload', Date.now());
  } catch { /* A page may not be allowed to remember anything. */ }
  setTimeout(() => { if (!isLeaving()) location.reload(); }, Date.now() - last < 1000 ? 1000 : 0);
}

// --- The stream of events ---

let stream = null;
let server = null; // Of which run of the server the last word was.
let lastId = '';
let wait = 200;
let retry = 0;
let alarm = 0;

/** Whether this is one of the preview's own pages. */
function isOurPage() { return location.pathname.startsWith(home.pathname); }

const hear = {
  hello(data) {
    const isOther = server !== null && server !== data.server;
    server = data.server;
    wait = 200;
    clearTimeout(alarm);
    alarm = 0;
    says.away(false);
    // Another run cannot know which styles this page has.
    if (isOther) ownSheets().forEach((link) => swap(link));
    if (!base) atRest(keepBase);
  },
  page(data) { if (!isLeaving() && (data.version !== version || asked)) update(); },
  gone(data) {
    if (!data.to) { update(); return; }
    left = performance.now();
    location.replace(data.to);
  },
  styles(data) { restyle(data.paths); },
  files(data) { refresh(data.paths); },
  // The front page of the preview lists them already.
  mistakes(data) { if (location.pathname !== home.pathname) says.mistakes(data, !data.known); },
  well() { says.well(); },
  go(data) {
    if (isOurPage() || pathOf(data.to, location.href) === pathOf(location.href)) return;
    left = performance.now();
    location.assign(data.to);
  },
};

function connect() {
  clearTimeout(retry);
  if (stream || document.visibilityState === 'hidden') return;
  const last = lastId && `&last=${encodeURIComponent(lastId)}`;
  const own = stream = new EventSource(new URL(
    `events?page=${encodeURIComponent(location.pathname)}&version=${encodeURIComponent(version)}${last}`, home));
  for (const [name, act] of Object.entries(hear)) {
    own.addEventListener(name, (event) => {
      if (own !== stream) return;
      lastId = event.lastEventId || lastId;
      act(JSON.parse(event.data || '{}'));
    });
  }
  own.onerror = () => {
    if (own !== stream) return;
    disconnect();
    alarm ||= setTimeout(() => says.away(true), 2000);
    retry = setTimeout(connect, wait);
    wait = Math.min(wait * 1.6, 2000);
  };
}

// A browser allows six connections to a server, so only tabs that are seen hold one.
function disconnect() {
  clearTimeout(retry);
  stream?.close();
  stream = null;
}

function seen() {
  if (document.visibilityState === 'hidden') {
    disconnect();
    clearTimeout(alarm);
    alarm = 0;
  } else {
    connect();
  }
}

function atRest(act) {
  const soon = () => (globalThis.requestIdleCallback ?? setTimeout)(() => act(), { timeout: 500 });
  if (document.readyState === 'complete') soon(); else addEventListener('load', soon, { once: true });
}

// Pages of the newsletter's service have forms that would go to readers' own service. None is there.
if (location.pathname.startsWith(`${home.pathname}service/`)) {
  addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    says.aside('This is a preview: the form posts nowhere.');
  }, true);
}

document.addEventListener('visibilitychange', seen);
document.addEventListener('freeze', disconnect);
document.addEventListener('resume', seen);
addEventListener('pagehide', disconnect);
addEventListener('pageshow', (event) => { if (event.persisted) seen(); });
// After sleep a connection may be dead without knowing it.
addEventListener('online', () => { disconnect(); seen(); });
seen();
