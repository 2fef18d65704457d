/**
 * A NETCONF client (RFC 6241) over SSH (RFC 6242). Reading order: ssh-connection.ts opens the channel, framing.ts
 * splits it into messages, hello.ts and session.ts implement the protocol.
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

/** The options of a session. */
export interface NetconfOptions {
  readonly hostKey: HostKeyPolicy;
  /** The time for opening, all steps together, and then for each reply. */
  readonly timeoutMs: number;
  /** Ends the attempt, and the resulting session. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a session: connects, checks the host key, logs in, opens the subsystem `netconf`, exchanges hellos. The caller
 * has to close it.
 *
 * Throws NETCONF_UNREACHABLE (also when time is up, or `signal` aborts), NETCONF_HOST_KEY (before the password was
 * sent), NETCONF_AUTHENTICATION, NETCONF_PROTOCOL, and the errors of the host key policy.
 */
export async function openNetconf(
  runtime: Runtime,
  target: NetconfTarget,
  options: NetconfOptions,
): Promise<NetconfSession> {
  const { timeoutMs } = options;
  const errors = new TargetErrors(target);
  const scope = new ConnectionScope();
  endOnAbort(scope, errors, options.signal);
  const timer = runtime.after(timeoutMs, () => scope.end(errors.noAnswer(timeoutMs)));
  try {
    const channel = await connectSsh(target, options.hostKey, scope, errors);
    const messages = new MessageStream(runtime, channel.stream, scope, errors);
    return await startSession({ runtime, channel, messages, scope, errors, timeoutMs });
  } catch (error) {
    scope.end(error);
    throw error;
  } finally {
    timer.cancel();
  }
}

function endOnAbort(scope: ConnectionScope, errors: TargetErrors, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const abort = () => scope.end(errors.unreachable('the attempt was cancelled'));
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener('abort', abort, { once: true });
  scope.onEnd(() => signal.removeEventListener('abort', abort));
}
