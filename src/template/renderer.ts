import type { JsonObject } from '../kernel/index.ts';
import { Scope } from './context.ts';
import { applyFilter, callArguments, evaluate, operand, plain } from './evaluator.ts';
import { filterBlock } from './filter-block.ts';
import { iterate } from './operators.ts';
import { originOf, TEMPLATE } from './origin.ts';
import { Output } from './output.ts';
import { printAny } from './printing.ts';
import { Run } from './run.ts';
import type { Body, FilterStep, Statement, Target } from './syntax.ts';
import { type JsonText, truthy, typeName, type Value } from './value.ts';

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
        output.write({ text: statement.text, line: statement.line, origin: TEMPLATE });
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
        const { pieces } = this.#capture(statement.body, scope.inner());
        for (const part of filterBlock(this.#run, scope, pieces, statement.filters)) output.write(part);
        return;
      }
    }
  }

  #output(statement: Statement & { readonly kind: 'output' }, scope: Scope, output: Output): void {
    const value = evaluate(this.#run, scope, statement.expression);
    const origin = statement.expression.kind === 'constant' ? TEMPLATE : originOf(value);
    output.write({ text: printAny(this.#run, value), line: statement.line, origin });
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
    for (const step of filters) {
      value = applyFilter(this.#run, plain(value), step, callArguments(this.#run, scope, step.args));
    }
    return value;
  }

  #assign(scope: Scope, target: Target, value: Value | JsonText): void {
    if (target.kind === 'name') {
      scope.set(target.name, value);
      return;
    }
    const assigned = plain(value);
    if (target.kind === 'member') {
      const namespace = scope.get(target.namespace);
      if (typeof namespace !== 'object' || namespace?.kind !== 'namespace') {
        throw this.#run.fail(`"${target.namespace}" is not a namespace`);
      }
      namespace.values.set(target.name, assigned);
      return;
    }
    const parts = iterate(this.#run, assigned);
    if (parts.length !== target.items.length) {
      throw this.#run.fail(`${typeName(assigned)} has ${parts.length} item(s), not ${target.items.length}`);
    }
    for (const [i, inner] of target.items.entries()) this.#assign(scope, inner, parts[i] ?? null);
  }
}
