import {
  builtInMachines,
  type Matcher,
  type ResourceType,
  type StatusMachine,
  type StatusRule,
} from '../schema/index.ts';
import type { TypeStyle } from './type-style.ts';

/** The rules by which the status of a type follows from a resource's values; null if it has none. */
export function statusText(type: ResourceType, style: TypeStyle): string | null {
  const machine = type.statusMachine;
  if (machine === null) return null;
  const base = baseOf(machine);
  const own = machine.rules.slice(0, machine.rules.length - (base?.rules.length ?? 0));
  const rest = base === null ? '' : style.machine(base.name);
  if (own.length === 0) return `${style.name(machine.field)} follows ${rest}.`;
  const after = base === null ? '' : `, then ${rest}`;
  const lines = [
    `${style.name(machine.field)} follows the first matching one of these rules${after}:`,
    '',
    rulesText(own, style),
  ];
  if (machine.inputs.size === 0) return lines.join('\n');
  const inputs = [...machine.inputs].map(([name, { relation, type: named, field }]) => {
    const target = named ?? type.property.get(relation)?.relation ?? '';
    return `${style.name(name)} is ${style.name(field)} of the ${style.type(target)} that ${style.name(relation)} names`;
  });
  return [...lines, '', `${inputs.join('; ')}.`].join('\n');
}

/** The built-in machines that the types of a catalogue use, by name. */
export function machinesOf(types: Iterable<ResourceType>): readonly StatusMachine[] {
  const used = new Set([...types].map(({ statusMachine }) => (statusMachine === null ? null : baseOf(statusMachine))));
  return [...builtInMachines.values()].filter((machine) => used.has(machine));
}

/** Rules as a numbered list. */
export function rulesText(rules: readonly StatusRule[], style: TypeStyle): string {
  return rules.map((rule, i) => `${i + 1}. ${ruleText(rule, style)}`).join('\n');
}

function ruleText({ when, status }: StatusRule, style: TypeStyle): string {
  const outcome = status === null ? 'unchanged' : style.name(status);
  const conditions = [...when].map(([input, matcher]) => `${style.name(input)} is ${matcherText(matcher, style)}`);
  return conditions.length === 0 ? `${outcome}, always` : `${outcome} if ${conditions.join(' and ')}`;
}

function matcherText({ values, negated }: Matcher, style: TypeStyle): string {
  return `${negated ? 'not ' : ''}${values.map(style.name).join(' or ')}`;
}

/** The built-in machine whose rules come last; null if there is none. */
function baseOf({ rules }: StatusMachine): StatusMachine | null {
  const bases = [...builtInMachines.values()].filter((machine) =>
    machine.rules.every((rule, i) => rule === rules[rules.length - machine.rules.length + i]),
  );
  return bases[0] ?? null;
}
