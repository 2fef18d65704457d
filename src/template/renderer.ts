import type { JsonObject } from '../kernel/json.ts';
import { Scope } from './context.ts';
import { applyFilter, evaluate, operand } from './evaluator.ts';
import { iterate } from './operators.ts';
import { type Origin, Output } from './output.ts';
import { isJsonText, printAny } from './printing.ts';
import { Run } from './run.ts';
import type { Body, FilterStep, Statement, Target } from './syntax.ts';
import { isDict, isSequence, type JsonText, truthy, typeName, type Value } from './value.ts';

const TEMPLATE: Origin = { kind: 'template' };
const TEXT: Origin = { kind: 'text' };

/** Renders the statements of a template with the values of the context. */
export function render(template: string, body: Body, context: JsonObject, run = new Run(template)): Output {
  const output = new Output(run);
  new Renderer(run).body(body, new Scope(run, context), output);
  return output;
}

class Renderer {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  body(body: Body, scope: Scope, output: Output): void {
    for (const statement of body) {
      this.#run.charge(1);
      this.#run.line = statement.line;
      this.#statement(statement, scope, output);
    }
  }

  #statement(statement: Statement, scope: Scope, output: Output): void {
    switch (statement.kind) {
      case 'text':
        output.write(statement.text, statement.line, TEMPLATE);
        return;
      case 'output':
        this.#output(statement, scope, output);
        return;
      case 'if': {
        const branch = statement.branches.find(({ test }) => truthy(operand(this.#run, scope, test)));
        this.body(branch?.body ?? statement.otherwise, scope, output);
        return;
      }
      case 'for':
        this.#for(statement, scope, output);
        return;
      case 'set':
        this.#assign(scope, statement.target, evaluate(this.#run, scope, statement.value));
        return;
      case 'set-block': {
        const block = this.#capture(statement.body, scope.inner());
        this.#assign(scope, statement.target, this.#filtered(block.text(), statement.filters, scope));
        return;
      }
      case 'with':
        this.#with(statement, scope, output);
        return;
      case 'filter-block': {
        const block = this.#capture(statement.body, scope.inner());
        const text = printAny(this.#run, this.#filtered(block.text(), statement.filters, scope));
        const ofTemplate = block.pieces.every((piece) => piece.origin.kind === 'template');
        output.write(text, statement.line, ofTemplate ? TEMPLATE : TEXT);
        return;
      }
    }
  }

  #output(statement: Statement & { readonly kind: 'output' }, scope: Scope, output: Output): void {
    const value = evaluate(this.#run, scope, statement.expression);
    const isLiteral = statement.expression.kind === 'constant';
    output.write(printAny(this.#run, value), statement.line, isLiteral ? TEMPLATE : originOf(value));
  }

  #for(statement: Statement & { readonly kind: 'for' }, scope: Scope, output: Output): void {
    const all = iterate(this.#run, operand(this.#run, scope, statement.iterable));
    const items = this.#chosen(all, statement, scope);
    if (items.length === 0) {
      this.body(statement.otherwise, scope.inner(), output);
      return;
    }
    for (const [index0, item] of items.entries()) {
      this.#run.charge(1);
      this.#run.line = statement.line;
      const inner = scope.inner();
      inner.set('loop', { kind: 'loop', index0, items });
      this.#assign(inner, statement.target, item);
      this.body(statement.body, inner, output);
    }
  }

  #chosen(
    items: readonly Value[],
    { filter, target }: Statement & { readonly kind: 'for' },
    scope: Scope,
  ): readonly Value[] {
    if (filter === undefined) return items;
    return items.filter((item) => {
      const inner = scope.inner();
      this.#assign(inner, target, item);
      return truthy(operand(this.#run, inner, filter));
    });
  }

  #with(statement: Statement & { readonly kind: 'with' }, scope: Scope, output: Output): void {
    const inner = scope.inner();
    for (const { target, value } of statement.bindings) {
      this.#assign(inner, target, evaluate(this.#run, scope, value));
    }
    this.body(statement.body, inner, output);
  }

  #capture(body: Body, scope: Scope): Output {
    const output = new Output(this.#run);
    this.body(body, scope, output);
    return output;
  }

  #filtered(text: string, filters: readonly FilterStep[], scope: Scope): Value | JsonText {
    let value: Value | JsonText = this.#run.text(text);
    for (const step of filters) value = applyFilter(this.#run, scope, isJsonText(value) ? value.text : value, step);
    return value;
  }

  #assign(scope: Scope, target: Target, value: Value | JsonText): void {
    if (target.kind === 'name') {
      scope.set(target.name, value);
      return;
    }
    const plain = isJsonText(value) ? value.text : value;
    if (target.kind === 'member') {
      const namespace = scope.get(target.namespace);
      if (typeof namespace !== 'object' || namespace?.kind !== 'namespace') {
        throw this.#run.fail(`"${target.namespace}" is no namespace`);
      }
      namespace.values.set(target.name, plain);
      return;
    }
    const parts = iterate(this.#run, plain);
    if (parts.length !== target.items.length) {
      throw this.#run.fail(`${typeName(plain)} has ${parts.length} item(s), not ${target.items.length}`);
    }
    for (const [i, inner] of target.items.entries()) this.#assign(scope, inner, parts[i] ?? null);
  }
}

function originOf(value: Value | JsonText): Origin {
  if (!isJsonText(value)) return isSequence(value) || isDict(value) ? { kind: 'collection', value } : TEXT;
  if (isSequence(value.value) || isDict(value.value)) return { kind: 'collection', value: value.value };
  return typeof value.value === 'string' ? { kind: 'quoted' } : TEXT;
}
