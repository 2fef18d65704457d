import { isJsonObject, type Json, type JsonObject, jsonEqual, MASK, pointerPart } from '../kernel/index.ts';

/** A difference between a recorded and a planned value; undefined: it doesn't exist. */
export interface Difference {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly recorded: Json | undefined;
  readonly planned: Json | undefined;
}

/** Whether the value at a pointer is a secret as a whole: any text equals any other, and none is rendered. */
export type IsSecret = (pointer: string) => boolean;

/** The differences between two values, at the smallest parts. Secrets are masked. */
export function differences(
  recorded: Json | undefined,
  planned: Json | undefined,
  isSecretAt: IsSecret = () => false,
  pointer = '',
): readonly Difference[] {
  if ((recorded === MASK && planned !== undefined) || jsonEqual(recorded, planned)) return [];
  const isSecret = isSecretAt(pointer) ? () => true : isSecretAt;
  if (isSecret(pointer) && typeof recorded === 'string' && typeof planned === 'string') return [];
  if (isJsonObject(recorded) && isJsonObject(planned)) return ofObjects(recorded, planned, isSecret, pointer);
  if (Array.isArray(recorded) && Array.isArray(planned) && recorded.length === planned.length) {
    const parts: readonly Json[] = recorded;
    return parts.flatMap((part, i) => differences(part, planned[i], isSecret, `${pointer}/${i}`));
  }
  return [
    {
      pointer,
      recorded: withoutSecrets(recorded, isSecret, pointer),
      planned: withoutSecrets(planned, isSecret, pointer),
    },
  ];
}

function ofObjects(
  recorded: JsonObject,
  planned: JsonObject,
  isSecret: IsSecret,
  pointer: string,
): readonly Difference[] {
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(planned)])];
  return names.flatMap((name) =>
    differences(own(recorded, name), own(planned, name), isSecret, `${pointer}/${pointerPart(name)}`),
  );
}

function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function withoutSecrets(value: Json | undefined, isSecret: IsSecret, pointer: string): Json | undefined {
  if (value === undefined || value === null) return value;
  if (isSecret(pointer)) return MASK;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      withoutSecrets(part, isSecret, `${pointer}/${pointerPart(name)}`) ?? null,
    ]),
  );
}
