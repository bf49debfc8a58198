// Repaints in place. Three documents take part: the page as the server sent it before (`base`), as it sends it now
// (`next`), and as it stands on the screen (live), where scripts have added their buttons and the reader has opened,
// typed and played. Only what differs between base and next is carried over, so everything else stays as it is:
// what no save has touched does not move. Where live is no longer what base says, and that part changes, Stale is
// thrown and the page is loaded again.

class Stale extends Error {}

// Stylesheets that leave as soon as their successor has loaded, and whom they succeed.
const leaving = new WeakSet();
const predecessor = new WeakMap();

const isElement = (node) => node.nodeType === 1;
const isOurs = (node) => isElement(node) && (leaving.has(node) || node.localName === 'letterpress-preview'
  || (node.localName === 'script' && node.hasAttribute('data-letterpress')));
const children = (node) => {
  const found = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (!isOurs(child)) found.push(child);
  return found;
};
// Seen with scripts it holds text, seen without it holds elements; and it is never on the screen.
const isOpaque = (node) => node.localName === 'noscript' || node.localName === 'template';
const isStylesheet = (node) => node.localName === 'link' && node.relList.contains('stylesheet');

/** A page's bytes as a document, without what was injected. */
function parsed(html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  page.querySelectorAll('script[data-letterpress]').forEach((script) => script.remove());
  return page;
}

// Blocks of data (JSON-LD and the like) do not run, so they may change.
const RUNS = /^(|module|importmap|speculationrules|(text|application)\/(x-)?(java|ecma)script)$/i;

/** What takes effect only when a page is loaded: where it changes, nothing but a reload is right. */
function programs(page) {
  return [...page.querySelectorAll('script, template, base, meta[http-equiv]')]
    .filter((part) => part.localName !== 'script' || RUNS.test(part.type))
    .map((part) => part.outerHTML).join('\n');
}

// --- Which child became which ---

const kind = (node) => isElement(node) ? `${node.localName} ${node.getAttribute('type') ?? ''}` : node.nodeType;
const keyOf = {
  content: (node) => isElement(node) ? node.outerHTML : null,
  id: (node) => isElement(node) && node.id ? `${node.localName}#${node.id}` : null,
};

/** Keys that occur once in each list, as pairs of indices in rising order (the longest such run). */
function anchors(olds, a, b, news, c, d, key) {
  const count = (list, from, to) => {
    const at = new Map();
    for (let i = from; i < to; i += 1) {
      const name = key(list[i]);
      if (name !== null) at.set(name, at.has(name) ? -1 : i);
    }
    return at;
  };
  const before = count(olds, a, b);
  const pairs = [];
  for (const [name, j] of count(news, c, d)) {
    const i = before.get(name) ?? -1;
    if (i >= 0 && j >= 0) pairs.push({ i, j, previous: null });
  }
  pairs.sort((one, other) => one.j - other.j);
  const tails = [];
  for (const pair of pairs) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tails[middle].i < pair.i) low = middle + 1; else high = middle;
    }
    pair.previous = tails[low - 1] ?? null;
    tails[low] = pair;
  }
  const run = [];
  for (let pair = tails.at(-1); pair; pair = pair.previous) run.unshift(pair);
  return run;
}

function likeness(one, other) {
  if (kind(one) !== kind(other)) return 0;
  if (!isElement(one)) return one.nodeValue === other.nodeValue ? 3 : 1;
  const [text, others] = [one.textContent, other.textContent];
  return 2 + (one.id === other.id ? 2 : 0) + (one.getAttribute('class') === other.getAttribute('class') ? 2 : 0)
    + (text.slice(0, 24) === others.slice(0, 24) ? 3 : 0) + (text.slice(-24) === others.slice(-24) ? 2 : 0);
}

/** For each of `news` the index of the one of `olds` that it continues, or -1. The order of both is kept. */
function match(olds, news) {
  const found = new Array(news.length).fill(-1);
  const alike = (a, b, c, d) => {
    const [rows, columns] = [b - a, d - c];
    if (rows * columns > 40_000) {
      for (let i = a, j = c; i < b && j < d; i += 1, j += 1) if (kind(olds[i]) === kind(news[j])) found[j] = i;
      return;
    }
    const best = Array.from({ length: rows + 1 }, () => new Float64Array(columns + 1));
    const score = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => likeness(olds[a + i], news[c + j])));
    for (let i = rows - 1; i >= 0; i -= 1) {
      for (let j = columns - 1; j >= 0; j -= 1) {
        const both = score[i][j] ? score[i][j] + best[i + 1][j + 1] : 0;
        best[i][j] = Math.max(both, best[i + 1][j], best[i][j + 1]);
      }
    }
    for (let i = 0, j = 0; i < rows && j < columns;) {
      if (score[i][j] && best[i][j] === score[i][j] + best[i + 1][j + 1]) found[c + j++] = a + i++;
      else if (best[i][j] === best[i + 1][j]) i += 1;
      else j += 1;
    }
  };
  const within = (a, b, c, d, keys) => {
    while (a < b && c < d && olds[a].isEqualNode(news[c])) found[c++] = a++;
    while (a < b && c < d && olds[b - 1].isEqualNode(news[d - 1])) found[--d] = --b;
    if (a === b || c === d) return;
    if (b - a === 1 && d - c === 1) {
      if (kind(olds[a]) === kind(news[c])) found[c] = a;
      return;
    }
    if (!keys.length) return void alike(a, b, c, d);
    const run = anchors(olds, a, b, news, c, d, keyOf[keys[0]]);
    const left = run.length ? keys : keys.slice(1);
    for (const { i, j } of [...run, { i: b, j: d }]) {
      within(a, i, c, j, left);
      if (j < d) found[j] = i;
      [a, c] = [i + 1, j + 1];
    }
  };
  within(0, olds.length, 0, news.length, ['content', 'id']);
  return found;
}

