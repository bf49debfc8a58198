// axe in Chromium, on a page of every kind, wide and narrow, light and dark: no violations. And while the page is
// open: nothing wider than the screen, nothing in the console, no request that fails or leaves the site.
import { readFileSync } from 'node:fs';
import { browser, onePerKind, pages, site, toolFile, verdict } from './site.js';

const { dir, base } = site();
const { complain, end } = verdict('axe');
const axe = readFileSync(toolFile('axe-core/axe.min.js'), 'utf8');
const kinds = onePerKind(pages(dir, base), { complain });
console.log([...kinds].map(([kind, page]) => `${kind}: ${page.path}`).join('\n'));
const chromium = await browser();
let checks = 0;

for (const [kind, page] of kinds) {
  const tab = await chromium.newPage();
  // 404.html answers for addresses at any depth, so it is opened at one.
  const url = kind === '404' ? new URL('no/such/page', base).href : page.url;
  tab.on('console', (message) => {
    const own404 = kind === '404' && message.location().url === url;
    if (message.type() === 'error' && !own404) complain(page.path, 'console', `${message.text()} ${message.location().url ?? ''}`);
  });
  tab.on('pageerror', (error) => complain(page.path, 'script error', error.message));
  tab.on('requestfailed', (request) => {
    // A browser stops loading a recording once it knows its length.
    if (request.resourceType() === 'media' && request.failure()?.errorText === 'net::ERR_ABORTED') return;
    complain(page.path, 'request failed', `${request.url()} ${request.failure()?.errorText}`);
  });
  tab.on('response', (response) => {
    if (response.status() >= 400 && response.url() !== url) complain(page.path, `status ${response.status()}`, response.url());
  });
  await tab.setRequestInterception(true);
  tab.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(base)) {
      complain(page.path, 'request to another host', request.url());
      request.abort();
    } else if (page.redirect && request.url() === url) {
      // Held still, or it would be gone before it is looked at.
      request.respond({ contentType: 'text/html', body: page.html.replace(/<meta[^>]*http-equiv=["']?refresh[^>]*>/i, '') });
    } else {
      request.continue();
    }
  });

  await tab.goto(url, { waitUntil: 'networkidle0' });
  await tab.evaluate(`document.querySelectorAll('details').forEach((part) => { part.open = true })`);
  await tab.evaluate(axe);
  for (const width of [1280, 390]) {
    await tab.setViewport({ width, height: 900 });
    for (const scheme of ['light', 'dark']) {
      await tab.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: scheme },
        // Colours are read at once, so nothing may be half-way to another.
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ]);
      const { violations } = await tab.evaluate(`axe.run(document, { resultTypes: ['violations'] })`);
      checks += 1;
      for (const { id, nodes } of violations) {
        for (const node of nodes) {
          complain(`${page.path} (${kind}, ${width}, ${scheme})`, id, `${node.target} ${node.html} ${node.failureSummary}`);
        }
      }
    }
    const wide = await tab.evaluate(`(() => {
      const { scrollWidth } = document.scrollingElement;
      if (scrollWidth <= innerWidth) return null;
      return scrollWidth + ' px: ' + [...document.body.querySelectorAll('*')]
        .filter((part) => part.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map((part) => part.cloneNode().outerHTML).join(' ');
    })()`);
    if (wide) complain(`${page.path} (${kind})`, `wider than a screen of ${width} px`, wide);
  }
  await tab.close();
}
await chromium.close();
end(`${kinds.size} pages, ${checks} checks`);
