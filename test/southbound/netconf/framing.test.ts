import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../../src/kernel/limits.ts';
import { encodeFrame, FrameDecoder, type Framing } from '../../../src/southbound/netconf/framing.ts';
import { ProtocolFault } from '../../../src/southbound/netconf/protocol-fault.ts';

const LIMIT = 1_000;
const MARK = ']]>]]>';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((message) => !message.includes(MARK));
/** Messages full of what framing is made of. */
const tricky = fc
  .array(fc.constantFrom(']', ']]>', ']]', '>', '\n', '#', '\n#', '\n##\n', '\n#1\n', 'é', '竈', '𝄞'), { minLength: 1 })
  .map((parts) => parts.join(''))
  .filter((message) => !`${message}${MARK}`.slice(0, -1).includes(MARK));
const messages = fc.array(fc.oneof(text, tricky), { minLength: 1, maxLength: 5 });
const cuts = fc.array(fc.nat(400), { maxLength: 12 });

describe('framing', () => {
  for (const framing of ['end-of-message', 'chunked'] as const) {
    it(`gives back messages that came ${framing}, however the bytes are cut`, () => {
      fc.assert(
        fc.property(messages, cuts, (sent, places) => {
          const bytes = Buffer.concat(sent.map((message) => encodeFrame(framing, message)));
          assert.deepEqual(decode(framing, cut(bytes, places)), sent);
        }),
      );
    });

    it(`gives back messages that came ${framing}, byte by byte`, () => {
      const sent = ['<a/>', 'é竈', 'x'.repeat(300)];
      const bytes = Buffer.concat(sent.map((message) => encodeFrame(framing, message)));
      assert.deepEqual(decode(framing, cut(bytes, [...bytes.keys()])), sent);
    });
  }

  it('joins a message of any chunks, also ones that cut a character', () => {
    fc.assert(
      fc.property(text, cuts, cuts, (message, chunkPlaces, places) => {
        const chunks = cut(Buffer.from(message), chunkPlaces).filter((chunk) => chunk.length > 0);
        const framed = chunks.flatMap((chunk) => [Buffer.from(`\n#${chunk.length}\n`), chunk]);
        const bytes = Buffer.concat([...framed, Buffer.from('\n##\n')]);
        assert.deepEqual(decode('chunked', cut(bytes, places)), [message]);
      }),
    );
  });

  it('changes the framing between two messages that came in one piece', () => {
    const decoder = new FrameDecoder(LIMIT);
    decoder.push(Buffer.concat([encodeFrame('end-of-message', 'hello'), encodeFrame('chunked', 'reply')]));
    assert.equal(decoder.next(), 'hello');
    decoder.expect('chunked', LIMIT);
    assert.equal(decoder.next(), 'reply');
    assert.equal(decoder.next(), undefined);
  });

  it('never gives anything but a message, a fault or a wait for bytes nobody framed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), cuts, fc.boolean(), (bytes, places, chunked) => {
        try {
          decode(chunked ? 'chunked' : 'end-of-message', cut(Buffer.from(bytes), places));
        } catch (error) {
          assert.ok(error instanceof ProtocolFault, String(error));
        }
      }),
    );
  });

  const faults: [string, Framing, string | Buffer, RegExp][] = [
    ['a header without LF', 'chunked', 'x', /chunk header/],
    ['a header without #', 'chunked', '\nx', /chunk header/],
    ['a chunk of size 0', 'chunked', '\n#0\n', /chunk header/],
    ['a leading zero', 'chunked', '\n#01\nx', /chunk header/],
    ['a negative size', 'chunked', '\n#-1\n', /chunk header/],
    ['a size of eleven digits', 'chunked', '\n#12345678901', /chunk header/],
    ['a size over 32 bits', 'chunked', '\n#4294967296\n', /out of range/],
    ['a size over the limit, before its bytes come', 'chunked', `\n#${LIMIT + 1}\n`, /longer than 1000 bytes/],
    ['chunks over the limit together', 'chunked', `\n#999\n${'x'.repeat(999)}\n#2\n`, /longer than/],
    ['a message without a chunk', 'chunked', '\n##\n', /no chunk/],
    ['garbage after a chunk', 'chunked', '\n#1\nxy', /chunk header/],
    ['bytes that are no UTF-8', 'chunked', Buffer.from([10, 35, 49, 10, 0xff, 10, 35, 35, 10]), /UTF-8/],
    ['a long message', 'end-of-message', `${'x'.repeat(LIMIT + 1)}${MARK}`, /longer than/],
    ['no mark in sight', 'end-of-message', 'x'.repeat(LIMIT + 6), /longer than/],
    ['bytes that are no UTF-8', 'end-of-message', Buffer.from(`ab${MARK}`).fill(0xc0, 0, 1), /UTF-8/],
  ];
  for (const [what, framing, bytes, reason] of faults) {
    it(`refuses ${what} (${framing})`, () => {
      assert.throws(
        () => decode(framing, [Buffer.from(bytes)]),
        (error) => error instanceof ProtocolFault && reason.test(error.message),
      );
    });
  }

  it('takes a message of exactly the limit', () => {
    const message = 'x'.repeat(LIMIT);
    for (const framing of ['end-of-message', 'chunked'] as const) {
      assert.deepEqual(decode(framing, [encodeFrame(framing, message)]), [message]);
    }
  });

  it('does not send what the other side would misread', () => {
    assert.throws(() => encodeFrame('end-of-message', `a${MARK}b`), ProtocolFault);
    assert.throws(() => encodeFrame('chunked', ''), ProtocolFault);
    assert.throws(() => encodeFrame('chunked', 'x'.repeat(limits.netconfMessageBytes + 1)), ProtocolFault);
  });
});

function decode(framing: Framing, pieces: readonly Buffer[]): string[] {
  const decoder = new FrameDecoder(LIMIT);
  decoder.expect(framing, LIMIT);
  const found: string[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let message = decoder.next(); message !== undefined; message = decoder.next()) found.push(message);
  }
  return found;
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.filter((place) => place < bytes.length), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}
