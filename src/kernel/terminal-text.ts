/**
 * JSON text of which nothing is a command to a terminal, nor turns the direction of what stands beside it: the same value,
 * with escapes that JSON doesn't ask for (C1 controls, line and paragraph separators, controls of the direction).
 */
export function harmlessJson(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escapedCharacter);
}

/** A character as JSON and JavaScript write it by its number. */
export function escapedCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
