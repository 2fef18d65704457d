/** What JSON text would become, counted without building anything. */
export interface JsonShape {
  /** The deepest nesting of brackets. */
  readonly depth: number;
  /** Values, at least: each comma and each bracket stands for one. */
  readonly values: number;
}

/**
 * The shape of JSON text: brackets and commas outside strings. Cheap enough to ask before JSON.parse, which recurses, and
 * which takes far longer to make many small values than to read a long text.
 */
export function jsonTextShape(text: string): JsonShape {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x2c) values++;
    else if (c === 0x7b || c === 0x5b) {
      values++;
      deepest = Math.max(deepest, ++depth);
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
  return { depth: deepest, values };
}

/** The depth of nesting in JSON text. */
export function jsonTextDepth(text: string): number {
  return jsonTextShape(text).depth;
}
