import { SaxesParser } from 'saxes';
import { limits, type Runtime, turnsOf } from '../../kernel/index.ts';
import { ProtocolFault } from './protocol-fault.ts';

/** Receives the parts of a message, in document order. Names come without their prefix. */
export interface XmlVisitor {
  readonly open: (name: string, attributes: ReadonlyMap<string, string>) => void;
  /** Character data of the last opened element, in any number of parts. */
  readonly text: (text: string) => void;
  readonly close: () => void;
}

/**
 * Reads a whole message in slices, which share the turns of the process, so that large ones don't block other work.
 * Ends early if `isOver` returns that the message is no longer needed.
 *
 * Throws ProtocolFault for a document that isn't well-formed XML with one root, for nesting and attributes beyond
 * `netconfXmlDepth` and `netconfXmlAttributes`, and for a document type: entities are declared in it, and RFC 6241 §3
 * forbids it.
 */
export async function readXml(
  runtime: Runtime,
  message: string,
  visitor: XmlVisitor,
  isOver: () => boolean = () => false,
): Promise<void> {
  const reader = new XmlReader(visitor);
  const turns = turnsOf(runtime);
  for (let at = 0; at < message.length; at += limits.netconfXmlSliceLength) {
    const slice = message.slice(at, at + limits.netconfXmlSliceLength);
    await turns.take(slice.length * limits.netconfTurnCost);
    if (isOver()) throw new ProtocolFault('the connection ended while a message was read');
    reader.write(slice);
  }
  reader.end();
}

/** Reads a message at once, if it is known to be small. Throws as `readXml` does. */
export function readXmlAtOnce(message: string, visitor: XmlVisitor): void {
  const reader = new XmlReader(visitor);
  reader.write(message);
  reader.end();
}

/** A parser of one message that builds nothing itself. */
class XmlReader {
  readonly #parser = new SaxesParser({ position: false });
  #depth = 0;
  #attributes = 0;

  constructor(visitor: XmlVisitor) {
    const parser = this.#parser;
    parser.on('error', () => {
      // The parser's error may quote the message.
      throw new ProtocolFault('a message is not well-formed XML');
    });
    parser.on('doctype', () => {
      throw new ProtocolFault('a message has a document type declaration');
    });
    parser.on('opentagstart', () => this.#enter());
    parser.on('attribute', () => this.#countAttribute());
    parser.on('opentag', ({ name, attributes }) => {
      visitor.open(
        withoutPrefix(name),
        new Map(Object.entries(attributes).map(([n, value]) => [withoutPrefix(n), value])),
      );
    });
    parser.on('text', (text) => visitor.text(text));
    parser.on('cdata', (text) => visitor.text(text));
    parser.on('closetag', () => {
      this.#depth--;
      visitor.close();
    });
  }

  write(part: string): void {
    this.#parser.write(part);
  }

  end(): void {
    this.#parser.close();
  }

  #enter(): void {
    this.#attributes = 0;
    if (++this.#depth <= limits.netconfXmlDepth) return;
    throw new ProtocolFault(`a message nests deeper than ${limits.netconfXmlDepth} elements`);
  }

  #countAttribute(): void {
    if (++this.#attributes <= limits.netconfXmlAttributes) return;
    throw new ProtocolFault(`an element has more than ${limits.netconfXmlAttributes} attributes`);
  }
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
