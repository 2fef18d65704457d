import type { Json } from '../../src/kernel/json.ts';
import { askPython, needsPython } from './python.ts';

/** As Heat reads templates (heat/common/template_format.py): JSON if it is that, else PyYAML with dates as text. */
const PROGRAM = `
import json, sys, yaml
class Loader(yaml.CSafeLoader):
    pass
for name in ('str', 'timestamp'):
    Loader.add_constructor('tag:yaml.org,2002:' + name, lambda self, node: self.construct_scalar(node))
results = []
for text in json.load(sys.stdin):
    try:
        try:
            document = json.loads(text)
        except ValueError:
            document = yaml.load(text, Loader=Loader)
        results.append({'document': json.loads(json.dumps(document, allow_nan=False))})
    except Exception:
        results.append(None)
json.dump(results, sys.stdout)
`;

/** Options for a test that needs PyYAML. */
export function needsPyYaml(): { readonly skip?: string } {
  return needsPython('yaml');
}

/** What Heat reads in each text, in a member `document`; null where it can't. */
export function askPyYaml(texts: readonly string[]): readonly Json[] {
  return askPython(PROGRAM, texts);
}