// --- Where base stands on the screen ---

/**
 * Notes for the nodes of base the node on the screen that is it, also where a script has wrapped it. What is the same all
 * through is only noted as such: `expand` goes on where something in it changes.
 */
class Standing {
  liveOf = new Map();
  known = new Set();
  whole = new Set();

  note(base, live) {
    this.liveOf.set(base, live);
    this.known.add(live);
  }

  align(live, base) {
    this.note(base, live);
    if (!isElement(base) || isOpaque(base)) return;
    if (live.isEqualNode(base)) {
      this.whole.add(base);
      return;
    }
    const [lives, bases] = [children(live), children(base)];
    const found = match(lives, bases);
    const used = new Set(found);
    const wrappers = lives.filter((child, at) => isElement(child) && !used.has(at));
    bases.forEach((child, at) => {
      const own = lives[found[at]] ?? (isElement(child) ? wrapped(child, wrappers) : null);
      if (own) this.align(own, child);
    });
  }

  expand(base) {
    if (!this.whole.delete(base)) return;
    const live = this.liveOf.get(base);
    for (let own = live.firstChild, child = base.firstChild; child; own = own.nextSibling, child = child.nextSibling) {
      this.note(child, own);
      if (isElement(child)) this.whole.add(child);
    }
  }
}

function wrapped(base, wrappers) {
  const candidates = wrappers.flatMap((wrapper) => [...wrapper.querySelectorAll(CSS.escape(base.localName))]);
  return candidates.find((one) => one.isEqualNode(base))
    ?? candidates.find((one) => base.id && one.id === base.id) ?? null;
}

// --- Carrying the difference over ---

function changeAttributes(base, next, live) {
  for (const { name } of [...base.attributes]) {
    if (!next.hasAttribute(name) && name !== 'class' && live.getAttribute(name) !== null) live.removeAttribute(name);
  }
  for (const attribute of [...next.attributes]) {
    if (attribute.name !== 'class' && base.getAttribute(attribute.name) !== attribute.value) {
      if (attribute.name === 'href' && isStylesheet(live)) swap(live, attribute.value);
      else live.setAttributeNode(attribute.cloneNode());
    }
  }
  // Classes are a set: those that a script has added stay.
  const [was, is] = [base.getAttribute('class'), next.getAttribute('class')];
  if (was === is) return;
  if (live.getAttribute('class') === was) {
    if (is === null) live.removeAttribute('class'); else live.setAttribute('class', is);
    return;
  }
  live.classList.remove(...[...base.classList].filter((name) => !next.classList.contains(name)));
  live.classList.add(...[...next.classList].filter((name) => !base.classList.contains(name)));
}

/** Carries the difference between two documents over to the one on the screen. */
function repaint(base, next) {
  const wasExact = document.body?.isEqualNode(base.body);
  const standing = new Standing();
  standing.align(document.documentElement, base.documentElement);
  const { liveOf, known } = standing;
  const sheets = { added: [], removed: [] };
  const media = new Set();

  const outermost = (node, parent) => {
    while (node && node.parentNode !== parent) node = node.parentNode;
    return node;
  };
  const remove = (node, parent) => {
    if (!node) return;
    // What a script has wrapped around this alone goes with it.
    const others = (box) => [...box.querySelectorAll('*')].some((part) => part !== node && known.has(part) && !node.contains(part));
    while (node.parentNode && node.parentNode !== parent && !known.has(node.parentNode) && !others(node.parentNode)) node = node.parentNode;
    if (isStylesheet(node)) sheets.removed.push(node);
    else node.remove();
  };
  const change = (was, is) => {
    if (was.isEqualNode(is) || isOpaque(is)) return;
    const live = liveOf.get(was);
    if (!live?.isConnected) throw new Stale('a script has replaced what has changed');
    if (!isElement(was)) {
      if (live.nodeValue !== was.nodeValue) throw new Stale('a script has rewritten what has changed');
      live.nodeValue = is.nodeValue;
      return;
    }
    changeAttributes(was, is, live);
    if (live.localName === 'source') media.add(live.closest('audio, video'));
    standing.expand(was);
    const [olds, news] = [children(was), children(is)];
    if (!olds.length && news.length && children(live).length) throw new Stale('a script has filled what was empty');
    const found = match(olds, news);
    const kept = new Set(found);
    olds.forEach((old, at) => { if (!kept.has(at)) remove(liveOf.get(old), live); });
    let last = null;
    news.forEach((node, at) => {
      if (found[at] >= 0) {
        change(olds[found[at]], node);
        last = outermost(liveOf.get(olds[found[at]]), live) ?? last;
        return;
      }
      const copy = document.importNode(node, true);
      if (last) last.after(copy); else live.prepend(copy);
      if (isElement(copy) && isStylesheet(copy)) sheets.added.push(copy);
      last = copy;
    });
  };
  change(base.documentElement, next.documentElement);
  for (const player of media) player?.load();
  if (wasExact && !document.body.isEqualNode(next.body)) throw new Stale('not what the server sent');

  // The old styles go when the new ones have come, so that no moment is without any.
  sheets.removed.forEach((link) => leaving.add(link));
  const clear = () => sheets.removed.forEach((link) => link.remove());
  if (!sheets.added.length || !sheets.removed.length) return clear();
  Promise.race([Promise.all(sheets.added.map(loaded)), pause(3000)]).then(clear);
}

