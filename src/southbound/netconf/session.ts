import { kamadoError, limits, type Runtime, type Timer } from '../../kernel/index.ts';
import type { ConnectionScope } from './connection-scope.ts';
import { BASE_1_0, BASE_1_1, commonFraming, type Hello, helloMessage, readHello } from './hello.ts';
import type { MessageStream } from './message-stream.ts';
import { ProtocolFault } from './protocol-fault.ts';
import { readReply, rpcMessage } from './rpc.ts';
import type { NetconfChannel } from './ssh-connection.ts';
import type { TargetErrors } from './target.ts';

/** An open NETCONF session. */
export interface NetconfSession {
  /** The id that the device assigned. */
  readonly sessionId: number;
  /** The capabilities in the form that the device announced. */
  readonly capabilities: readonly string[];
  /**
   * Sends one operation, one well-formed element (`<get-config>…</get-config>`), and resolves with the device's whole
   * rpc-reply. Requests may be sent before earlier ones are answered, at most `netconfPendingRequests`.
   *
   * Throws NETCONF_RPC_ERROR when the device refuses the request (the session continues), OVERLOADED when too many
   * wait. Any other fault ends the session, and all waiting requests throw it: NETCONF_UNREACHABLE (also when a reply
   * doesn't come within the time-out of the session), NETCONF_PROTOCOL.
   */
  readonly rpc: (xml: string) => Promise<string>;
  /** Ends the session: by close-session, if the device answers soon. Never rejects. Nothing is left open afterwards. */
  readonly close: () => Promise<void>;
}

/** The parts of a session. */
export interface SessionParts {
  readonly runtime: Runtime;
  readonly channel: NetconfChannel;
  readonly messages: MessageStream;
  readonly scope: ConnectionScope;
  readonly errors: TargetErrors;
  /** The time for each reply. */
  readonly timeoutMs: number;
}

const OUR_CAPABILITIES = [BASE_1_0, BASE_1_1];

/** Exchanges the hellos (RFC 6241 §8.1), without waiting for the device's hello first, and agrees on the framing. */
export async function startSession(parts: SessionParts): Promise<NetconfSession> {
  const { messages, scope } = parts;
  messages.send(helloMessage({ sessionId: undefined, capabilities: OUR_CAPABILITIES }));
  const { sessionId, capabilities } = await scope.wait<Hello & { sessionId: number }>((resolve) => {
    messages.onMessage(async (message) => {
      const hello = await readHello(parts.runtime, message, () => scope.isOver);
      if (hello.sessionId === undefined) throw new ProtocolFault('its hello has no session-id');
      messages.useFraming(commonFraming(OUR_CAPABILITIES, hello.capabilities));
      messages.onMessage(async () => {
        throw new ProtocolFault('it answers what was not asked');
      });
      resolve({ capabilities: hello.capabilities, sessionId: hello.sessionId });
    });
  });
  const requests = new Requests(parts);
  let closing: Promise<void> | undefined;
  return {
    sessionId,
    capabilities,
    rpc: (xml) => requests.send(xml, parts.timeoutMs),
    close: () => {
      closing ??= closeSession(parts, requests);
      return closing;
    },
  };
}

async function closeSession(parts: SessionParts, requests: Requests): Promise<void> {
  const { runtime, channel, scope, errors } = parts;
  if (scope.isOver) return;
  const end = () => scope.end(errors.unreachable('the session is closed'));
  const timer = runtime.after(limits.netconfCloseTimeoutMs, end);
  try {
    await requests.sendLast('<close-session/>', limits.netconfCloseTimeoutMs);
    await channel.disconnect();
  } catch {
    // The device is gone, silent, or refuses close-session. The connection is closed anyway.
  } finally {
    timer.cancel();
    end();
  }
}

/** The requests of a session and their replies, matched by message-id. */
class Requests {
  readonly #parts: SessionParts;
  readonly #waiting = new Map<
    string,
    { readonly settle: (reply: string) => void; readonly refuse: (e: Error) => void }
  >();
  #lastId = 0;
  #isClosing = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    parts.messages.onMessage((message) => this.#receive(message));
  }

  send(operation: string, timeoutMs: number): Promise<string> {
    if (this.#isClosing) return Promise.reject(this.#parts.errors.unreachable('the session is closed'));
    if (this.#waiting.size >= limits.netconfPendingRequests) {
      const params = { queue: 'the NETCONF session', limit: limits.netconfPendingRequests };
      return Promise.reject(kamadoError('OVERLOADED', params));
    }
    return this.#exchange(operation, timeoutMs);
  }

  /** Sends the last request. Later ones are refused. */
  sendLast(operation: string, timeoutMs: number): Promise<string> {
    this.#isClosing = true;
    return this.#exchange(operation, timeoutMs);
  }

  #exchange(operation: string, timeoutMs: number): Promise<string> {
    const { runtime, messages, scope, errors } = this.#parts;
    this.#lastId += 1;
    const messageId = String(this.#lastId);
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const finish = () => {
        timer?.cancel();
        forget();
        this.#waiting.delete(messageId);
      };
      const refuse = (error: unknown) => {
        finish();
        reject(error);
      };
      let forget = () => {};
      forget = scope.onEnd(refuse);
      if (scope.isOver) return;
      // A reply that comes too late would match no request, so the session ends.
      timer = runtime.after(timeoutMs, () => scope.end(errors.noAnswer(timeoutMs)));
      const settle = (reply: string) => {
        finish();
        resolve(reply);
      };
      this.#waiting.set(messageId, { settle, refuse });
      messages.send(rpcMessage(messageId, operation));
    });
  }

  async #receive(message: string): Promise<void> {
    const { runtime, scope } = this.#parts;
    const reply = await readReply(runtime, message, () => scope.isOver);
    const request = this.#waiting.get(reply.messageId);
    if (request === undefined) throw new ProtocolFault('it answers what was not asked');
    if (reply.errorTag === undefined) request.settle(reply.text);
    else request.refuse(this.#parts.errors.rpcError(reply.errorTag));
  }
}
