import { benchBehaviour } from './behaviour.ts';
import { benchManyTypes } from './many-types.ts';
import { benchRecordedGateway } from './recorded-gateway.ts';

/** Catalogues with behaviour: the recorded scenario, what behaviour costs a POST, and what many types cost. */
export async function benchCatalogs(): Promise<void> {
  await benchRecordedGateway();
  await benchBehaviour();
  await benchManyTypes();
}
