// Everything here is a convenience; without it the page reads and subscribes all the same.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);

  // The contents open where they have a margin to themselves, and stay one line where they would push the text down.
  const contents = $('.article-side .contents');
  const wide = matchMedia('(min-width: 68rem)');
  const unfold = () => { contents.open = wide.matches; };
  if (contents) {
    unfold();
    wide.addEventListener('change', unfold);
  }

  // A button on each piece of code.
  const prose = $('.prose[data-copy]');
  if (prose && navigator.clipboard) {
    for (const pre of prose.querySelectorAll('pre.code')) {
      const box = document.createElement('div');
      const button = document.createElement('button');
      box.className = 'code-box';
      button.className = 'copy';
      button.type = 'button';
      button.textContent = prose.dataset.copy;
      button.addEventListener('click', async () => {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = prose.dataset.copied;
        setTimeout(() => { button.textContent = prose.dataset.copy; }, 2000);
      });
      pre.replaceWith(box);
      box.append(pre, button);
    }
  }

  // Forms answer in place where the service is ours. Anything unexpected falls back to the ordinary way.
  for (const form of document.querySelectorAll('form[data-answer]')) {
    form.addEventListener('submit', async (event) => {
      const answer = $('.form-answer', form);
      const button = $('button', form);
      if (new URL(form.action).origin !== location.origin || button.ariaBusy === 'true') return;
      event.preventDefault();
      button.ariaBusy = 'true';
      try {
        const response = await fetch(form.action, {
          method: 'POST',
          headers: { Accept: 'application/json' },
          body: new URLSearchParams(new FormData(form)),
        });
        const told = await response.json();
        const fallback = response.ok ? answer.dataset.done : answer.dataset.failed;
        answer.textContent = told.message || fallback;
        if (response.ok) form.reset();
      } catch {
        form.submit();
      } finally {
        button.ariaBusy = 'false';
      }
    });
  }

  // Reading aloud, a paragraph at a time: long texts stall in some browsers, and so the progress is true.
  const box = $('[data-read-aloud]');
  const speech = window.speechSynthesis;
  if (box && prose && speech) {
    const button = $('button', box);
    const progress = $('progress', box);
    const language = prose.lang || document.documentElement.lang;
    const start = button.textContent;
    const voice = () => speech.getVoices().find((v) => v.lang.slice(0, 2) === language.slice(0, 2));
    const parts = [...prose.querySelectorAll('p, li, h2, h3, h4, dt, dd')]
      .filter((part) => !part.closest('.footnotes, form, .subscribe, .banner') && !$('p, li', part))
      .map((part) => {
        const copy = part.cloneNode(true);
        copy.querySelectorAll('.anchor, .footnote-ref, math').forEach((mark) => mark.remove());
        return copy.textContent.trim();
      })
      .filter(Boolean);
    let at = 0;
    let playing = false;
    let current;
    const say = () => {
      progress.value = at / parts.length;
      if (at >= parts.length) {
        at = 0;
        playing = false;
        progress.hidden = true;
        button.textContent = start;
        return;
      }
      const words = new SpeechSynthesisUtterance(parts[at]);
      words.lang = language;
      words.voice = voice() || null;
      // A part that was cancelled ends too, sometimes late; only the current one leads on.
      current = words;
      words.onend = () => { if (playing && current === words) { at += 1; say(); } };
      speech.speak(words);
    };
    button.addEventListener('click', () => {
      playing = !playing;
      progress.hidden = false;
      button.textContent = playing ? button.dataset.pause : button.dataset.resume;
      current = null;
      speech.cancel();
      if (playing) say();
    });
    const offer = () => { box.hidden = !voice() || !parts.length; };
    offer();
    speech.addEventListener?.('voiceschanged', offer);
    addEventListener('pagehide', () => { playing = false; speech.cancel(); });
  }
})();
