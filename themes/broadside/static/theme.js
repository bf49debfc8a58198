// Everything here is a convenience: without it the page reads and subscribes all the same.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const prose = $('.prose[data-copy]');

  // The contents open where they have a margin to themselves, and stay one line where they would push the text down.
  const contents = $('.article-side .contents');
  if (contents) {
    const wide = matchMedia('(min-width: 68rem)');
    const unfold = () => { contents.open = wide.matches; };
    unfold();
    wide.addEventListener('change', unfold);
  }

  if (prose && navigator.clipboard) {
    for (const pre of prose.querySelectorAll('pre.code')) {
      const box = document.createElement('div');
      const button = document.createElement('button');
      box.className = 'code-box';
      button.className = 'copy';
      button.textContent = prose.dataset.copy;
      button.onclick = async () => {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = prose.dataset.copied;
      };
      pre.replaceWith(box);
      box.append(pre, button);
    }
  }

  // Forms of our own service answer in place; anything unexpected takes the ordinary way.
  for (const form of document.querySelectorAll('form[data-answer]')) {
    form.onsubmit = async (event) => {
      const answer = $('.form-answer', form);
      const button = $('button', form);
      if (new URL(form.action).origin !== location.origin) return;
      event.preventDefault();
      if (button.ariaBusy === 'true') return;
      button.ariaBusy = 'true';
      try {
        const headers = { Accept: 'application/json' };
        const body = new URLSearchParams(new FormData(form));
        const response = await fetch(form.action, { method: 'POST', headers, body });
        const { message } = await response.json();
        answer.textContent = message || answer.dataset[response.ok ? 'done' : 'failed'];
        if (response.ok) form.reset();
      } catch {
        form.submit();
      }
      button.ariaBusy = 'false';
    };
  }

  // Reading aloud, a paragraph at a time: long texts stall in some browsers, and so the progress is true.
  const box = $('[data-read-aloud]');
  const speech = window.speechSynthesis;
  if (!box || !prose || !speech) return;
  const [button, progress] = box.children;
  const start = button.textContent;
  const language = prose.lang || document.documentElement.lang;
  const voice = () => speech.getVoices().find((it) => it.lang.slice(0, 2) === language.slice(0, 2));
  const parts = [];
  for (const part of prose.querySelectorAll('p, li, h2, h3, h4, dt, dd')) {
    if (part.closest('.footnotes, .subscribe, .banner') || $('p, li', part)) continue;
    const copy = part.cloneNode(true);
    copy.querySelectorAll('.anchor, .footnote-ref, math').forEach((mark) => mark.remove());
    if (copy.textContent.trim()) parts.push(copy.textContent);
  }
  let at = 0;
  let current = null;
  const stop = (label) => {
    current = null;
    speech.cancel();
    button.textContent = label;
  };
  const say = () => {
    progress.value = at / parts.length;
    if (at === parts.length) {
      at = 0;
      progress.hidden = true;
      return stop(start);
    }
    // What was cancelled ends too, sometimes late: only the current part leads on.
    const words = current = new SpeechSynthesisUtterance(parts[at]);
    words.lang = language;
    words.voice = voice() || null;
    words.onend = () => { if (current === words) { at += 1; say(); } };
    speech.speak(words);
  };
  button.onclick = () => {
    if (current) return stop(button.dataset.resume);
    progress.hidden = false;
    stop(button.dataset.pause);
    say();
  };
  const offer = () => { box.hidden = !voice() || !parts.length; };
  offer();
  speech.onvoiceschanged = offer;
  addEventListener('pagehide', () => stop(start));
})();
