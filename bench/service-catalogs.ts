import { benchBehaviour } from './behaviour.ts';
import { benchManyTypes } from './many-types.ts';
import { benchRecordedGateway } from './recorded-gateway.ts';

/** Catalogues with behaviour: the recorded scenario, the cost of behaviour in a POST, and the cost of many types. */
export async function benchCatalogs(): Promise<void> {
  await benchRecordedGateway();
  await benchBehaviour();
  await benchManyTypes();
}
