import type { JsonObject } from '../kernel/index.ts';

/** Who asks. One value until identity exists; passed through everything from now on. */
export interface Caller {
  readonly user: string;
  readonly tenant: string | null;
  readonly roles: readonly string[];
}

/** A resource as it stands in the database. */
export interface Row {
  readonly type: string;
  readonly id: string;
  /** Every property of the type; null where it has none. */
  readonly body: JsonObject;
  readonly configVersion: number;
  readonly stateVersion: number;
  readonly monitoringVersion: number;
  /** One more with every change of the row, also of its status. */
  readonly rowRevision: number;
  readonly markedForDeletion: boolean;
  /** The error of the last state, '' where it succeeded. */
  readonly stateError: string;
  /** The last state's `state`, or null. */
  readonly state: JsonObject | null;
  readonly monitoring: JsonObject | null;
}
