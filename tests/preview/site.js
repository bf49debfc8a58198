// A small site in a temporary folder, and the real program previewing it: what the end-to-end tests do as an author does it.
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';

import { equal, expect, until } from './browser.js';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
export const PROGRAM = resolve(process.env.LETTERPRESS ?? join(process.env.CARGO_TARGET_DIR ?? join(REPOSITORY, 'target'), 'release/letterpress'));
if (!existsSync(PROGRAM)) {
  console.error(`There is no program at ${PROGRAM}: build it, or name it by LETTERPRESS=FILE.`);
  process.exit(2);
}

/** Programs that are not optimised take their time where many pages are drawn. */
export const PATIENCE = 60_000;

const FILLING = Array.from({ length: 24 }, (_, at) => `Paragraph ${at + 1}. ${'A line of text that goes on. '.repeat(12)}`).join('\n\n');

/** A post that is long enough to be scrolled. */
export const post = ({ title = 'A post', date = '2026-01-02', text = 'First words.', tags = ['moor'], head = '', more = '' } = {}) => `+++
title = "${title}"
date = ${date}
description = "A post of the tests."
tags = ${JSON.stringify(tags)}
${head}
+++

${text}

{% <details summary="More of it"> %}

Words that unfold.

{% </details> %}

${FILLING}

${more}
`;

export const SITE_TOML = `title = "Tests"
description = "A site that is only there to be changed."
base_url = "https://tests.example/"
language = "en"
theme = "paper"
[feeds]
atom = ["feed.xml"]
rss = ["rss.xml"]
json = ["feed.json"]
[blocks]
footer = ["tags", "subscribe", "neighbours"]
[subscribe]
action = "https://tests.example/subscribe"
title = "By mail"
promise = "Once a month."
button = "Subscribe"
`;

const FILES = {
  'site.toml': SITE_TOML,
  'themes/paper/theme.toml': 'name = "Paper"\nversion = "1.0.0"\nletterpress = ">=0.1, <0.2"\nextends = "broadside"\nstyles = ["main.scss"]\n',
  'themes/paper/styles/_ink.scss': '$ink: rgb(1, 2, 3);\n',
  'themes/paper/styles/main.scss': '@use "broadside/main";\n@use "ink";\nh1 { color: ink.$ink !important; }\nbody { outline-color: rgb(5, 5, 5) !important; }\n',
  'themes/paper/templates/web/post.html': '{% extends "broadside/web/post.html" %}\n',
  'themes/paper/templates/web/colophon.html': '<footer>{{ site.title }}, first foot</footer>\n',
  'themes/paper/static/note.txt': 'A note.\n',
  'content/posts/first.md': post({ title: 'The first', date: '2026-01-01' }),
  'content/posts/second.md': post({ title: 'The second', date: '2026-02-01', tags: ['moor', 'heath'] }),
  'content/pages/about.md': '+++\ntitle = "About"\ndescription = "About the tests."\n+++\n\nAbout words.\n',
};

