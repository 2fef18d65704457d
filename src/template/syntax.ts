/** A constant of the template text; a bigint is an int, a number a float. */
export type Constant = null | boolean | bigint | number | string;

export interface CallArguments {
  readonly positional: readonly Expression[];
  readonly named: readonly { readonly name: string; readonly value: Expression }[];
}

export type FilterStep = {
  readonly kind: 'filter';
  readonly name: string;
  readonly args: CallArguments;
  readonly line: number;
};

/** The steps after a primary expression. Chains are flat, so their length costs no stack. */
export type PostfixStep =
  | { readonly kind: 'attribute'; readonly name: string; readonly line: number }
  | { readonly kind: 'item'; readonly index: Expression; readonly line: number }
  | {
      readonly kind: 'slice';
      readonly start: Expression | undefined;
      readonly stop: Expression | undefined;
      readonly step: Expression | undefined;
      readonly line: number;
    }
  | { readonly kind: 'call'; readonly args: CallArguments; readonly line: number }
  | FilterStep
  | {
      readonly kind: 'test';
      readonly name: string;
      readonly negated: boolean;
      readonly args: CallArguments;
      readonly line: number;
    };

export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';

export interface Operation<Operator> {
  readonly operator: Operator;
  readonly operand: Expression;
}

/** An expression. Chains of one precedence are one node with many operands. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: Constant; readonly line: number }
  | { readonly kind: 'name'; readonly name: string; readonly line: number }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Expression[]; readonly line: number }
  | {
      readonly kind: 'dict';
      readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
      readonly line: number;
    }
  | {
      readonly kind: 'conditional';
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression | undefined;
      readonly line: number;
    }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[]; readonly line: number }
  | { readonly kind: 'not'; readonly operand: Expression; readonly line: number }
  | {
      readonly kind: 'compare';
      readonly first: Expression;
      readonly rest: readonly Operation<CompareOperator>[];
      readonly line: number;
    }
  | {
      readonly kind: 'arithmetic';
      readonly first: Expression;
      readonly rest: readonly Operation<ArithmeticOperator>[];
      readonly line: number;
    }
  | { readonly kind: 'concat'; readonly operands: readonly Expression[]; readonly line: number }
  | { readonly kind: 'sign'; readonly negative: boolean; readonly operand: Expression; readonly line: number }
  | {
      readonly kind: 'postfix';
      readonly target: Expression;
      readonly steps: readonly PostfixStep[];
      readonly line: number;
    };

/** The targets of `set`, `for` and `with`. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'tuple'; readonly items: readonly Target[] }
  | { readonly kind: 'member'; readonly namespace: string; readonly name: string };

export type Body = readonly Statement[];

export type Statement =
  | { readonly kind: 'text'; readonly text: string; readonly line: number }
  | { readonly kind: 'output'; readonly expression: Expression; readonly line: number }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly test: Expression; readonly body: Body }[];
      readonly otherwise: Body;
      readonly line: number;
    }
  | {
      readonly kind: 'for';
      readonly target: Target;
      readonly iterable: Expression;
      readonly filter: Expression | undefined;
      readonly body: Body;
      readonly otherwise: Body;
      readonly line: number;
    }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression; readonly line: number }
  | {
      readonly kind: 'set-block';
      readonly target: Target;
      readonly filters: readonly FilterStep[];
      readonly body: Body;
      readonly line: number;
    }
  | {
      readonly kind: 'with';
      readonly bindings: readonly { readonly target: Target; readonly value: Expression }[];
      readonly body: Body;
      readonly line: number;
    }
  | {
      readonly kind: 'filter-block';
      readonly filters: readonly FilterStep[];
      readonly body: Body;
      readonly line: number;
    };
