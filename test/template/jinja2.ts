import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { askPython, needsPython } from './python.ts';

/** A template and its context, as the oracle takes them. */
export interface OracleCase {
  readonly template: string;
  readonly context: JsonObject;
}

const PROGRAM = `
import json, re, sys, jinja2
environment = jinja2.Environment()
environment.filters['match'] = lambda value, pattern: isinstance(value, str) and re.match(pattern, value) is not None
results = []
for case in json.load(sys.stdin):
    try:
        results.append(environment.from_string(case['template']).render(case['context']))
    except Exception:
        results.append(None)
json.dump(results, sys.stdout)
`;

/** Options for a test that needs Python's Jinja2. */
export function needsJinja2(): { readonly skip?: string } {
  return needsPython('jinja2');
}

/** What Python's Jinja2, default Environment, makes of each case; null where it raises. */
export function askJinja2(cases: readonly OracleCase[]): readonly Json[] {
  return askPython(PROGRAM, cases);
}
