/** The section `parameters` in the source of a template, before it is rendered. */
export type ParametersSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'section'; readonly text: string }
  /** It isn't HOT, or this can't be known before rendering. */
  | { readonly kind: 'unknown' };

/**
 * Finds the section `parameters` without rendering. The source has to contain it unchanged, with the line that begins
 * the next section. @param fixed the parts of the source that no value changes
 */
export function parametersSource(source: string, fixed: readonly string[]): ParametersSource {
  const isVersioned = fixed.some((text) => /^heat_template_version:/m.test(text));
  const sections = source.match(/^parameters:/gm) ?? [];
  if (!isVersioned || sections.length > 1) return { kind: 'unknown' };
  if (sections.length === 0) return { kind: /^["']?parameters["']?\s*:/m.test(source) ? 'unknown' : 'none' };
  const text = fixed.flatMap((part) => /^parameters:.*?\n(?=[A-Za-z])/ms.exec(part) ?? [])[0];
  return text === undefined ? { kind: 'unknown' } : { kind: 'section', text };
}

/**
 * The lines of the source, from 1, that declare these parameters. If one isn't found, it has the line of the section.
 */
export function parameterLines(source: string, names: readonly string[]): ReadonlyMap<string, number> {
  const lines = source.split('\n');
  const found = lines.findIndex((line) => /^\s*["']?parameters["']?\s*:/.test(line));
  const start = Math.max(0, found);
  return new Map(
    names.map((name) => {
      const at = lines.findIndex((line, i) => i >= start && keyOf(line) === name);
      return [name, (at < 0 ? start : at) + 1];
    }),
  );
}

/** Whether the source may declare a hidden parameter. */
export function mayHide(source: string): boolean {
  return /\bhidden["']?\s*:/.test(source);
}

function keyOf(line: string): string | undefined {
  return /^\s+["']?([^\s"':]+)["']?\s*:/.exec(line)?.[1];
}
