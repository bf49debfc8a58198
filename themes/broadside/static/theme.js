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

  // Forms answer in place. Our own service wants a token first, and work where many ask at once; anything unexpected takes the ordinary way.
  const ask = async (address, body) => {
    const response = await fetch(address, { method: body ? 'POST' : 'GET', headers: { Accept: 'application/json' }, body });
    return { isDone: response.ok, ...await response.json() };
  };
  const send = async (form, answer) => {
    const { token, work } = form.dataset;
    const data = new FormData(form);
    if (!token) return ask(form.action, new URLSearchParams(data));
    data.set('page', location.origin + location.pathname);
    data.set('token', (await ask(token)).token);
    const said = await ask(form.action, data);
    if (!said.challenge) return said;
    answer.textContent = said.message;
    data.set('token', said.challenge.token);
    data.set('work', await (await import(work)).default(said.challenge.token, said.challenge.bits));
    return ask(form.action, data);
  };
  // What is wrong stands at its field, in the label, so that it is read out with it; `false` where it belongs to no field.
  const complain = (form, errors) => {
    form.querySelectorAll('.field-error').forEach((note) => note.remove());
    form.querySelectorAll('[aria-invalid]').forEach((field) => field.removeAttribute('aria-invalid'));
    const wrong = errors.filter(({ field }) => form.elements[field]);
    for (const { field, message } of wrong) {
      const note = document.createElement('span');
      note.className = 'field-error';
      note.textContent = message;
      form.elements[field].setAttribute('aria-invalid', 'true');
      form.elements[field].after(note);
    }
    if (wrong.length) form.elements[wrong[0].field].focus();
    return wrong.length > 0;
  };
  for (const form of document.querySelectorAll('form[data-answer]')) {
    form.onsubmit = async (event) => {
      const answer = $('.form-answer', form);
      const button = $('button', form);
      if (!form.dataset.token && new URL(form.action).origin !== location.origin) return;
      event.preventDefault();
      if (button.ariaBusy === 'true') return;
      button.ariaBusy = 'true';
      answer.textContent = '';
      try {
        const { isDone, message, errors = [] } = await send(form, answer);
        const isShown = complain(form, errors);
        answer.textContent = isShown ? '' : message || answer.dataset[isDone ? 'done' : 'failed'];
        if (isDone) form.reset();
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
