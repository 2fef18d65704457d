import type { ServerChannel } from 'ssh2';
import type { Manner } from './device.ts';

const END = ']]>]]>';
const NETCONF = 'xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"';
/** Slightly less than Kamado accepts of a hello, and of another message. */
const HELLO_BYTES = 500_000;
const MESSAGE_BYTES = 4_000_000;
const FLOOD_BYTES = 64 * 1024 * 1024;

/** Ways to answer, by name. */
export const deviceManners: { readonly [name: string]: Manner } = {
  'a reply of 4 MB that holds errors': replying(filled('<rpc-error><error-message>x</error-message></rpc-error>')),
  'a reply of 4 MB of small elements': replying(filled('<a/>')),
  'a reply of 4 MB of attributes': replying(() => `<a ${filledText('a', MESSAGE_BYTES, (i) => `a${i}="" `)}/>`),
  'a reply of 4 MB of nested elements': replying(() => nested(MESSAGE_BYTES)),
  'a reply of 4 MB of entities': replying(filled('&amp;&#x41;')),
  'a reply of 4 MB of comments': replying(filled('<!-- - -->')),
  'a hello of many capabilities': saying(() =>
    hello(filledText('', HELLO_BYTES, (i) => `<capability>urn:c:${i}</capability>`)),
  ),
  'a hello of nested elements': saying(() => hello(`<capability>${nested(HELLO_BYTES)}</capability>`)),
  'a hello of chunks of one byte': (channel) => {
    for (const byte of hello('').slice(0, 200)) channel.write(byte);
  },
  'a flood before the hello': flooding,
};

function hello(capabilities: string): string {
  return (
    `<hello ${NETCONF}><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability>${capabilities}` +
    `</capabilities><session-id>1</session-id></hello>${END}`
  );
}

function saying(words: () => string): Manner {
  return (channel) => void channel.write(words());
}

/** Sends a hello, and answers each request with a reply of that content. */
function replying(content: () => string): Manner {
  return (channel) => {
    channel.write(hello(''));
    let received = '';
    channel.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const id = /<rpc\b[^>]*message-id="([^"]*)"/.exec(received)?.[1];
      if (id === undefined || !received.endsWith(END)) return;
      received = '';
      channel.write(`<rpc-reply ${NETCONF} message-id="${id}">${content()}</rpc-reply>${END}`);
    });
  };
}

function flooding(channel: ServerChannel): void {
  const part = Buffer.alloc(64 * 1024, 'x');
  let left = FLOOD_BYTES;
  const write = (): void => {
    while (left > 0 && channel.writable) {
      left -= part.length;
      if (!channel.write(part)) {
        channel.once('drain', write);
        return;
      }
    }
  };
  write();
}

function filled(text: string): () => string {
  return () => text.repeat(Math.floor(MESSAGE_BYTES / text.length));
}

function filledText(first: string, bytes: number, part: (i: number) => string): string {
  const parts = [first];
  for (let i = 0, length = 0; length < bytes; i++) {
    const next = part(i);
    length += next.length;
    parts.push(next);
  }
  return parts.join('');
}

function nested(bytes: number): string {
  const depth = Math.floor(bytes / '<a></a>'.length);
  return '<a>'.repeat(depth) + '</a>'.repeat(depth);
}
