/**
 * A NETCONF client (RFC 6241) over SSH (RFC 6242). The guided way through: ssh-connection.ts opens the channel,
 * framing.ts cuts it into messages, hello.ts and session.ts speak.
 */
import type { Runtime } from '../../kernel/index.ts';
import { ConnectionScope } from './connection-scope.ts';
import type { HostKeyPolicy } from './host-key.ts';
import { MessageStream } from './message-stream.ts';
import { type NetconfSession, startSession } from './session.ts';
import { connectSsh } from './ssh-connection.ts';
import { type NetconfTarget, TargetErrors } from './target.ts';

export type { HostKeyPolicy } from './host-key.ts';
export type { NetconfSession } from './session.ts';
export type { NetconfTarget } from './target.ts';

/** How a session is opened. */
export interface NetconfOptions {
  readonly hostKey: HostKeyPolicy;
  /** For opening, all steps together; and then for each reply. */
  readonly timeoutMs: number;
  /** Ends the attempt, and the session that came of it. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a session: connects, checks the host key, logs in, opens the subsystem `netconf`, exchanges hellos. Whoever
 * gets one must close it.
 *
 * Throws NETCONF_UNREACHABLE (also when time is up, or `signal` aborts), NETCONF_HOST_KEY (before the password was
 * sent), NETCONF_AUTHENTICATION, NETCONF_PROTOCOL, and what the host key policy rejects with.
 */
export async function openNetconf(
  runtime: Runtime,
  target: NetconfTarget,
  options: NetconfOptions,
): Promise<NetconfSession> {
  const { timeoutMs } = options;
  const errors = new TargetErrors(target);
  const line = new ConnectionScope();
  endOnAbort(line, errors, options.signal);
  const timer = runtime.after(timeoutMs, () => line.end(errors.noAnswer(timeoutMs)));
  try {
    const channel = await connectSsh(target, options.hostKey, line, errors);
    const messages = new MessageStream(runtime, channel.stream, line, errors);
    return await startSession({ runtime, channel, messages, line, errors, timeoutMs });
  } catch (error) {
    line.end(error);
    throw error;
  } finally {
    timer.cancel();
  }
}

function endOnAbort(line: ConnectionScope, errors: TargetErrors, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const abort = () => line.end(errors.unreachable('the attempt was cancelled'));
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  line.onEnd(() => signal.removeEventListener('abort', abort));
}
