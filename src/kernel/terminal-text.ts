/**
 * Returns JSON text without terminal commands and without characters that reverse the direction of the text beside it.
 * It is the same value, with more escapes than JSON requires (C1 controls, line and paragraph separators, controls of
 * the direction).
 */
export function harmlessJson(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escapedCharacter);
}

/** Returns a character as a numeric escape of JSON and JavaScript. */
export function escapedCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
