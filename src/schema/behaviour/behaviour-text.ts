import { MASK } from '../../kernel/index.ts';
import { endOfPath } from '../mapping-checks.ts';
import { type MappingStyle, pathText } from '../mapping-text.ts';
import type { Model, ResourceType } from '../model.ts';
import { isSecretName } from '../secrets/secret-names.ts';
import type {
  Child,
  Counter,
  CounterAllocation,
  Ensured,
  FollowUp,
  NumberForm,
  Pool,
  PoolAllocation,
  RelatedUpdate,
} from './behaviour.ts';
import type { Condition, Value } from './value.ts';
import { conditionText, innerText, listed, subjectText, valueText } from './value-text.ts';

/** The rendering of names, values and types in the description of a type. */
export interface BehaviourStyle extends MappingStyle {
  /** Renders a type that can be looked up. */
  readonly type: (id: string) => string;
}

/** A sentence, and the sentences below it. */
export interface Sentence {
  readonly text: string;
  readonly parts: readonly Sentence[];
}

/** The input of a description. */
export interface Wording {
  readonly model: Pick<Model, 'types'>;
  readonly style: BehaviourStyle;
}

/** Describes the behaviour of a type, one sentence for each part. Values that may be secret are left out. */
export function behaviourText(type: ResourceType, wording: Wording): readonly Sentence[] {
  const { ensures, pools, counters, allocations, children, updates, followUps, requires } = type.behaviour;
  return [
    ...ensures.map((ensured) => ensuredText(ensured, wording)),
    ...type.properties.flatMap(({ name, initial, creatable }) => {
      if (initial === null) return [];
      const otherwise = creatable ? ', unless the client sets it' : '';
      const begin = settingText(name, initial, type, wording);
      return [sentence(`${wording.style.name(name)} begins as ${begin}${otherwise}.`)];
    }),
    ...[...pools.values()].map((pool) => poolText(pool, wording)),
    ...[...counters.values()].map((counter) => counterText(counter, wording)),
    ...allocations.map((allocation) =>
      allocation.kind === 'pool'
        ? poolAllocationText(allocation, type, wording)
        : counterAllocationText(allocation, wording),
    ),
    ...children.map((child) => childText(child, 'it', wording)),
    ...updates.map((update) => updateText(update, type, wording)),
    ...requires.map(({ that, reason }) => requirementText(that, reason, wording)),
    ...followUps.map((followUp) => followUpText(followUp, type, wording)),
  ];
}

/** Returns the indefinite article for the beginning of a sentence. */
export function article(type: string): string {
  return /^[aeiou]/.test(type) ? 'An' : 'A';
}

/** Returns a sentence of its own. */
export function sentence(text: string, parts: readonly Sentence[] = []): Sentence {
  return { text, parts };
}

function ensuredText({ type, id, properties }: Ensured, wording: Wording): Sentence {
  const { style } = wording;
  const text = `The ${style.type(type)} with the id ${valueText(id, style)} is made first, unless it exists`;
  const settings = settingsText(properties, wording.model.types.get(type), wording);
  return settings === '' ? sentence(`${text}.`) : sentence(`${text}; it gets ${settings}.`);
}

function poolText(
  { name, first, last, reserved, offers, withheld, bitmap, free, newVersion }: Pool,
  { style }: Wording,
): Sentence {
  const without = reserved === null ? '' : `, but not those in ${valueText(reserved, style)}`;
  return sentence(
    [
      `Hands out ${style.name(name)} from ${valueText(first, style)} to ${valueText(last, style)}${without}.`,
      ...(offers === null ? [] : [`Without an explicit request it is one of ${valueText(offers, style)}.`]),
      ...(withheld === null ? [] : [`An explicit request is needed for one of ${valueText(withheld, style)}.`]),
      ...(free === null ? [] : [`The number of free ones is in ${style.name(free)}.`]),
      ...(bitmap === null ? [] : [`The taken and reserved ones are in ${style.name(bitmap.property)}, as base64.`]),
      ...versionWords(newVersion),
    ].join(' '),
  );
}

function requirementText(that: Condition, reason: string, { style }: Wording): Sentence {
  return sentence(`A request is refused unless ${conditionText(that, style)}: “${reason}”`);
}

function counterText({ property, capacity, newVersion }: Counter, { style }: Wording): Sentence {
  const name = style.name(property);
  const text =
    capacity === null
      ? `${name} shows how much is taken.`
      : `${name} shows what is left of ${valueText(capacity, style)}; if nothing is left, a request is refused.`;
  return sentence([text, ...versionWords(newVersion)].join(' '));
}

