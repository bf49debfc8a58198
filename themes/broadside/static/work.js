// The work that the newsletter's service asks for when very many ask at once: digits after which SHA-256 (FIPS 180-4) of "token.digits" begins with so
// many zero bits. Written out here because the browser's own is far slower for a million short texts, and absent on pages without TLS.
const primes = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (number) => (number % 1) * 2 ** 32 | 0;
const constants = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const initial = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const words = new Int32Array(64);
const turn = (word, by) => word >>> by | word << 32 - by;

// Takes 64 bytes into the state.
const take = (state, view, at) => {
  for (let i = 0; i < 64; i += 1) {
    if (i < 16) {
      words[i] = view.getInt32(at + i * 4);
    } else {
      const early = words[i - 15];
      const late = words[i - 2];
      words[i] = words[i - 16] + (turn(early, 7) ^ turn(early, 18) ^ early >>> 3)
        + words[i - 7] + (turn(late, 17) ^ turn(late, 19) ^ late >>> 10);
    }
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + constants[i] + words[i] | 0;
    const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
    h = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
};

// A message's last bytes with room for so many digits, and the end that every message gets: a one bit, zeros, the length in bits.
const padded = (bytes, size, before) => {
  const length = bytes.length + size;
  const all = new Uint8Array((length + 72 >> 6) << 6);
  all.set(bytes);
  all[length] = 128;
  const view = new DataView(all.buffer);
  view.setUint32(all.length - 4, (before + length) * 8);
  return view;
};

export default async (token, bits) => {
  const utf8 = new TextEncoder();
  // The first digits fill up a block, which is then taken once and not at each try.
  const room = 63 - token.length % 64;
  const digits = room > 0 && room < 9 ? '1'.padEnd(room, '0') : '';
  const start = utf8.encode(`${token}.${digits}`);
  const whole = start.length >> 6 << 6;
  const middle = initial.slice();
  for (let at = 0; at < whole; at += 64) take(middle, new DataView(start.buffer, start.byteOffset), at);
  const rest = start.subarray(whole);
  const state = new Int32Array(8);
  let view;
  for (let number = 0, size = 0, pause = performance.now() + 40; ; number += 1) {
    const text = String(number);
    if (text.length > size) {
      size = text.length;
      view = padded(rest, size, whole);
    }
    for (let i = 0; i < size; i += 1) view.setUint8(rest.length + i, text.charCodeAt(i));
    state.set(middle);
    for (let at = 0; at < view.byteLength; at += 64) take(state, view, at);
    if (Math.clz32(state[0]) >= bits) return digits + text;
    if (number % 256 === 0 && performance.now() > pause) {
      // The page stays alive meanwhile.
      await new Promise((resolve) => { setTimeout(resolve); });
      pause = performance.now() + 40;
    }
  }
};
