/** The capacity of an embedded store. The defaults are in `limits`. */
export interface EmbeddedLimits {
  /** Bytes of keys and values beyond which it is read-only for clients. */
  readonly storeBytes: number;
  readonly historyBytes: number;
  readonly historyRevisions: number;
  /** Longer values stay in the log, except for so many characters of the recent ones. */
  readonly inlineCharacters: number;
  readonly recentCharacters: number;
}
