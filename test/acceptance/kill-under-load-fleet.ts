import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../simulation/random.ts';
import { type ComponentProcess, type ComponentSettings, startComponent, startProgram } from './components.ts';
import { pidsAtWork } from './kill-under-load-ledger.ts';
import { loadWorker } from './kill-under-load-worker.ts';

const kinds = ['api', 'sync', 'controller', 'worker'] as const;
export type ComponentKind = (typeof kinds)[number];

/** How many of each run: of two, one leads. */
const counts: { readonly [Kind in ComponentKind]: number } = { api: 1, sync: 2, controller: 2, worker: 3 };

const LONGEST_PAUSE_MS = 1_500;
const LONGEST_IDLE_MS = 5_000;

/** A room that was killed. */
export interface Kill {
  readonly kind: ComponentKind;
  readonly pid: number;
  /** Since the epoch. */
  readonly timeMs: number;
  readonly led: boolean;
  /** How many others of its kind ran. */
  readonly others: number;
}

interface Member {
  readonly kind: ComponentKind;
  /** null while it is away. */
  component: ComponentProcess | null;
}

/** Components as processes of their own, which can be killed and come back. */
export class Fleet {
  readonly kills: Kill[] = [];
  readonly #settings: ComponentSettings;
  readonly #ledger: string;
  readonly #members: readonly Member[] = kinds.flatMap((kind) =>
    Array.from({ length: counts[kind] }, () => ({ kind, component: null })),
  );
  readonly #returning = new Set<Promise<void>>();
  /** Everything that was ever started, for its log. */
  readonly #started: { readonly kind: ComponentKind; readonly component: ComponentProcess }[] = [];
  #failure: unknown = null;

  constructor(settings: ComponentSettings, ledger: string) {
    this.#settings = settings;
    this.#ledger = ledger;
  }

  /** Starts all rooms. Throws where one doesn't start, once the others run. */
  async start(): Promise<void> {
    const results = await Promise.allSettled(this.#members.map((member) => this.#start(member)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Kills a room that runs, and starts it again at once or after a while. Throws where a room ended by itself. */
  async killOne(random: Random): Promise<void> {
    this.check();
    const kind = random.pick(kinds);
    if (kind === 'worker') await this.#workBegun();
    const running = this.#members.filter((member) => member.kind === kind && member.component !== null);
    const leader = running.find(({ component }) => component !== null && this.#leads(kind, component));
    const wantsLeader = random.chance(0.5);
    const busy = kind === 'worker' ? running.filter(({ component }) => this.#isAtWork(component)) : [];
    const candidates = busy.length > 0 ? busy : running;
    const member = wantsLeader && leader !== undefined ? leader : candidates[random.integer(candidates.length)];
    if (member?.component) await this.#kill(member, member.component, running.length - 1, random);
  }

  /** A kill of an idle worker shows nothing: waits until one has begun a job, or for so long that none will. */
  async #workBegun(): Promise<void> {
    for (let waitedMs = 0; waitedMs < LONGEST_IDLE_MS; waitedMs += 5) {
      if (this.#members.some(({ component }) => this.#isAtWork(component))) return;
      await pause(5);
    }
  }

  #isAtWork(component: ComponentProcess | null): boolean {
    return component !== null && pidsAtWork(this.#ledger).has(component.pid);
  }

  async #kill(member: Member, component: ComponentProcess, others: number, random: Random): Promise<void> {
    const { kind } = member;
    const led = this.#leads(kind, component);
    member.component = null;
    const timeMs = performance.timeOrigin + performance.now();
    this.kills.push({ kind, pid: component.pid, timeMs, led, others });
    await component.kill();
    const pauseMs = random.chance(0.5) ? 0 : random.between(0, LONGEST_PAUSE_MS);
    const returning = this.#comeBack(member, pauseMs)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#returning.delete(returning));
    this.#returning.add(returning);
  }

  /** Resolves when all rooms run. */
  async complete(): Promise<void> {
    await Promise.all(this.#returning);
    this.check();
  }

  /** Throws where a room has ended that wasn't killed. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
    for (const { kind, component } of this.#members) {
      if (component?.hasEnded()) throw new Error(`${kind} ended by itself: ${component.log().slice(-4_000)}`);
    }
  }

  /** The ends of all logs. */
  logs(): string {
    const ends = this.#members.map(({ kind, component }) => `== ${kind}\n${component?.log().slice(-1_500) ?? 'away'}`);
    return ends.join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.#returning);
    await Promise.all(this.#members.map(({ component }) => component?.kill()));
  }

  async #comeBack(member: Member, pauseMs: number): Promise<void> {
    await pause(pauseMs);
    await this.#start(member);
  }

  async #start(member: Member): Promise<void> {
    const { kind } = member;
    const component = await (kind === 'worker'
      ? startProgram('worker', [loadWorker, this.#ledger], this.#settings)
      : startComponent(kind, this.#settings));
    this.#started.push({ kind, component });
    member.component = component;
  }

  /** Whether it was the last of its kind to say that it leads. */
  #leads(kind: ComponentKind, component: ComponentProcess): boolean {
    const ledAt = lastLedMs(component);
    const others = this.#started.filter((one) => one.kind === kind && one.component !== component);
    return ledAt > 0 && others.every((other) => lastLedMs(other.component) < ledAt);
  }
}

/** When a room began its last term; 0 where it never led. */
function lastLedMs(component: ComponentProcess): number {
  const line = component
    .log()
    .split('\n')
    .findLast((candidate) => candidate.includes('"msg":"Leading."'));
  return line === undefined ? 0 : Number(JSON.parse(line).time);
}
