import { parametersIn } from '../../hot/index.ts';
import { isDistinct, isJsonObject, type Json } from '../../kernel/index.ts';
import type { StackOutput } from '../../southbound/stack/index.ts';
import { type IsSecretParam, textsIn } from '../job-secrets.ts';

/** The knowledge that decides which outputs of a stack are secret. */
export interface OutputSecrets {
  /** The rendered HOT template. */
  readonly document: Json;
  readonly isSecret: IsSecretParam;
  /** The secret texts that the stack was given. */
  readonly secrets: ReadonlySet<string>;
}

/**
 * The secret outputs of a stack, whatever their names: outputs that the template makes from secret or hidden
 * parameters, and outputs that contain a secret that the stack was given.
 */
export function secretOutputsOf(outputs: readonly StackOutput[], known: OutputSecrets): readonly string[] {
  const long = [...known.secrets].filter(isDistinct);
  return outputs.flatMap(({ output_key: name, output_value: value }) => {
    const texts = textsIn(value);
    const holds = texts.some((text) => known.secrets.has(text) || long.some((secret) => text.includes(secret)));
    return holds || isMadeOfSecrets(name, known) ? [name] : [];
  });
}

function isMadeOfSecrets(output: string, { document, isSecret }: OutputSecrets): boolean {
  const outputs = isJsonObject(document) ? document.outputs : undefined;
  const source = isJsonObject(outputs) && Object.hasOwn(outputs, output) ? outputs[output] : undefined;
  return source !== undefined && parametersIn(source).some(isSecret);
}
