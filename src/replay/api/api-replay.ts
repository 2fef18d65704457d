import type { Catalog } from '../../catalog/index.ts';
import { errorText, isKamadoError, jsonEqual } from '../../kernel/index.ts';
import { parseResourceKey, TEMPLATE_TYPE } from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import { grouped } from '../grouped.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import { type ReplayReport, replayReport } from '../replay-report.ts';
import {
  type Answered,
  type ApiComparison,
  answerComparison,
  apiFamilies,
  orderComparisons,
  reportComparison,
  versionComparison,
} from './api-comparison.ts';
import { type ApiWorld, openApiWorld } from './api-world.ts';
import { ConfigLedger, type Place, type VersionWrite, versionWrite } from './config-ledger.ts';
import { MentionedVersions } from './mentioned-versions.ts';
import { Names } from './names.ts';
import { idIn, type RecordedRequest } from './recorded-requests.ts';
import { withTemplates } from './run-templates.ts';
import { type Scenario, type Step, timeOf } from './scenario.ts';

/** The status of an answer without a body (RFC 9110 §15.3.5). */
const NO_CONTENT = 204;

/** The number of matching versions of a resource. */
export interface ResourceVersions {
  /** Its path: '<url of its type>/<recorded id>'. */
  readonly resource: string;
  readonly matched: number;
  readonly versions: number;
}

/** The result of a replay of the API. */
export interface ApiReport extends ReplayReport {
  readonly configs: readonly ResourceVersions[];
  /** Requests whose answer isn't recorded: only its status is compared. */
  readonly unansweredRequests: number;
}

/**
 * Sends the requests and reports of a run to the API with a catalogue, in memory, in their order. Compares its answers,
 * its writes under /config, and the resources as clients read them last. Generated names, above all ids, are mapped one
 * to one.
 */
export async function replayApi(scenario: Scenario, catalog: Catalog): Promise<ApiReport> {
  const [first] = scenario.steps;
  const world = await openApiWorld(withTemplates(catalog, scenario), first === undefined ? 0 : timeOf(first));
  try {
    const replay = new ApiReplay(scenario, catalog.model, world);
    await replay.run();
    return replay.report();
  } finally {
    await world.close();
  }
}

class ApiReplay {
  readonly #scenario: Scenario;
  /** The served model. */
  readonly #model: Model;
  readonly #world: ApiWorld;
  readonly #names = new Names();
  readonly #ledger: ConfigLedger;
  readonly #answered: Answered[] = [];
  readonly #reports: ApiComparison[] = [];
  #written = 0;

  constructor(scenario: Scenario, model: Model, world: ApiWorld) {
    this.#scenario = scenario;
    this.#model = model;
    this.#world = world;
    this.#ledger = new ConfigLedger(
      this.#names,
      recordedWrites(scenario, (url) => this.#isTemplate(url)),
    );
  }

  async run(): Promise<void> {
    const { steps } = this.#scenario;
    await this.#collect(-1, { index: 0, order: -1 });
    for (const [i, step] of steps.entries()) {
      this.#world.at(timeOf(step));
      await this.#play(step, i);
    }
    this.#ledger.pairUntil(steps.length);
  }

