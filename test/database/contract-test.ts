import type { TestContext } from 'node:test';
import type { Model } from '../../src/schema/model.ts';
import type { Backend, Client } from './helpers.ts';

/** What a test of the contract gets. */
export interface Bench {
  readonly backend: Backend;
  /** Opens a database of a model; it closes with the test. Without a place, a new one. */
  readonly open: (model: Model, place?: string) => Promise<Client>;
}

/** Declares a test of the contract. */
export type ContractTest = (name: string, body: (bench: Bench, t: TestContext) => Promise<void>) => void;

/** A part of the contract. */
export type ContractPart = (test: ContractTest) => void;
