import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { MappingContext } from '../../src/schema/mapping.ts';

const fields = ['a_id', 'b_id'] as const;
const ids = ['n0', 'n1', 'n2', 'n3', 'n4'] as const;

/** Nodes that refer to each other, of which some may be gone: the context of the first one. */
export function worlds(mayBeGone: boolean): fc.Arbitrary<MappingContext> {
  const id = fc.constantFrom(...ids);
  const node = fc.record({
    a_id: id,
    b_id: id,
    name: fc.constantFrom<Json>('x', 'y', 7, true, null),
    refs: fc.array(id, { maxLength: 3 }),
    items: fc.array(fc.record({ ref: id, name: fc.constantFrom('i', 'j') }), { maxLength: 3 }),
    inner: fc.record({ key: fc.constantFrom('x', 'k') }),
  });
  const gone = mayBeGone ? fc.subarray([...ids]) : fc.constant([]);
  return fc.tuple(fc.tuple(node, node, node, node, node), gone).map(([nodes, missing]) => {
    const rows = new Map(nodes.map((body, i): [string, JsonObject] => [`n${i}`, { id: `n${i}`, ...body }]));
    const body: JsonObject = rows.get('n0') ?? {};
    for (const one of missing) rows.delete(one);
    return {
      type: 'node',
      body,
      version: 4,
      relationOf: (type, field) => (type === 'node' && fields.some((name) => name === field) ? 'node' : null),
      lookup: (type, wanted) => (type === 'node' ? rows.get(wanted) : undefined),
    };
  });
}

/** Sources of mappings of both syntaxes that fit those nodes. */
export function mappingSources(mayIgnore: boolean): fc.Arbitrary<Json> {
  const relation = fc.constantFrom(...fields);
  const typed = relation.map((id): Json => ({ type: 'node', id }));
  const computed = fc.constantFrom('a', 'b').map((letter): Json => ({ concatenate: [letter, '_id'] }));
  const steps = fc.array(fc.oneof<fc.Arbitrary<Json>[]>(relation, typed, computed), { maxLength: 3 });
  const scalar = fc.constantFrom('name', 'id', 'a_id');
  const ignored = mayIgnore ? fc.constantFrom<JsonObject>({}, { ignore_missing: true }) : fc.constant<JsonObject>({});
  const reading = (field: fc.Arbitrary<string>, path: fc.Arbitrary<readonly Json[]>): fc.Arbitrary<JsonObject> =>
    fc.tuple(field, path, ignored).map(([name, hops, more]) => {
      return hops.length === 0 ? { field: name } : { field: name, path: hops, ...more };
    });
  const output = fc.tuple(steps, ignored).map(([path, more]): Json => ({ output_key: 'id', path, ...more }));
  const text = fc.constantFrom<Json>(
    'Cx',
    'Pname',
    'Pa_id',
    'Vauto_filled',
    'Oinner:key',
    'Fnode+a_id:name',
    'Fnode+b_id:node+a_id:id',
    'ACx&Fnode+a_id:name&Pb_id',
  );
  const ofElement = fc.constantFrom<'' | 'ref'>('', 'ref').chain((ref) => {
    const first = fc.constant<Json>({ type: 'node', id: ref });
    const path = fc.tuple(first, steps).map(([head, rest]) => [head, ...rest]);
    const each = fc.oneof<fc.Arbitrary<Json>[]>(
      reading(scalar, path),
      path.map((hops): Json => ({ output_key: 'id', path: hops })),
      fc.constant<Json>({ field: 'name' }),
    );
    const list = reading(fc.constant(ref === '' ? 'refs' : 'items'), steps);
    return fc.tuple(list, each).map(([for_field, for_mapping]): Json => ({ for_field, for_mapping }));
  });
  return fc.letrec<{ whole: Json; part: Json; condition: Json }>((tie) => ({
    /** Whose value is a scalar that is known. */
    part: fc.oneof(
      { maxDepth: 3 },
      text,
      reading(scalar, steps),
      fc
        .array(tie('part').map(asOperand), { minLength: 1, maxLength: 3 })
        .map((concatenate): Json => ({ concatenate })),
    ),
    condition: fc.oneof(
      fc.tuple(tie('part'), tie('part')).map((operands): Json => ({ equal: operands.map(asOperand) })),
      tie('part').map((subject): Json => ({ regexp: [asOperand(subject), 'x|n1'] })),
    ),
    whole: fc.oneof(
      { maxDepth: 3 },
      tie('part'),
      output,
      ofElement,
      fc
        .tuple(tie('condition'), tie('whole'), tie('whole'))
        .map(([if_mapping, then_mapping, else_mapping]): Json => ({ if_mapping, then_mapping, else_mapping })),
    ),
  })).whole;
}

/** A bare text is a literal among operands; so a mapping in the string syntax is no operand. */
function asOperand(source: Json): Json {
  return typeof source === 'string' ? { field: 'name', path: ['a_id'] } : source;
}
