import type { JsonObject } from '../kernel/index.ts';

/** The identity that a request runs as. A single value until identity exists; every call already passes it on. */
export interface Caller {
  readonly user: string;
  readonly tenant: string | null;
  readonly roles: readonly string[];
}

/** A resource as the database holds it. */
export interface Row {
  readonly type: string;
  readonly id: string;
  /** Every property of the type. null if it has no value. */
  readonly body: JsonObject;
  readonly configVersion: number;
  readonly stateVersion: number;
  readonly monitoringVersion: number;
  /** Grows by one with every change of the row, also of its status. */
  readonly rowRevision: number;
  readonly markedForDeletion: boolean;
  /** The error of the last state, or '' if it succeeded. */
  readonly stateError: string;
  /** The `state` of the last state record, or null. */
  readonly state: JsonObject | null;
  readonly monitoring: JsonObject | null;
}