function versionWords(newVersion: boolean): readonly string[] {
  return newVersion ? ['Each allocation and each return makes a new version.'] : [];
}

const forms: Readonly<Record<NumberForm, string>> = {
  integer: '',
  string: ', as text',
  address: ', as an address',
};

function poolAllocationText(allocation: PoolAllocation, type: ResourceType, { style }: Wording): Sentence {
  const { pool, type: giver, from, into, as, owner, each, when } = allocation;
  const of =
    from.kind === 'list'
      ? `the first ${style.type(giver)} of ${valueText(from, style)} that has one`
      : `the ${style.type(giver)} that ${subjectText(from, style)} names`;
  const holder = each === null ? style.name(into) : `${style.name(into)} of each element of ${style.name(each)}`;
  const settable = type.property.get(each ?? into)?.creatable === true;
  return sentence(
    [
      `${holder}: the lowest free number of ${style.name(pool)} of ${of}${forms[as]}${whereText(when, style)}${settable ? '; or what the client sets, if it is free' : ''}.`,
      ...(owner === null ? [] : [`The resource that gave it is in ${style.name(owner)}.`]),
      'It is given back when the row is gone.',
    ].join(' '),
  );
}

function counterAllocationText({ type, from, counter, amount, when }: CounterAllocation, { style }: Wording): Sentence {
  const one = `${innerText(amount, style)} of ${style.name(counter)} of the ${style.type(type)} that ${subjectText(from, style)} names`;
  return sentence(`Takes ${one}${whereText(when, style)}, and gives it back when the row is gone.`);
}

function childText(
  { name, type, when, properties, link, children }: Child,
  parent: string,
  wording: Wording,
): Sentence {
  const { style, model } = wording;
  const given = [...properties].map(([property, value]) => {
    return sentence(`${style.name(property)}: ${settingText(property, value, model.types.get(type), wording)}`);
  });
  const held = link === null ? '' : `; its id is in ${style.name(link)} of ${parent}`;
  const comes = `${article(type)} ${style.type(type)} (${style.name(name)}) comes and goes with ${parent}`;
  const text = `${comes}${whereText(when, style)}${held}${given.length === 0 ? '.' : ', with:'}`;
  const below = children.map((child) => childText(child, `that ${style.type(type)}`, wording));
  return sentence(text, [...given, ...below]);
}

function updateText(
  { path, when, set, onDelete, keep }: RelatedUpdate,
  type: ResourceType,
  wording: Wording,
): Sentence {
  const { style, model } = wording;
  const target = endOfPath(path, model, type) ?? undefined;
  const whose = `the ${target === undefined ? 'resource' : style.type(target.id)} along ${pathText(path, style)}`;
  const gets = settingsText(set, target, wording);
  const loses = settingsText(onDelete, target, wording);
  return sentence(
    [
      `When it is made or changes${whereText(when, style)}, ${whose} gets ${gets === '' ? '' : `${gets} and `}a new version.`,
      ...(loses === ''
        ? []
        : [`When its row is gone, that gets ${loses}, unless another writer has set it meanwhile.`]),
      ...(keep.length === 0 ? [] : [`That version leaves ${listed(keep.map(style.name))} as it is.`]),
    ].join(' '),
  );
}

function followUpText({ when, set, watches }: FollowUp, type: ResourceType, wording: Wording): Sentence {
  const { style } = wording;
  const others = [
    ...new Set(watches.map((watched) => `the ${style.type(watched.type)} that ${style.name(watched.field)} names`)),
  ];
  const looked = others.length === 0 ? '' : ` It is also looked at when ${listed(others)} changes.`;
  const settings = settingsText(set, type, wording);
  return sentence(`As soon as ${conditionText(when, style)}: a new version with ${settings}.${looked}`);
}

function whereText(when: Condition | null, style: MappingStyle): string {
  return when === null ? '' : ` where ${conditionText(when, style)}`;
}

/** Describes the values that properties are set to: `attached: true`, each masked if it is a secret. */
function settingsText(values: ReadonlyMap<string, Value>, type: ResourceType | undefined, wording: Wording): string {
  const settings = [...values].map(([name, value]) => {
    const words = settingText(name, value, type, wording);
    return `${wording.style.name(name)}: ${/[ ,]/.test(words) && values.size > 1 ? `(${words})` : words}`;
  });
  return listed(settings);
}

function settingText(name: string, value: Value, type: ResourceType | undefined, { style }: Wording): string {
  const secret = type?.property.get(name)?.secret ?? isSecretName(name);
  return valueText(value, secret ? { ...style, value: () => style.name(MASK) } : style);
}
