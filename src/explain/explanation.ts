import type { CatalogRow } from '../catalog/index.ts';
import { transactionEvents } from '../database/index.ts';
import { type LoadedHooks, nothingLoaded, outsideEvents } from '../hooks/index.ts';
import type { JsonObject } from '../kernel/index.ts';
import {
  actionsOf,
  behaviourText,
  influenceText,
  type Model,
  type ResourceType,
  referrersOf,
  type Sentence,
} from '../schema/index.ts';
import { shapeText } from './action-text.ts';
import { handlersText } from './handler-text.ts';
import { machinesOf, rulesText, statusText } from './status-text.ts';
import { machineWords, type TypeStyle } from './type-style.ts';

/** The behaviour of a type, and the effects of other types on it, as text for a terminal. Holds no secrets. */
export interface Explanation {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** The path of its list; null if it has no resources. */
  readonly url: string | null;
  readonly parent: string | null;
  readonly does: readonly Sentence[];
  /** The effects of other types on it. */
  readonly undergoes: readonly Sentence[];
  /** The rules of its status, in lines. */
  readonly status: readonly string[];
  readonly work: readonly Sentence[];
  readonly actions: readonly Sentence[];
  /** The events for which it has hooks, whose effects only their code describes. */
  readonly hooks: readonly string[];
  readonly referredToBy: readonly string[];
}

const style: TypeStyle = {
  name: (name) => name,
  value: (value) => JSON.stringify(value),
  type: (id) => id,
  machine: machineWords,
};

/** Explains a type; `rows` are the initial rows of the catalogue, for the templates among them. */
export function explainType(
  model: Model,
  type: ResourceType,
  rows: readonly CatalogRow[],
  hooks: Pick<LoadedHooks, 'of'> = nothingLoaded,
): Explanation {
  const wording = { model, style };
  const { title, description } = type.document;
  return {
    type: type.id,
    title: typeof title === 'string' ? title : '',
    description: typeof description === 'string' ? description : '',
    url: type.routed ? type.url : null,
    parent: type.parent,
    does: behaviourText(type, wording),
    undergoes: influenceText(type, wording),
    status: statusLines(type),
    work: workOf(type, rows),
    actions: actionSentences(type),
    hooks: [...outsideEvents, ...transactionEvents].filter((event) => hooks.of(type.id, event).length > 0),
    referredToBy: referrersOf(type, wording),
  };
}

/** An explanation as lines. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { type, title, description, url, parent, does, undergoes, status, work, actions, hooks, referredToBy } =
    explanation;
  const facts = [
    ...(url === null ? ['It has no resources of its own.'] : [`Its URL is ${url}.`]),
    ...(parent === null ? [] : [`It is a child of ${parent}.`]),
    ...(referredToBy.length === 0 ? [] : [`Referred to by ${referredToBy.join(', ')}.`]),
  ];
  return [
    `${type}: ${[title, description].filter((text) => text !== '').join(': ')}`,
    ...facts,
    ...section('What it does by itself', bulletLines(does)),
    ...section('What others do to it', bulletLines(undergoes)),
    ...section('Its status', status),
    ...section('Who works on it', bulletLines(work)),
    ...section('Its actions', bulletLines(actions)),
    ...section(
      'Its hooks are in hooks/ of the catalogue, for',
      hooks.map((event) => `  - ${event}`),
    ),
  ];
}

/** An explanation as JSON, its keys in snake case as in all answers of the API. */
export function explanationJson({ referredToBy, ...others }: Explanation): JsonObject {
  const { does, undergoes, status, work, actions, hooks, ...facts } = others;
  const sentences = { does: does.map(sentenceJson), undergoes: undergoes.map(sentenceJson) };
  const rest = {
    work: work.map(sentenceJson),
    actions: actions.map(sentenceJson),
    hooks: [...hooks],
    referred_to_by: [...referredToBy],
  };
  return { ...facts, ...sentences, status: [...status], ...rest };
}

function sentenceJson({ text, parts }: Sentence): JsonObject {
  return { text, parts: parts.map(sentenceJson) };
}

function section(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${heading}:`, ...lines];
}

function bulletLines(sentences: readonly Sentence[], indent = '  '): readonly string[] {
  return sentences.flatMap(({ text, parts }) => [`${indent}- ${text}`, ...bulletLines(parts, `${indent}  `)]);
}

function statusLines(type: ResourceType): readonly string[] {
  const own = statusText(type, style);
  if (own === null) return [];
  const machines = machinesOf([type]).flatMap(({ name, rules }) => [
    `The ${machineWords(name)}, of which the first matching rule decides:`,
    ...rulesText(rules, style).split('\n'),
  ]);
  const lines = [...own.split('\n'), ...machines].filter((line) => line !== '');
  return lines.map((line) => `  ${line}`);
}

function workOf(type: ResourceType, rows: readonly CatalogRow[]): readonly Sentence[] {
  const parameter = ([name, source]: readonly [string, string]): Sentence => ({
    text: `${name}: ${source}`,
    parts: [],
  });
  return handlersText(type, rows, style).map(({ text, templates }) => ({
    text,
    parts: templates.map((template) => ({ text: template.text, parts: template.parameters.map(parameter) })),
  }));
}

function actionSentences(type: ResourceType): readonly Sentence[] {
  return actionsOf(type).map(({ name, method, path, description, input, output }) => {
    const shapes = [
      ['takes', shapeText(input, style.name)],
      ['answers', shapeText(output, style.name)],
    ].flatMap(([verb, shape]) => (shape === '' ? [] : [`${verb} ${shape}`]));
    const words = [description, ...shapes].filter((text) => text !== '').join('; ');
    return { text: `${name} (${method} ${path})${words === '' ? '' : `: ${words}`}`, parts: [] };
  });
}
