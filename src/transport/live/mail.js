// The mail is fetched as it was chosen to be seen, and as often as it changes. It runs no scripts; its height is asked of it from here.
(() => {
  const chosen = (name) => document.querySelector(`input[name=${name}]:checked`)?.value;
  const shown = new WeakMap();
  const measured = new WeakMap();
  const fit = (frame) => {
    const body = frame.contentDocument?.body;
    if (body && body.offsetHeight) frame.style.height = `${body.offsetHeight}px`;
  };
  const show = () => {
    for (const frame of document.querySelectorAll('iframe[data-frame]')) {
      const address = `${frame.dataset.frame}&scheme=${chosen('scheme')}&images=${chosen('images')}`;
      if (shown.get(frame) === address) continue;
      shown.set(frame, address);
      // In place of what was there, so that no way back leads to an older mail.
      frame.contentWindow.location.replace(address);
    }
  };
  document.addEventListener('load', ({ target: frame }) => {
    if (!frame.matches?.('iframe[data-frame]') || !frame.contentDocument?.body) return;
    measured.get(frame)?.disconnect();
    // Images come later, and a window that is made narrower breaks lines.
    const observer = new ResizeObserver(() => fit(frame));
    observer.observe(frame.contentDocument.body);
    measured.set(frame, observer);
    fit(frame);
  }, true);

  // What was chosen for one mail is kept for the next.
  const KEY = 'letterpress:mail';
  try {
    for (const [name, value] of Object.entries(JSON.parse(sessionStorage.getItem(KEY) ?? '{}'))) {
      const choice = document.querySelector(`input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
      if (choice) choice.checked = true;
    }
  } catch { /* A page may not be allowed to remember anything. */ }
  document.addEventListener('change', ({ target }) => {
    if (!target.closest?.('.choices')) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(new FormData(target.form))));
    } catch { /* Likewise. */ }
    show();
  });
  document.addEventListener('letterpress:morphed', show);
  show();
})();
