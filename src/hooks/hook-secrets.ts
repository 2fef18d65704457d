import { crashText, type Log, type LogFields, limits, MASK, type Redactor, redactorOf } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { isSecretName } from '../schema/secrets/index.ts';

/** The secrets in all data that a hook received: its own texts in logs may repeat them. */
export class HookSecrets {
  readonly #given: (readonly [ResourceType | undefined, unknown])[] = [];

  /** Adds data that a hook receives about a resource of a type. */
  add(type: ResourceType | undefined, given: unknown): void {
    this.#given.push([type, given]);
  }

  /** A redactor for the hook's texts; the secrets are collected now. */
  get redact(): Redactor {
    return redactorOf(this.#given.flatMap(([type, given]) => [...secretsIn(type, given, 0, false)]));
  }

  /** A log for the hook's own texts. */
  log(log: Log): Log {
    const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
      const { redact } = this;
      log[level]({ ...redactedMembers(fields, redact, 0) }, redact(String(message)));
    };
    return {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      child: (fields) => this.log(log.child({ ...redactedMembers(fields, this.redact, 0) })),
    };
  }
}

function* secretsIn(
  type: ResourceType | undefined,
  value: unknown,
  depth: number,
  isSecret: boolean,
): Generator<string> {
  if (typeof value === 'string' || typeof value === 'number') {
    if (isSecret) yield String(value);
  } else if (typeof value === 'object' && value !== null && depth <= limits.jsonDepth) {
    for (const [name, part] of Object.entries(value)) {
      const isOne = isSecret || (type?.property.get(name)?.secret ?? isSecretName(name));
      yield* secretsIn(type, part, depth + 1, isOne);
    }
  }
}

function redactedMembers(value: object, redact: Redactor, depth: number): { readonly [name: string]: unknown } {
  const members = Object.entries(value).map(([name, part]: readonly [string, unknown]) => {
    return [name, isSecretName(name) ? MASK : redactedPart(part, redact, depth)] as const;
  });
  return Object.fromEntries(members);
}

function redactedPart(value: unknown, redact: Redactor, depth: number): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) return crashText(value, redact);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > limits.jsonDepth) return MASK;
  if (Array.isArray(value)) return value.map((part: unknown) => redactedPart(part, redact, depth + 1));
  return redactedMembers(value, redact, depth + 1);
}
