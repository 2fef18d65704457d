import type { Redactor } from './redactor.ts';

/**
 * Describes an unexpected exception: its kind and the places in the code. Its message is left out, since it may hold
 * anything, unless there is a redactor that knows the secrets that it may repeat.
 */
export function crashText(error: unknown, redact?: Redactor): string {
  if (!(error instanceof Error))
    return typeof error === 'string' && redact !== undefined ? redact(error) : typeof error;
  const head = redact === undefined ? error.name : `${error.name}: ${redact(error.message)}`;
  return [head, ...framesOf(error)].join('\n');
}

/** The lines of a stack after its message, whose lines may look like frames. */
function framesOf({ stack = '', message }: Error): readonly string[] {
  const at = stack.indexOf(message);
  const behind = at < 0 ? '' : stack.slice(at + message.length);
  return behind.split('\n').filter((line) => /^\s+at\s/.test(line));
}
