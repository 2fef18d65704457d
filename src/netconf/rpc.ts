import { ProtocolFault } from './protocol-fault.ts';
import { checkXml, NETCONF_NAMESPACE, parseXml, readRoot, type XmlElement } from './xml.ts';

/** A device's answer: whose, the whole of it, and the error-tag where it refused (RFC 6241 §4.3). */
export interface RpcReply {
  readonly messageId: string;
  readonly text: string;
  readonly errorTag: string | undefined;
}

/** RFC 6241, appendix A. Nothing else is repeated: a tag is the device's word, and may be anything. */
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

/** The rpc message around one operation, given as XML (RFC 6241 §4.1). */
export function rpcMessage(messageId: string, operation: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>` +
    `<rpc message-id="${messageId}" xmlns="${NETCONF_NAMESPACE}">${operation}</rpc>`
  );
}

/** Reads an rpc-reply. Throws ProtocolFault for anything else. */
export function readReply(message: string): RpcReply {
  checkXml(message);
  const root = readRoot(message);
  if (root.name !== 'rpc-reply') throw new ProtocolFault('a message is not an rpc-reply');
  const messageId = root.attributes.get('message-id');
  if (messageId === undefined) throw new ProtocolFault('an rpc-reply has no message-id');
  // A large configuration is parsed only where it could hold an error.
  const errorTag = message.includes('rpc-error') ? findErrorTag(parseXml(message)) : undefined;
  return { messageId, text: message, errorTag };
}

/**
 * The tag of the first error that isn't a warning, directly in the reply or in the results that Junos puts around it;
 * never in `data`. The device's message stays out: it may quote the configuration, secrets and all.
 */
function findErrorTag(reply: XmlElement): string | undefined {
  const candidates = reply.children.flatMap((child) => (child.name === 'data' ? [] : [child, ...child.children]));
  const error = candidates.find(
    (child) => child.name === 'rpc-error' && childText(child, 'error-severity') !== 'warning',
  );
  if (error === undefined) return undefined;
  const tag = childText(error, 'error-tag');
  return errorTags.has(tag) ? tag : 'unknown error';
}

function childText(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? '';
}
