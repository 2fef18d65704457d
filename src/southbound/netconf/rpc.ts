import type { Runtime } from '../../kernel/index.ts';
import { ProtocolFault } from './protocol-fault.ts';
import { NETCONF_NAMESPACE } from './xml.ts';
import { readXml, type XmlVisitor } from './xml-reader.ts';

/** A device's answer: the id of its request, the whole message, and the error-tag if it refused (RFC 6241 §4.3). */
export interface RpcReply {
  readonly messageId: string;
  readonly text: string;
  readonly errorTag: string | undefined;
}

/**
 * The error tags of RFC 6241, appendix A. Others are not repeated: a tag comes from the device, and may be anything.
 */
const errorTags: ReadonlySet<string> = new Set([
  'in-use',
  'invalid-value',
  'too-big',
  'missing-attribute',
  'bad-attribute',
  'unknown-attribute',
  'missing-element',
  'bad-element',
  'unknown-element',
  'unknown-namespace',
  'access-denied',
  'lock-denied',
  'resource-denied',
  'rollback-failed',
  'data-exists',
  'data-missing',
  'operation-not-supported',
  'operation-failed',
  'partial-operation',
  'malformed-message',
]);

/** Returns the rpc message around one operation, given as XML (RFC 6241 §4.1). */
export function rpcMessage(messageId: string, operation: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>` +
    `<rpc message-id="${messageId}" xmlns="${NETCONF_NAMESPACE}">${operation}</rpc>`
  );
}

/**
 * Reads an rpc-reply, in turns and without building it: a configuration may be large. Throws ProtocolFault for any
 * other message.
 */
export async function readReply(runtime: Runtime, message: string, isOver?: () => boolean): Promise<RpcReply> {
  const reply = new ReplyVisitor();
  await readXml(runtime, message, reply, isOver);
  if (reply.name !== 'rpc-reply') throw new ProtocolFault('a message is not an rpc-reply');
  if (reply.messageId === undefined) throw new ProtocolFault('an rpc-reply has no message-id');
  return { messageId: reply.messageId, text: message, errorTag: reply.errorTag };
}

/** An rpc-error that is open. */
interface OpenError {
  readonly depth: number;
  tag: string;
  severity: string;
}

/** The longest valid error-tag and error-severity. */
const WORD_LENGTH = 64;

/**
 * Extracts the id of the request and the tag of the first error that isn't a warning: directly in the reply or in the
 * results that Junos puts around it; never in `data`. The device's message is left out: it may quote the configuration,
 * including secrets.
 */
class ReplyVisitor implements XmlVisitor {
  name: string | undefined;
  messageId: string | undefined;
  errorTag: string | undefined;
  readonly #path: string[] = [];
  #error: OpenError | null = null;

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    this.#path.push(name);
    const depth = this.#path.length;
    if (depth === 1) {
      this.name = name;
      this.messageId = attributes.get('message-id');
    }
    const mayHoldErrors = depth === 2 || (depth === 3 && this.#path[1] !== 'data');
    if (name === 'rpc-error' && mayHoldErrors && this.#error === null) this.#error = { depth, tag: '', severity: '' };
  }

  text(text: string): void {
    const error = this.#error;
    if (error === null || this.#path.length !== error.depth + 1) return;
    const name = this.#path.at(-1);
    if (name === 'error-tag') error.tag = (error.tag + text).slice(0, WORD_LENGTH);
    if (name === 'error-severity') error.severity = (error.severity + text).slice(0, WORD_LENGTH);
  }

  close(): void {
    const error = this.#error;
    if (error !== null && this.#path.length === error.depth) {
      if (error.severity.trim() !== 'warning') this.errorTag ??= knownTag(error.tag.trim());
      this.#error = null;
    }
    this.#path.pop();
  }
}

function knownTag(tag: string): string {
  return errorTags.has(tag) ? tag : 'unknown error';
}