const loaded = (link) => new Promise((done) => { link.onload = link.onerror = done; });
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

// --- Styles and files whose name has not changed ---

let swaps = 0;
const fresh = (address) => {
  const url = new URL(address, document.baseURI);
  url.searchParams.set('v', `${Date.now()}.${swaps += 1}`);
  return url.href;
};
const pathOf = (address, from = document.baseURI) => {
  try {
    const url = new URL(address, from);
    return url.origin === location.origin ? decodeURIComponent(url.pathname) : null;
  } catch {
    return null;
  }
};
const ownSheets = () => [...document.querySelectorAll('link')].filter((link) => isStylesheet(link) && !leaving.has(link) && pathOf(link.href) !== null);

/** Puts a stylesheet's successor beside it, and takes it away when that has loaded. */
function swap(link, address = link.href) {
  const next = link.cloneNode();
  next.href = fresh(address);
  leaving.add(link);
  predecessor.set(next, link);
  next.onload = () => {
    for (let old = link; old; old = predecessor.get(old)) old.remove();
    predecessor.delete(next);
  };
  next.onerror = () => {
    // Better old styles than none: the next change tries again.
    if (leaving.has(next)) return;
    leaving.delete(link);
    next.remove();
  };
  link.after(next);
}

function restyle(paths) {
  const names = paths.map((path) => pathOf(path, location.href));
  const links = ownSheets();
  const ofPaths = links.filter((link) => names.includes(pathOf(link.href)));
  // One that no link names is imported by some other.
  const all = names.some((name) => !links.some((link) => pathOf(link.href) === name));
  (all ? links : ofPaths).forEach((link) => swap(link));
}

const PAINTED = /\.(png|jpe?g|gif|webp|avif|svg|woff2?|ttf|otf)$/i;

async function refresh(paths) {
  const names = new Set(paths.map((path) => pathOf(path, location.href)));
  const renew = (part, attribute) => {
    const value = part.getAttribute(attribute);
    if (value && names.has(pathOf(value))) part.setAttribute(attribute, fresh(value));
  };
  for (const part of document.querySelectorAll('img, source, video, audio, track, link[rel~="icon"], image, embed')) {
    const src = part.getAttribute('src');
    for (const attribute of ['src', 'poster', 'href']) renew(part, attribute);
    const srcset = part.getAttribute('srcset');
    if (srcset) {
      const candidates = srcset.split(/,\s+/).map((candidate) => {
        const [address, ...size] = candidate.trim().split(/\s+/);
        return [names.has(pathOf(address)) ? fresh(address) : address, ...size].join(' ');
      });
      if (candidates.join(', ') !== srcset.split(/,\s+/).join(', ')) part.setAttribute('srcset', candidates.join(', '));
    }
    const player = part.closest('audio, video');
    if (player && part.getAttribute('src') !== src) {
      const { currentTime, paused } = player;
      player.load();
      player.currentTime = currentTime;
      if (!paused) player.play().catch(() => {});
    }
  }
  for (const part of document.querySelectorAll('[style*="url("]')) {
    const style = part.getAttribute('style');
    const renewed = style.replace(/url\((["']?)(.*?)\1\)/g, (whole, quote, address) =>
      names.has(pathOf(address)) ? `url(${quote}${fresh(address)}${quote})` : whole);
    if (renewed !== style) part.setAttribute('style', renewed);
  }
  const painted = paths.filter((path) => PAINTED.test(path));
  if (!painted.length) return;
  // Stylesheets name them too: first what the browser keeps is renewed, then they are asked for again.
  await Promise.allSettled(painted.map((path) => fetch(location.origin + path, { cache: 'reload' })));
  ownSheets().forEach((link) => swap(link));
}
