import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { decodeConfig } from '../../../src/records/config-record.ts';
import { resourceKey } from '../../../src/records/keys.ts';
import type { Names } from '../../../src/replay/api/names.ts';
import type { Store } from '../../../src/store/store.ts';
import { objectOf, type Rest, until } from '../rest.ts';
import type { RecordedEnd } from './recorded-ends.ts';
import { StoreView } from './store-view.ts';

/** Who stands in the way of a deletion: `kind` of the error, and the resource that it names. */
type Blocker = readonly [kind: 'RESOURCE_IN_USE' | 'RESOURCE_MANAGED', type: string, n: number];

/** Deletions in wrong orders, each with those of whom it names one; `n` counts the resources of a type. */
const wrongOrders: readonly (readonly [type: string, n: number, ...Blocker[]])[] = [
  ['ese_device', 0, ['RESOURCE_IN_USE', 'ese_physical_port', 0], ['RESOURCE_IN_USE', 'ese_physical_port', 1]],
  ['ese_physical_port', 0, ['RESOURCE_IN_USE', 'er_physical_interface', 1], ['RESOURCE_IN_USE', 'ese_logical_port', 0]],
  [
    'edge_router',
    0,
    ['RESOURCE_IN_USE', 'ha_router', 0],
    ['RESOURCE_IN_USE', 'er_physical_interface', 0],
    ['RESOURCE_IN_USE', 'er_physical_interface', 1],
  ],
  ['er_physical_interface', 0, ['RESOURCE_IN_USE', 'ha_interface', 0]],
  ['ha_router', 0, ['RESOURCE_IN_USE', 'ha_interface', 0], ['RESOURCE_IN_USE', 'ha_interface', 1]],
  ['ha_interface', 1, ['RESOURCE_IN_USE', 'vpn_gateway', 0], ['RESOURCE_IN_USE', 'vpn_service', 0]],
  ['vpn_service', 0, ['RESOURCE_IN_USE', 'vpn_gateway', 0], ['RESOURCE_IN_USE', 'qos_option', 0]],
  ['qos_option', 0, ['RESOURCE_IN_USE', 'vpn_gateway', 0]],
  [
    'vpn_gateway',
    0,
    ['RESOURCE_IN_USE', 'vpn_interface', 0],
    ['RESOURCE_IN_USE', 'gw_interface', 0],
    ['RESOURCE_IN_USE', 'static_route', 0],
  ],
  [
    'network',
    0,
    ['RESOURCE_IN_USE', 'subnet', 0],
    ['RESOURCE_IN_USE', 'gw_interface', 0],
    ['RESOURCE_IN_USE', 'port', 0],
    ['RESOURCE_IN_USE', 'port', 1],
    ['RESOURCE_IN_USE', 'port', 2],
    ['RESOURCE_IN_USE', 'ese_logical_port', 0],
    ['RESOURCE_IN_USE', 'ese_logical_port', 1],
  ],
  ['subnet', 0, ['RESOURCE_IN_USE', 'port', 1], ['RESOURCE_IN_USE', 'port', 2]],
  ['port', 0, ['RESOURCE_MANAGED', 'subnet', 0]],
  ['port', 1, ['RESOURCE_MANAGED', 'gw_interface', 0]],
  ['ese_logical_port', 0, ['RESOURCE_MANAGED', 'gw_interface', 0], ['RESOURCE_MANAGED', 'port', 1]],
];

/** The resources that a played run has left, by their recorded ends. */
export class GatewayFleet {
  readonly #rest: Rest;
  readonly #store: Store;
  readonly #ends: readonly RecordedEnd[];
  readonly #seen: ReadonlyMap<string, JsonObject>;

  /** @param seen what the client of the run saw last of each resource here, by its path */
  constructor(
    { rest, store, names }: { readonly rest: Rest; readonly store: Store; readonly names: Names },
    ends: readonly RecordedEnd[],
    seen: ReadonlyMap<string, JsonObject>,
  ) {
    this.#rest = rest;
    this.#store = store;
    this.#ends = ends.map((end) => ({ ...end, id: names.toOurs(end.id) }));
    this.#seen = seen;
  }

  /** Each of them is, or comes to be, in the version and with the status that was recorded. */
  async untilAsRecorded(): Promise<void> {
    for (const end of this.#ends) {
      const { entries } = await this.#store.get({ from: resourceKey('config', end.url, end.id) });
      assert.equal(decodeConfig(entries[0]?.value ?? '')?.version, end.version, pathOf(end));
      let status: unknown;
      const isSo = async (): Promise<boolean> => {
        status = (await this.#rest.get(pathOf(end)))?.status ?? undefined;
        return status === end.status;
      };
      await until(`${pathOf(end)} is ${end.status}`, isSo).catch(() => assert.equal(status, end.status, pathOf(end)));
    }
  }

  /** What others need can't be deleted: who needs it is told, and nothing happens. */
  async tryWrongOrders(): Promise<void> {
    for (const [type, n, ...blockers] of wrongOrders) {
      const path = pathOf(this.#find(type, n));
      const before = await this.#rest.get(path);
      const { status, body } = await this.#rest.call('DELETE', path);
      const { code, detail } = objectOf(body);
      assert.equal(status, 409, `DELETE ${path}`);
      const isNamed = blockers.some(([kind, by, m]) => {
        const { id } = this.#find(by, m);
        return code === kind && String(detail).includes(`${by} ${id}`);
      });
      assert.ok(isNamed, `DELETE ${type} ${n}: ${code}: ${detail}`);
      assert.deepEqual(await this.#rest.get(path), before);
    }
  }

  /**
   * Removes what clients asked for in reverse order, and what was made for them. When it is the turn of one, it is as it
   * was before there was anything that needs it: what was taken of it is given back.
   */
  async removeAll(): Promise<void> {
    const view = await StoreView.open(this.#store);
    const isThere = (end: RecordedEnd): boolean =>
      (view.values.get(resourceKey('config', end.url, end.id)) ?? null) !== null;
    try {
      for (const [i, end] of [...this.#ends.entries()].reverse()) {
        // Children go with who made them.
        if (!end.isAskedFor && end.type !== 'tenant') continue;
        if (end.isAskedFor) await this.#untilAsSeen(end);
        const { status, body } = await this.#rest.call('DELETE', pathOf(end));
        assert.equal(status, 204, `DELETE ${pathOf(end)}: ${JSON.stringify(body)}`);
        await view.until(`${pathOf(end)} is gone`, () => !this.#ends.slice(i).some(isThere));
        assert.equal(await this.#rest.get(pathOf(end)), null);
      }
    } finally {
      view.close();
    }
  }

  async #untilAsSeen(end: RecordedEnd): Promise<void> {
    const seen = asOnce(this.#seen.get(pathOf(end)));
    let now: JsonObject = {};
    const isSo = async (): Promise<boolean> => {
      now = asOnce(await this.#rest.get(pathOf(end)));
      return JSON.stringify(now) === JSON.stringify(seen);
    };
    await until(`${pathOf(end)} is as it was`, isSo).catch(() => assert.deepEqual(now, seen));
  }

  #find(type: string, n: number): RecordedEnd {
    const found = this.#ends.filter((end) => end.type === type)[n];
    assert.ok(found, `${type} ${n}`);
    return found;
  }
}

function pathOf({ url, id }: RecordedEnd): string {
  return `${url}/${id}`;
}

/** Without what tells that there was a change. */
function asOnce(resource: JsonObject | null | undefined): JsonObject {
  const { orchestration_state: _, ...rest } = resource ?? {};
  return rest;
}