  report(): ApiReport {
    const { run, steps } = this.#scenario;
    const typeAt = (url: string) => this.#model.byUrl.get(url) ?? run.model.byUrl.get(url);
    const context = { names: this.#names, typeAt };
    const mentioned = run.lossless ? null : new MentionedVersions(run.model, run.events);
    const pairs = this.#ledger.pairs();
    const versions = pairs.map((pair) => ({
      path: this.#pathOf(pair.recorded ?? pair.ours),
      comparison: versionComparison(pair, context, ({ url, id, version }) => {
        return version === 'deleted' ? null : (mentioned?.proofOf(url, this.#names.toRecorded(id), version) ?? null);
      }),
    }));
    const comparisons: readonly ApiComparison[] = [
      ...this.#answered.map((one) => answerComparison(one, context)),
      ...versions.map(({ comparison }) => comparison),
      ...orderComparisons(pairs, this.#names),
      ...this.#reports,
    ];
    const held = new Set(comparisons.map(({ family }) => family));
    return {
      ...replayReport(run, apiFamilies, (family) => held.has(family), comparisons),
      configs: versionsByResource(versions),
      unansweredRequests: steps.filter((step) => step.kind === 'write' && lacksAnswer(step.request)).length,
    };
  }

  async #play(step: Step, i: number): Promise<void> {
    switch (step.kind) {
      case 'write':
        await this.#ask('requests', step.request, i);
        return await this.#collect(i, { index: step.request.line, file: step.request.file, order: i });
      case 'look':
        return await this.#ask('resources', step.request, i);
      case 'report':
        await this.#report(step.event, i);
        return await this.#collect(i, { index: step.event.index, order: i });
      case 'config':
        return;
    }
  }

  async #ask(family: Answered['family'], request: RecordedRequest, step: number): Promise<void> {
    const { method, path, body, response, id } = request;
    this.#names.keep({ path, body }, (name) => this.#ledger.isRecorded(name));
    const answer = await this.#world.ask(method, this.#names.toOurs(path), this.#names.toOurs(body));
    this.#names.learn(response, answer.body);
    if (response === null && method === 'POST' && id !== null) this.#names.learn(id, idIn(answer.body) ?? undefined);
    this.#answered.push({ family, request, answer, step });
  }

  async #report(event: RecordedEvent, step: number): Promise<void> {
    const key = parseResourceKey(event.key);
    if (key === null || event.kind !== 'put') return;
    if (!this.#names.isKnown(key.id)) this.#ledger.pairUnrecorded(key.url, key.id);
    const outcome = await this.#outcomeOf({ ...key, id: this.#names.toOurs(key.id) }, this.#names.toOurs(event.value));
    if (outcome === null) return;
    const refusal = ['applied', 'held', 'stale', 'removed'].includes(outcome) ? null : outcome;
    this.#reports.push(reportComparison({ index: event.index, order: step }, event.key, refusal));
  }

  /** The outcome of a report; for an error of the catalogue, its text. */
  async #outcomeOf(...[key, value]: Parameters<ApiWorld['report']>): Promise<string | null> {
    try {
      return await this.#world.report(key, value);
    } catch (error) {
      if (!isKamadoError(error)) throw error;
      return errorText(error);
    }
  }

  /** Collects the writes of this system, and pairs them with recorded ones. */
  async #collect(step: number, place: Place): Promise<void> {
    for (const { key, value } of await this.#world.writes()) {
      const write = versionWrite(key, value, { place, order: this.#written++ });
      if (write !== null && !this.#isTemplate(write.url)) this.#ledger.note(write);
    }
    const { steps } = this.#scenario;
    let next = step + 1;
    while (next < steps.length && steps[next]?.kind !== 'write') next++;
    this.#ledger.pairUntil(next);
  }

  /** Each installation has templates of its own. */
  #isTemplate(url: string): boolean {
    const { run } = this.#scenario;
    return [run.model, this.#model].some((model) => model.types.get(TEMPLATE_TYPE)?.url === url);
  }

  #pathOf(write: VersionWrite | undefined): string {
    return write === undefined ? '' : `${write.url}/${this.#names.toRecorded(write.id)}`;
  }
}

/** The recorded writes under /config; pollers may report one write twice. */
export function recordedWrites(
  { run, steps }: Scenario,
  isTemplate: (url: string) => boolean,
): readonly VersionWrite[] {
  const writes = steps.flatMap((step, i): readonly VersionWrite[] => {
    if (step.kind !== 'config' || step.event.kind === 'held') return [];
    const { key, value, kind, index } = step.event;
    const write = versionWrite(key, kind === 'delete' ? null : value, { place: { index, order: i }, order: i });
    return write === null || isTemplate(write.url) ? [] : [write];
  });
  const last = new Map<string, VersionWrite>();
  return writes.filter((write) => {
    const path = `${write.url}/${write.id}`;
    const before = last.get(path);
    last.set(path, write);
    return run.lossless || before === undefined || !jsonEqual(before.value, write.value);
  });
}

function lacksAnswer({ response, status }: RecordedRequest): boolean {
  return response === null && status !== NO_CONTENT;
}

function versionsByResource(
  versions: readonly { readonly path: string; readonly comparison: ApiComparison }[],
): readonly ResourceVersions[] {
  return [...grouped(versions, ({ path }) => path)].map(([resource, all]) => ({
    resource,
    matched: all.filter(({ comparison }) => comparison.differences.length === 0).length,
    versions: all.length,
  }));
}
