/** The shape of the value in JSON text, counted without building it. */
export interface JsonShape {
  /** The deepest nesting of brackets. */
  readonly depth: number;
  /** The number of values, at least: each comma and each bracket counts as one. */
  readonly values: number;
}

/**
 * Returns the shape of JSON text: brackets and commas outside strings. Cheap enough to be checked before JSON.parse,
 * which recurses, and which takes far longer for many small values than for a long text.
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

/** Returns the depth of nesting in JSON text. */
export function jsonTextDepth(text: string): number {
  return jsonTextShape(text).depth;
}