/** A picture of one colour. */
export function png(width, height, [red, green, blue]) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const crc = (bytes) => {
    let sum = ~0;
    for (const byte of bytes) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum >>> 0;
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const row = Buffer.concat([Buffer.from([0]), Buffer.concat(Array.from({ length: width }, () => Buffer.from([red, green, blue])))]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** A port that nobody listened on a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
  const { port } = server.address();
  await new Promise((closed) => { server.close(closed); });
  return port;
}

const previews = new Set();

/** A running `letterpress preview`. All that it prints is kept: the lines of stdout as objects in `said`, stderr in `complained`. */
class Preview {
  constructor(folder, port, options, format) {
    this.said = [];
    this.complained = '';
    this.port = port;
    this.child = spawn(PROGRAM, ['--root', folder, '--format', format, 'preview', '--port', String(port), ...options], {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LETTERPRESS_EDITOR: 'code' },
    });
    previews.add(this);
    this.ended = new Promise((end) => {
      this.child.on('exit', (code, signal) => {
        previews.delete(this);
        end({ code, signal });
      });
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.said.push(format === 'json' ? JSON.parse(line) : { text: line, url: /http:\S+/.exec(line)?.[0] }));
    this.child.stderr.on('data', (text) => { this.complained += text; });
  }

  /** Until it serves. Its address is `url`, ending in a slash, and `origin` without one. */
  async ready() {
    const { url } = await until('the address', () => {
      if (this.child.exitCode !== null) throw new Error(`ended: ${this.complained}`);
      return this.said.find((line) => line.url);
    }, PATIENCE);
    this.url = url.replace('localhost', '127.0.0.1');
    this.origin = new URL(this.url).origin;
    return this;
  }

  rebuilds() { return this.said.filter((line) => line.rebuilt); }

  /** Does something, waits until `file` is named by a rebuild after it, and gives all rebuilds since. */
  async rebuildsOf(act, file) {
    const before = this.rebuilds().length;
    await act();
    await until(`a rebuild of ${file}`, () => this.rebuilds().slice(before).some((line) => line.rebuilt.includes(file)), PATIENCE);
    return this.rebuilds().slice(before);
  }

  /** Its user and system time, in ticks of the clock (hundredths of a second). */
  ticks() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }

  /** One request, as it is: no redirect is followed. */
  ask(path, { method = 'GET', headers = {} } = {}) {
    return new Promise((answered, failed) => {
      const asked = request(this.origin + path, { method, headers }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const body = Buffer.concat(parts);
          answered({ status: response.statusCode, headers: response.headers, body, text: body.toString('utf8') });
        });
      });
      asked.on('error', failed);
      asked.setTimeout(PATIENCE, () => asked.destroy(new Error(`no answer for ${path}`)));
      asked.end();
    });
  }

  async text(path) { return (await this.ask(path)).text; }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.ended;
  }
}

export class Site {
  constructor(files = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'letterpress-preview-'));
    for (const [name, bytes] of Object.entries({ ...FILES, ...files })) {
      if (bytes !== null) this.write(name, bytes);
    }
  }

  path(name) { return join(this.folder, name); }

  has(name) { return existsSync(this.path(name)); }

  read(name) { return readFileSync(this.path(name), 'utf8'); }

  /** Written in place. */
  write(name, bytes) {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), bytes);
  }

  /** Written beside it, then renamed over it. */
  replace(name, bytes) {
    const beside = join(dirname(name), `.${name.split('/').pop()}.tmp`);
    this.write(beside, bytes);
    renameSync(this.path(beside), this.path(name));
  }

  /** Removed, then written anew. */
  recreate(name, bytes) {
    this.remove(name);
    this.write(name, bytes);
  }

  rename(from, to) { renameSync(this.path(from), this.path(to)); }

  remove(name) { rmSync(this.path(name), { recursive: true }); }

  /** A part of a file changed for another, which must be in it. */
  edit(name, from, to, how = 'write') {
    const before = this.read(name);
    expect(before.includes(from), `“${from}” in ${name}`, before.slice(0, 300));
    this[how](name, before.replace(from, () => to));
  }

  files(below = '.') {
    return readdirSync(this.path(below), { recursive: true }).map(String).filter((name) => statSync(join(this.folder, below, name)).isFile());
  }

  async preview({ port = null, options = [], format = 'json' } = {}) {
    return new Preview(this.folder, port ?? await freePort(), options, format).ready();
  }

  /** Runs the program to its end and gives what it printed. */
  run(...words) { return execFileSync(PROGRAM, ['--root', this.folder, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }); }

  git(...words) { return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'core.fsync=none', ...words], { cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }); }
}

/** A site, its preview and the end of both, whatever a test does with them: `test(site, preview)`. */
export function onSite(test, { files = {}, options = [] } = {}) {
  return async () => {
    const site = new Site(files);
    try {
      await test(site, await site.preview({ options }));
    } catch (error) {
      for (const { complained, said } of previews) error.stack += `\nthe program: ${complained.slice(-1500)}\n${JSON.stringify(said.slice(-8)).slice(0, 2500)}`;
      throw error;
    } finally {
      for (const preview of previews) await preview.stop('SIGKILL');
      rmSync(site.folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

export { equal, expect, until };
