import type { ServerChannel } from 'ssh2';
import { limits } from '../src/kernel/index.ts';
import {
  childNamed,
  commonFraming,
  encodeFrame,
  escapeXml,
  FrameDecoder,
  type Framing,
  helloIn,
  helloMessage,
  NETCONF_NAMESPACE,
  ProtocolFault,
  parseXml,
  type XmlElement,
} from '../src/southbound/netconf/index.ts';
import { routerConfiguration, routerState } from './configuration.ts';

/** One NETCONF session on the side of the router. */
export interface ServerSession {
  readonly routerName: string;
  readonly sessionId: number;
  readonly capabilities: readonly string[];
  /** Called when the hellos are exchanged. If it returns false, requests get no answer. */
  readonly onHello: () => boolean;
  /** Called for each request. */
  readonly onRequest: () => void;
  /** Ends another session. Returns false if there is none with that id. */
  readonly killSession: (sessionId: number) => boolean;
  /** Ends this one. */
  readonly end: () => void;
}

/** Serves a channel: hello, then replies (RFC 6241). A client that breaks the protocol loses its session. */
export function serveNetconf(channel: ServerChannel, session: ServerSession): void {
  const decoder = new FrameDecoder(limits.netconfHelloBytes);
  let framing: Framing | undefined;
  let isServed = true;
  channel.write(encodeFrame('end-of-message', helloMessage(session)));

  const receive = (message: string) => {
    if (framing === undefined) {
      framing = commonFraming(session.capabilities, helloIn(parseXml(message)).capabilities);
      decoder.expect(framing, limits.netconfMessageBytes);
      isServed = session.onHello();
      return;
    }
    session.onRequest();
    if (!isServed) return;
    const answer = answerRequest(session, parseXml(message));
    channel.write(encodeFrame(framing, answer.reply));
    if (answer.isLast) session.end();
  };

  channel.on('data', (bytes: Buffer) => {
    try {
      decoder.push(bytes);
      for (let message = decoder.next(); message !== undefined; message = decoder.next()) receive(message);
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error;
      session.end();
    }
  });
}

interface Answer {
  readonly reply: string;
  readonly isLast: boolean;
}

function answerRequest(session: ServerSession, rpc: XmlElement): Answer {
  if (rpc.name !== 'rpc') throw new ProtocolFault('a message is not an rpc');
  const operation = rpc.children[0];
  if (!rpc.attributes.has('message-id')) {
    return { reply: replyTo(rpc, rpcError('rpc', 'missing-attribute', 'An rpc needs a message-id.')), isLast: false };
  }
  return { reply: replyTo(rpc, operationResult(session, operation)), isLast: operation?.name === 'close-session' };
}

function operationResult(session: ServerSession, operation: XmlElement | undefined): string {
  switch (operation?.name) {
    case 'get':
      return `<data>${routerConfiguration(session.routerName)}${routerState(session.routerName)}</data>`;
    case 'get-config':
      return `<data>${routerConfiguration(session.routerName)}</data>`;
    case 'edit-config':
    case 'lock':
    case 'unlock':
    case 'validate':
    case 'commit':
    case 'discard-changes':
    case 'close-session':
      return '<ok/>';
    case 'kill-session': {
      const killed = session.killSession(Number(childNamed(operation, 'session-id')?.text));
      return killed ? '<ok/>' : rpcError('application', 'invalid-value', 'There is no other session with that id.');
    }
    default:
      return rpcError('protocol', 'operation-not-supported', 'This router does not know the operation.');
  }
}

/** The reply, with the attributes of the request (RFC 6241 §4.2). */
function replyTo(rpc: XmlElement, content: string): string {
  const attributes = [...rpc.attributes]
    .filter(([name]) => name !== 'xmlns')
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?><rpc-reply xmlns="${NETCONF_NAMESPACE}"${attributes}>${content}</rpc-reply>`;
}

function rpcError(type: 'rpc' | 'protocol' | 'application', tag: string, message: string): string {
  return (
    `<rpc-error><error-type>${type}</error-type><error-tag>${tag}</error-tag>` +
    `<error-severity>error</error-severity><error-message xml:lang="en">${message}</error-message></rpc-error>`
  );
}
