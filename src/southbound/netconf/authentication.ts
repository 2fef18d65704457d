import type { AuthHandlerMiddleware, KeyboardInteractiveAuthMethod } from 'ssh2';
import { limits } from '../../kernel/index.ts';
import type { NetconfTarget } from './target.ts';

/** The events between the SSH connection and the login. */
export interface AuthenticationEvents {
  /** Whether the host key was accepted and the connection is encrypted: nothing is sent before. */
  readonly isTrusted: () => boolean;
  readonly refuse: () => void;
}

/**
 * Logs in by the methods that the device offers: 'password', then 'keyboard-interactive' answered with the same
 * password, each once (RFC 4252, RFC 4256). It tries 'none' first, so that a device that requires neither never
 * receives the password.
 */
export function passwordLogin(target: NetconfTarget, events: AuthenticationEvents): AuthHandlerMiddleware {
  const untried = new Set<string>(['none', 'password', 'keyboard-interactive']);
  return (offered, _partialSuccess, next) => {
    if (!events.isTrusted()) {
      events.refuse();
      return;
    }
    if (untried.delete('none')) {
      next({ type: 'none', username: target.login });
    } else if (isOffered(offered, 'password') && untried.delete('password')) {
      next({ type: 'password', username: target.login, password: target.password.reveal() });
    } else if (isOffered(offered, 'keyboard-interactive') && untried.delete('keyboard-interactive')) {
      next({ type: 'keyboard-interactive', username: target.login, prompt: answerPrompts(target, events) });
    } else {
      events.refuse();
    }
  };
}

function isOffered(offered: readonly string[] | null, method: string): boolean {
  return offered?.includes(method) ?? false;
}

/** Hidden prompts get the password, visible ones an empty answer: they ask for something else. */
function answerPrompts(target: NetconfTarget, events: AuthenticationEvents): KeyboardInteractiveAuthMethod['prompt'] {
  let rounds = 0;
  return (_name, _instructions, _language, prompts, finish) => {
    rounds += 1;
    if (rounds > limits.netconfPromptRounds) events.refuse();
    else finish(prompts.map((prompt) => (prompt.echo === true ? '' : target.password.reveal())));
  };
}
