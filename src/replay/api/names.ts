import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';

/** Matches a generated name in a text: a UUID, with or without hyphens, or a MAC address. */
const made =
  /(?<![0-9A-Za-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?![0-9A-Za-z])|(?<![0-9A-Za-z+=])[0-9a-f]{32}(?![0-9A-Za-z+=])/g;

/**
 * The length of a MAC address's prefix; and the bit of the first octet for locally administered addresses (IEEE 802).
 */
const PREFIX_LENGTH = 'fa:16:3e'.length;
const LOCALLY_ADMINISTERED = 0x02;

/**
 * Names that the recorded server and this one generated for the same thing, one to one: ids and MAC addresses. Two
 * names are paired when they first occur in the same place; later contradictions remain as differences.
 */
export class Names {
  readonly #ours: Map<string, string>;
  readonly #recorded: Map<string, string>;

  constructor(ours: ReadonlyMap<string, string> = new Map()) {
    this.#ours = new Map(ours);
    this.#recorded = new Map([...ours].map(([recorded, own]) => [own, recorded]));
  }

  /** A copy, for a trial. */
  copy(): Names {
    return new Names(this.#ours);
  }

  /** Whether a recorded name has a counterpart, or isn't a generated name: then it is its own counterpart. */
  isKnown(recorded: string): boolean {
    return this.#ours.has(recorded) || !isMade(recorded);
  }

  /** The same for a name of this server. */
  isKnownOurs(own: string): boolean {
    return this.#recorded.has(own) || !isMade(own);
  }

  /**
   * Keeps names that came from outside, which are equal on both sides, except those that the server must have
   * generated.
   */
  keep(given: Json, isMadeByServer: (name: string) => boolean): void {
    eachText(given, (text) => {
      for (const [name] of text.matchAll(made)) if (!isMadeByServer(name)) this.#bind(name, name);
    });
  }

  /** Learns pairs from two corresponding values: from texts that differ only in names. */
  learn(recorded: Json | undefined, own: Json | undefined): void {
    if (typeof recorded === 'string' && typeof own === 'string') this.#learnText(recorded, own);
    else if (isJsonObject(recorded) && isJsonObject(own)) {
      for (const [key, part] of Object.entries(recorded)) {
        if (Object.hasOwn(own, key)) this.learn(part, own[key]);
      }
    } else if (Array.isArray(recorded) && Array.isArray(own) && recorded.length === own.length) {
      const parts: readonly Json[] = recorded;
      for (const [i, part] of parts.entries()) this.learn(part, own[i]);
    }
  }

  /** Translates a recorded value into our names. */
  toOurs<Value extends Json>(recorded: Value): Value;
  toOurs(recorded: Json): Json {
    return withTexts(recorded, (text) => text.replaceAll(made, (name) => this.#ours.get(name) ?? name));
  }

  /** Translates a value of ours into recorded names. */
  toRecorded<Value extends Json>(own: Value): Value;
  toRecorded(own: Json): Json {
    return withTexts(own, (text) => text.replaceAll(made, (name) => this.#recorded.get(name) ?? name));
  }

  #learnText(recorded: string, own: string): void {
    if (recorded.replaceAll(made, '') !== own.replaceAll(made, '')) return;
    const [names, owns] = [recorded, own].map((text) => [...text.matchAll(made)].map(([name]) => name));
    if (names === undefined || owns === undefined || names.length !== owns.length) return;
    for (const [i, name] of names.entries()) {
      const other = owns[i];
      if (other !== undefined && (name === other || areAlike(name, other))) this.#bind(name, other);
    }
  }

  #bind(recorded: string, own: string): void {
    if (this.#ours.has(recorded) || this.#recorded.has(own)) return;
    this.#ours.set(recorded, own);
    this.#recorded.set(own, recorded);
  }
}

function isMade(name: string): boolean {
  return name.replace(made, '') === '';
}

/**
 * Whether two names could have been made by the same rule. A MAC address that isn't locally administered belongs to its
 * manufacturer.
 */
function areAlike(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  if (!a.includes(':')) return true;
  const isByHand = (Number.parseInt(a.slice(0, 2), 16) & LOCALLY_ADMINISTERED) !== 0;
  return isByHand && a.slice(0, PREFIX_LENGTH) === b.slice(0, PREFIX_LENGTH);
}

function withTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) {
    const parts: readonly Json[] = value;
    return parts.map((part) => withTexts(part, change));
  }
  if (!isJsonObject(value)) return value;
  const members: JsonObject = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [change(key), withTexts(part, change)]),
  );
  return members;
}

function eachText(value: Json, visit: (text: string) => void): void {
  withTexts(value, (text) => {
    visit(text);
    return text;
  });
}
