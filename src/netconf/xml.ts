import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ProtocolFault } from './protocol-fault.ts';

/** The XML namespace of NETCONF messages (RFC 6241 §3.1). */
export const NETCONF_NAMESPACE = 'urn:ietf:params:xml:ns:netconf:base:1.0';

/** An element as parsed: its attributes by name, and its child elements by name without prefix, in document order. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly in it, without white space around. */
  readonly text: string;
}

const ATTRIBUTES = ':@';
const TEXT = '#text';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
});

/**
 * The root element of a message. Throws ProtocolFault for what is no well-formed XML document with one root, for
 * nesting deeper than the parser's bound of 100, and for a document type, which RFC 6241 §3 forbids and which is where
 * entities are declared.
 */
export function parseXml(text: string): XmlElement {
  checkXml(text);
  const nodes = readNodes(parseOrdered(text));
  const root = nodes.children[0];
  if (root === undefined || nodes.children.length !== 1) throw notWellFormed();
  return root;
}

/** Refuses what parseXml refuses, at a tenth of its cost: nothing is built. */
export function checkXml(text: string): void {
  // Also inside CDATA and comments, where it would be harmless: no message has a use for it.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new ProtocolFault('a message has a document type declaration');
  if (XMLValidator.validate(text) !== true) throw notWellFormed();
}

/** The start tag of the root, as an element without children. The text is one that checkXml let through. */
export function readRoot(text: string): XmlElement {
  const start = rootStart(text);
  const end = startTagEnd(text, start);
  const tag = text.slice(start, end);
  return parseXml(tag.endsWith('/') ? `${tag}>` : `${tag}/>`);
}

/** The first child element of that name. */
export function childNamed(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** The text with the characters replaced that mean something in XML, for contents and quoted attributes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function notWellFormed(): ProtocolFault {
  return new ProtocolFault('a message is not well-formed XML');
}

function parseOrdered(text: string): unknown {
  try {
    return parser.parse(text);
  } catch {
    // The parser's words may quote the message.
    throw notWellFormed();
  }
}

/** Reads the parser's shape: a list of objects with one element each, `{ name: [...], ':@': { attribute: … } }`. */
function readNodes(list: unknown): { readonly children: readonly XmlElement[]; readonly text: string } {
  const children: XmlElement[] = [];
  let text = '';
  for (const node of Array.isArray(list) ? list : []) {
    const fields = entriesOf(node);
    const content = fields.find(([name]) => name !== ATTRIBUTES);
    if (content === undefined) continue;
    const [name, value] = content;
    if (name === TEXT) {
      text += String(value);
      continue;
    }
    const attributes = entriesOf(fields.find(([field]) => field === ATTRIBUTES)?.[1]);
    const inner = readNodes(value);
    children.push({
      name,
      attributes: new Map(attributes.map(([attribute, attributeValue]) => [attribute, String(attributeValue)])),
      children: inner.children,
      text: inner.text,
    });
  }
  return { children, text: text.trim() };
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** Skips declaration, processing instructions, comments and white space. By hand: an expression could be made to backtrack. */
function rootStart(text: string): number {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (;;) {
    if (text.startsWith('<?', at)) at = endOf(text, '?>', at);
    else if (text.startsWith('<!--', at)) at = endOf(text, '-->', at + 4);
    else if (/\s/.test(text.charAt(at))) at++;
    else return at;
  }
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at === -1) throw notWellFormed();
  return at + mark.length;
}

/** The place of the '>' that ends the tag: one in a quoted attribute doesn't. */
function startTagEnd(text: string, start: number): number {
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const c = text.charAt(at);
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '>') return at;
  }
  throw notWellFormed();
}
