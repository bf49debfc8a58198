// What the preview says on top of a page: mistakes, and that it has stopped. It stands outside the body, in a shadow
// of its own, so no style of the site reaches it and no repaint touches it.

const script = document.currentScript;
const home = new URL('.', script.src);

const says = (() => {
  const host = document.createElement('letterpress-preview');
  const shadow = host.attachShadow({ mode: 'closed' });
  host.lang = 'en';
  host.dir = 'ltr';
  // On top of everything, also of the site's own dialogs.
  if ('popover' in host) host.popover = 'manual';
  const style = new CSSStyleSheet();
  // rem would be measured by the site's root.
  style.replaceSync(CSS_TEXT.replace(/(\d*\.?\d+)rem\b/g, (_, size) => `${size * 16}px`));
  shadow.adoptedStyleSheets = [style];
  shadow.innerHTML = `
    <div class="veil" hidden>
      <section class="sheet" role="alertdialog" aria-modal="true" aria-labelledby="title" aria-describedby="note" tabindex="-1">
        <div class="head">
          <h1 id="title"></h1>
          <p id="note">The page below is the last one without them. Saving the cure clears this by itself.</p>
          <button class="close" aria-label="Close" title="Close (Esc)"><span aria-hidden="true">×</span></button>
        </div>
        <div class="list"></div>
      </section>
    </div>
    <button class="badge" hidden></button>
    <p class="stopped" role="status" hidden></p>
    <p class="stopped said" role="status" hidden></p>`;
  const [veil, badge, stopped, said] = shadow.children;
  const sheet = veil.firstElementChild;
  const title = shadow.getElementById('title');
  const list = sheet.lastElementChild;
  let shown = null;
  let forgets = 0;
  let wasFocused = null;

  const update = () => {
    const isSilent = veil.hidden && badge.hidden && stopped.hidden && said.hidden;
    if (isSilent) {
      host.remove();
      return;
    }
    if (!host.isConnected) document.documentElement.append(host);
    try {
      if (host.popover && !host.matches(':popover-open')) host.showPopover();
    } catch { /* Then it is as high as its z-index. */ }
  };
  const types = (part) => part?.isContentEditable || /^(input|textarea|select)$/.test(part?.localName ?? '');
  let face = null;
  const open = () => {
    // A typeface can only be the document's; its name is nobody else's.
    if (!face) {
      face = new FontFace('Letterpress Newsreader', `url("${new URL('newsreader.woff2', home)}")`, { weight: '400 700' });
      face.load().then((loaded) => document.fonts.add(loaded), () => {});
    }
    const was = document.activeElement;
    const wasOpen = !veil.hidden;
    veil.hidden = false;
    badge.hidden = true;
    update();
    if (wasOpen || types(was)) return;
    wasFocused = was === host ? wasFocused : was;
    // What lies behind is out of reach, except for somebody who is typing there.
    if (document.body) document.body.inert = true;
    sheet.focus({ preventScroll: true });
  };
  // In a narrow window the marked words of a long line may be out of sight.
  const showMarks = () => {
    for (const excerpt of list.querySelectorAll('.excerpt')) {
      // What can be scrolled must be within reach of the keyboard.
      if (excerpt.scrollWidth > excerpt.clientWidth) excerpt.tabIndex = 0;
      const mark = excerpt.querySelector('mark');
      const beyond = mark ? mark.getBoundingClientRect().right + 24 - excerpt.getBoundingClientRect().right : 0;
      if (beyond > 0) excerpt.scrollLeft = Math.min(beyond, mark.getBoundingClientRect().left - excerpt.getBoundingClientRect().left - 72);
    }
  };
  const close = () => {
    const hadFocus = shadow.activeElement !== null;
    veil.hidden = true;
    if (document.body) document.body.inert = false;
    if (hadFocus) wasFocused?.focus?.({ preventScroll: true });
    wasFocused = null;
  };
  const dismiss = () => {
    close();
    badge.hidden = false;
    update();
  };
  sheet.querySelector('.close').onclick = dismiss;
  badge.onclick = open;
  // A click beside the sheet is a click on the page.
  veil.onclick = (event) => { if (event.target === veil) dismiss(); };
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || veil.hidden || event.isComposing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    dismiss();
  }, true);

  return {
    /** `isNews` is false where the server only repeats itself to a new connection: what was put away stays away. */
    mistakes({ count, html }, isNews) {
      const label = `${count} ${count === 1 ? 'mistake' : 'mistakes'}`;
      if (shown === html && !isNews && (!veil.hidden || !badge.hidden)) return;
      title.textContent = label;
      badge.textContent = label;
      if (shown !== html) {
        list.innerHTML = html;
        sheet.scrollTop = 0;
      }
      shown = html;
      open();
      showMarks();
    },
    well() {
      shown = null;
      close();
      badge.hidden = true;
      list.textContent = '';
      update();
    },
    /** Some words that go by themselves. */
    aside(text) {
      said.hidden = false;
      said.textContent = text;
      clearTimeout(forgets);
      forgets = setTimeout(() => {
        said.hidden = true;
        update();
      }, 5000);
      update();
    },
    away(isAway) {
      stopped.hidden = !isAway;
      stopped.textContent = isAway ? 'Preview stopped' : '';
      update();
    },
  };
})();
