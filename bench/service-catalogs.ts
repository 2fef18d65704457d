import { benchBehaviour } from './behaviour.ts';
import { benchManyTypes } from './many-types.ts';
import { benchRecordedGateway } from './recorded-gateway.ts';

/** Catalogues with behaviour. */
export async function benchCatalogs(): Promise<void> {
  const o = process.env.E_ONLY ?? '123';
  if (o.includes('1')) await benchRecordedGateway();
  if (o.includes('2')) await benchBehaviour();
  if (o.includes('3')) await benchManyTypes();
}
