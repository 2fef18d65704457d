/** What an embedded store holds; those of `limits` for what isn't given. */
export interface EmbeddedLimits {
  /** Bytes of keys and values from which on it is read-only for clients. */
  readonly storeBytes: number;
  readonly historyBytes: number;
  readonly historyRevisions: number;
  /** Longer values stay in the log, but for so many characters of the last ones. */
  readonly inlineCharacters: number;
  readonly recentCharacters: number;
}
