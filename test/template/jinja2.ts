import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Json, JsonObject } from '../../src/kernel/json.ts';

/** A template and its context, as the oracle takes them. */
export interface OracleCase {
  readonly template: string;
  readonly context: JsonObject;
}

const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

const PROGRAM = `
import json, sys, jinja2
environment = jinja2.Environment()
results = []
for case in json.load(sys.stdin):
    try:
        results.append(environment.from_string(case['template']).render(**case['context']))
    except Exception:
        results.append(None)
json.dump(results, sys.stdout)
`;

/** Options for a test that needs Python's Jinja2: a reason to skip where it isn't there. Throws where it must be. */
export function needsJinja2(): { readonly skip?: string } {
  if (spawnSync(PYTHON, ['-c', 'import jinja2']).status === 0) return {};
  const reason = 'python3 with jinja2 is not installed here';
  if (process.env.KAMADO_TEST_SERVICES === 'required') {
    throw new Error(`${reason}, and KAMADO_TEST_SERVICES asks for it`);
  }
  return { skip: reason };
}

/** What Python's Jinja2, default Environment, makes of each case; null where it raises. */
export function askJinja2(cases: readonly OracleCase[]): readonly Json[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', PROGRAM], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr}`);
  const results: readonly Json[] = JSON.parse(stdout);
  return results;
}
