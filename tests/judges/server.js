// Serves a built site as a real host would: gzip, right types, index pages, 404.html, ranges for audio.
//
//   node server.js DIR     prints its address, and stops when its standard input is closed, so that it cannot
//                          outlive the script that started it. DIR may be filled after the address is known,
//                          which is how a site is built for the very address that it is served from.
import { createServer } from 'node:http';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8', '.xml': 'application/xml', '.json': 'application/json',
  '.webmanifest': 'application/manifest+json', '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg', '.gif': 'image/gif', '.webp': 'image/webp', '.avif': 'image/avif', '.ico': 'image/x-icon',
  '.woff2': 'font/woff2', '.mp3': 'audio/mpeg', '.m4a': 'audio/mp4', '.ogg': 'audio/ogg', '.opus': 'audio/ogg',
  '.wav': 'audio/wav', '.vtt': 'text/vtt; charset=utf-8', '.pdf': 'application/pdf',
};
const COMPRESSIBLE = /^text\/|javascript|json|xml/;

/** The file that answers for a path of the address, or null. */
function find(dir, path) {
  const file = join(dir, normalize('/' + path));
  const inside = file === dir || file.startsWith(dir + '/');
  const found = [file, join(file, 'index.html'), join(file, 'index.xml')].find(
    (name) => inside && existsSync(name) && statSync(name).isFile());
  // A page has one address: /about/index.html and /about are not it.
  if (found?.endsWith('/index.html') && !path.endsWith('/')) return null;
  return found ?? null;
}

/** Starts serving `folder` on a free port; gives `{ url, close }`. */
export async function serve(folder) {
  const dir = resolve(folder);
  const server = createServer((request, response) => {
    let path = '/';
    try {
      path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    } catch { /* not an address: 404 below */ }
    const found = find(dir, path);
    const missing = join(dir, '404.html');
    const file = found ?? (existsSync(missing) ? missing : null);
    const type = TYPES[file ? extname(file) : '.txt'] ?? 'application/octet-stream';
    let body = file ? readFileSync(file) : Buffer.from('not found');
    let status = found ? 200 : 404;
    // Fonts may be used by the newsletter's pages on another origin, as on hosts such as GitHub Pages. The last header is LinkChecker's leave to ask as fast as it can.
    const headers = {
      'content-type': type, 'cache-control': 'max-age=31536000', 'accept-ranges': 'bytes', 'access-control-allow-origin': '*', linkchecker: 'welcome',
    };
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    if (found && range && Number(range[1]) < body.length) {
      const last = Math.min(range[2] ? Number(range[2]) : Infinity, body.length - 1);
      headers['content-range'] = `bytes ${range[1]}-${last}/${body.length}`;
      body = body.subarray(Number(range[1]), last + 1);
      status = 206;
    } else if (COMPRESSIBLE.test(type) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
      body = gzipSync(body);
      headers['content-encoding'] = 'gzip';
    }
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() { server.closeAllConnections(); server.close(); },
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { url } = await serve(process.argv[2]);
  console.log(url);
  process.stdin.on('close', () => process.exit(0)).resume();
}
