import type { Runtime } from '../../kernel/index.ts';
import type { Framing } from './framing.ts';
import { ProtocolFault } from './protocol-fault.ts';
import { childNamed, escapeXml, NETCONF_NAMESPACE, parseXmlInTurns, type XmlElement } from './xml.ts';

/** End-of-message framing (RFC 6241 §8.1). */
export const BASE_1_0 = 'urn:ietf:params:netconf:base:1.0';
/** Chunked framing (RFC 6242 §4.1). */
export const BASE_1_1 = 'urn:ietf:params:netconf:base:1.1';

/** RFC 6241 §8.1: session-id is an unsigned 32-bit integer, not zero. */
const LARGEST_SESSION_ID = 4_294_967_295;

/** The hello of a peer. A server assigns the id of the session; a client must not. */
export interface Hello {
  readonly sessionId: number | undefined;
  readonly capabilities: readonly string[];
}

/** The hello message (RFC 6241 §8.1). */
export function helloMessage(hello: Hello): string {
  const capabilities = hello.capabilities.map((uri) => `<capability>${escapeXml(uri)}</capability>`).join('');
  const sessionId = hello.sessionId === undefined ? '' : `<session-id>${hello.sessionId}</session-id>`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?><hello xmlns="${NETCONF_NAMESPACE}">` +
    `<capabilities>${capabilities}</capabilities>${sessionId}</hello>`
  );
}

/**
 * Reads a peer's hello, in turns; the result is unused once `isOver` returns true. Throws ProtocolFault if it isn't a
 * hello or announces no base capability.
 */
export async function readHello(runtime: Runtime, message: string, isOver?: () => boolean): Promise<Hello> {
  return helloIn(await parseXmlInTurns(runtime, message, isOver));
}

/** Returns the contents of a parsed hello. Throws as `readHello` does. */
export function helloIn(root: XmlElement): Hello {
  if (root.name !== 'hello') throw new ProtocolFault('its first message is not a hello');
  const capabilities = (childNamed(root, 'capabilities')?.children ?? [])
    .filter((child) => child.name === 'capability')
    .map((child) => child.text);
  if (!capabilities.includes(BASE_1_0) && !capabilities.includes(BASE_1_1)) {
    throw new ProtocolFault('its hello announces no base capability');
  }
  return { sessionId: readSessionId(childNamed(root, 'session-id')?.text), capabilities };
}

/**
 * Returns the framing of all messages after the hellos: chunked if both sides announce base:1.1. Throws ProtocolFault
 * if they have no base version in common.
 */
export function commonFraming(ours: readonly string[], theirs: readonly string[]): Framing {
  if (ours.includes(BASE_1_1) && theirs.includes(BASE_1_1)) return 'chunked';
  if (ours.includes(BASE_1_0) && theirs.includes(BASE_1_0)) return 'end-of-message';
  throw new ProtocolFault('it shares no base version with this side');
}

function readSessionId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(id <= LARGEST_SESSION_ID)) throw new ProtocolFault('its hello has an invalid session-id');
  return id;
}
