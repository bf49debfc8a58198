// A stand-in for the preview's server: speaks its protocol, holds its pages in memory, and does just what a test says.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const SOURCE = new URL('../../src/transport/', import.meta.url);

/** The client as live.rs puts it together: its `concat!` is read, so that it is the very one. */
export function client() {
  const rust = readFileSync(new URL('live.rs', SOURCE), 'utf8');
  const [, parts] = /const CLIENT: &str = concat!\(([\s\S]*?)\n\);/.exec(rust);
  const pieces = parts.matchAll(/include_str!\("([^"]+)"\)|("(?:[^"\\]|\\.)*")/g);
  return [...pieces].map(([, file, text]) => file ? readFileSync(new URL(file, SOURCE), 'utf8') : JSON.parse(text)).join('');
}

const versionOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12);

export class Server {
  constructor() {
    this.files = new Map();
    this.streams = new Set();
    this.seen = [];
    this.hold = null; // Set to a function: every fetched page waits until it resolves.
    this.run = 0;
  }

  /** Puts a page (or a file of another type) at a path; nobody is told. */
  put(path, body, type = 'text/html; charset=utf-8') {
    this.files.set(path, { body, type });
    return this;
  }

  version(path) { return versionOf(this.files.get(path)?.body ?? this.files.get('/404.html').body); }

  /** A changed page, and the event that tells of it. */
  change(path, body) {
    this.put(path, body);
    this.tell(path, 'page', { version: this.version(path) });
  }

  /** Sends an event to the tabs that look at `page` (null: to all). */
  tell(page, name, data) {
    for (const stream of this.streams) {
      if (page === null || stream.page === page) stream.response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    }
  }

  async start(port = 0) {
    this.run += 1;
    this.http = createServer((request, response) => this.answer(request, response));
    await new Promise((ready, failed) => {
      this.http.once('error', failed);
      this.http.listen(port, '127.0.0.1', ready);
    });
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  async stop() {
    const closed = new Promise((done) => { this.http.close(done); });
    this.http.closeAllConnections();
    await closed;
    this.streams.clear();
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    this.seen.push({ path: url.pathname, query: url.search, headers: request.headers });
    const send = (status, type, body, headers = {}) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers });
      response.end(body);
    };
    if (url.pathname === '/_letterpress/client.js') return send(200, 'text/javascript', client());
    if (url.pathname === '/_letterpress/events') {
      const stream = { page: decodeURIComponent(url.searchParams.get('page')), version: url.searchParams.get('version'), query: url.searchParams, response };
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      this.streams.add(stream);
      response.on('close', () => this.streams.delete(stream));
      response.write(`event: hello\ndata: {"server":"run ${this.run}"}\n\n`);
      for (const [name, data] of this.greeting ?? []) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
      const now = this.version(stream.page);
      if (now !== stream.version) response.write(`event: page\ndata: ${JSON.stringify({ version: now })}\n\n`);
      return undefined;
    }
    const file = this.files.get(decodeURIComponent(url.pathname));
    const { body, type } = file ?? this.files.get('/404.html') ?? { body: 'not found', type: 'text/plain' };
    // What is sent is what was there when it was asked for, however late it is sent.
    if (this.hold) await this.hold(url, request);
    if (!type.startsWith('text/html')) return send(file ? 200 : 404, type, body);
    const version = versionOf(body);
    const script = `<script src="/_letterpress/client.js" data-letterpress="${version}" async></script>`;
    const html = body.includes('</head>') ? body.replace('</head>', () => `${script}</head>`) : body + script;
    return send(file ? 200 : 404, type, html, { 'letterpress-version': version });
  }
}
