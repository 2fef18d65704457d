import { limits } from '../../kernel/index.ts';
import { ByteQueue } from './byte-queue.ts';
import { ProtocolFault } from './protocol-fault.ts';

/**
 * The separation of messages on the channel (RFC 6242 §4): by a mark after each one (base:1.0, and every hello), or in
 * chunks that announce their size (base:1.1).
 */
export type Framing = 'end-of-message' | 'chunked';

const END_OF_MESSAGE = Buffer.from(']]>]]>');
/** RFC 6242 §4.2: chunk-size is at most 4294967295. */
const LARGEST_CHUNK = 4_294_967_295;
const CHUNK_HEADER = /^\n#(?:([1-9]\d{0,9})\n|#\n)/;
/** Matches the beginning of a chunk header, which may still become complete. */
const CHUNK_HEADER_BEGUN = /^(?:\n(?:#(?:#|[1-9]\d{0,9})?)?)?$/;
/** LF, '#', ten digits, LF. */
const CHUNK_HEADER_BYTES = 13;

/** Returns the bytes of one message. Throws ProtocolFault if it is too long, or contains the mark that ends it. */
export function encodeFrame(framing: Framing, message: string): Buffer {
  const body = Buffer.from(message);
  if (body.length > limits.netconfMessageBytes) {
    throw new ProtocolFault(`a message to it is longer than ${limits.netconfMessageBytes} bytes`);
  }
  switch (framing) {
    case 'end-of-message':
      if (body.includes(END_OF_MESSAGE)) throw new ProtocolFault('a message to it holds the end-of-message mark');
      return Buffer.concat([body, END_OF_MESSAGE]);
    case 'chunked':
      if (body.length === 0) throw new ProtocolFault('a message to it is empty');
      return Buffer.concat([Buffer.from(`\n#${body.length}\n`), body, Buffer.from('\n##\n')]);
  }
}

/**
 * Decodes bytes into messages. Messages are pulled one at a time, since the framing changes after the hello, and the
 * next message may have arrived in the same piece.
 */
export class FrameDecoder {
  readonly #input = new ByteQueue();
  #framing: Framing = 'end-of-message';
  #limitBytes: number;
  /** End-of-message: the offset at which the search for the mark continues. */
  #searched = 0;
  /** Chunked: the chunks of the message so far, and the missing bytes of the current chunk. */
  #chunks = new ByteQueue();
  #missingBytes = 0;

  /** Starts with end-of-message framing, as every session does (RFC 6242 §4.1). */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Sets the framing and the largest size of the following messages. Only between messages. */
  expect(framing: Framing, limitBytes: number): void {
    this.#framing = framing;
    this.#limitBytes = limitBytes;
  }

  push(bytes: Buffer): void {
    this.#input.append(bytes);
  }

  /**
   * Returns the next whole message, or undefined until more bytes are pushed. Throws ProtocolFault; then the decoder
   * can't be used any more.
   */
  next(): string | undefined {
    return this.#framing === 'chunked' ? this.#nextChunked() : this.#nextMarked();
  }

  #nextMarked(): string | undefined {
    const at = this.#input.indexOf(END_OF_MESSAGE, this.#searched);
    // If the mark isn't there, its first five bytes may be.
    const bodyBytes = at === -1 ? this.#input.length - END_OF_MESSAGE.length + 1 : at;
    if (bodyBytes > this.#limitBytes) throw this.#tooLong();
    if (at === -1) {
      this.#searched = Math.max(0, bodyBytes);
      return undefined;
    }
    const message = decodeText(this.#input.peek(at));
    this.#input.skip(at + END_OF_MESSAGE.length);
    this.#searched = 0;
    return message;
  }

  #nextChunked(): string | undefined {
    for (;;) {
      if (this.#missingBytes > 0) {
        const piece = this.#input.peek(this.#missingBytes);
        if (piece.length === 0) return undefined;
        this.#chunks.append(piece);
        this.#missingBytes -= piece.length;
        this.#input.skip(piece.length);
        continue;
      }
      const header = this.#takeChunkHeader();
      if (header === undefined) return undefined;
      if (header === 'end') return this.#takeChunks();
      this.#missingBytes = header;
    }
  }

  /**
   * Returns the size of the next chunk in bytes, 'end' for the end of the chunks, or undefined if the header is
   * incomplete.
   */
  #takeChunkHeader(): number | 'end' | undefined {
    const head = this.#input.peek(CHUNK_HEADER_BYTES).toString('latin1');
    const header = CHUNK_HEADER.exec(head);
    if (header === null) {
      if (CHUNK_HEADER_BEGUN.test(head)) return undefined;
      throw new ProtocolFault('a chunk header is malformed');
    }
    this.#input.skip(header[0].length);
    if (header[1] === undefined) return 'end';
    const size = Number(header[1]);
    if (size > LARGEST_CHUNK) throw new ProtocolFault('a chunk size is out of range');
    if (this.#chunks.length + size > this.#limitBytes) throw this.#tooLong();
    return size;
  }

  #takeChunks(): string {
    if (this.#chunks.length === 0) throw new ProtocolFault('a message has no chunk');
    const message = decodeText(this.#chunks.peek(this.#chunks.length));
    this.#chunks = new ByteQueue();
    return message;
  }

  #tooLong(): ProtocolFault {
    return new ProtocolFault(`a message is longer than ${this.#limitBytes} bytes`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProtocolFault('a message is not UTF-8');
  }
}
