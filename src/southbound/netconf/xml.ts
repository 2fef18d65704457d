import type { Runtime } from '../../kernel/index.ts';
import { readXml, readXmlAtOnce, type XmlVisitor } from './xml-reader.ts';

/** The XML namespace of NETCONF messages (RFC 6241 §3.1). */
export const NETCONF_NAMESPACE = 'urn:ietf:params:xml:ns:netconf:base:1.0';

/** A parsed element: its attributes by name, and its child elements by name without prefix, in document order. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly in it, trimmed. */
  readonly text: string;
}

/** Parses a message in turns. Returns its root element. Throws as `readXml` does. */
export async function parseXmlInTurns(runtime: Runtime, text: string, isOver?: () => boolean): Promise<XmlElement> {
  const tree = new XmlTree();
  await readXml(runtime, text, tree, isOver);
  return tree.root;
}

/** Parses a message that is known to be small. Returns its root element. Throws as `readXml` does. */
export function parseXml(text: string): XmlElement {
  const tree = new XmlTree();
  readXmlAtOnce(text, tree);
  return tree.root;
}

/** Returns the first child element of that name. */
export function childNamed(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** Escapes the special characters of XML, for contents and quoted attributes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** Builds the elements of a message. */
class XmlTree implements XmlVisitor {
  readonly #document: OpenElement = { name: '', attributes: new Map(), children: [], text: '' };
  readonly #open: OpenElement[] = [this.#document];

  /** The root, after the message was read. A message without one is not well-formed. */
  get root(): XmlElement {
    return this.#document.children[0] ?? { name: '', attributes: new Map(), children: [], text: '' };
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    this.#open.push({ name, attributes, children: [], text: '' });
  }

  text(text: string): void {
    const element = this.#open.at(-1);
    if (element !== undefined) element.text += text;
  }

  close(): void {
    const element = this.#open.pop();
    if (element !== undefined) this.#open.at(-1)?.children.push({ ...element, text: element.text.trim() });
  }
}
