import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { JsonObject } from '../src/kernel/index.ts';
import { type Program, startProgram } from './child.ts';
import { Client } from './client.ts';
import { copiedSchemas, typesIn } from './many-schemas.ts';
import { percentile } from './percentile.ts';
import { heading, row } from './table.ts';
import type { TypesReport } from './types-application.ts';

const CATALOG = join('catalog', 'vpn-gateway');
/** The number of copies of its schemas: some 75 types, and 1,000. */
const COPIES = { few: 4, many: 50 } as const;
const POSTS = 600;
const ROUNDS = 8;
const WARM_UP = 2;
/** The largest ratio between the p99 of a POST among many types and among few. */
const AIM = 1.2;

/** The requested types: no handler works on them, so that no jobs pile up. */
const kinds: readonly [Kind, ...Kind[]] = [
  {
    singular: 'physical_port',
    plural: '/v2.0/physical_ports',
    fields: (tenant) => ({ tenant_id: tenant, name: 'bench', service_id: 'bench', service_owner: 'server' }),
  },
  {
    singular: 'reserve_address',
    plural: '/v2.0/reserve_addresses',
    fields: (tenant) => ({ tenant_id: tenant, subnets: ['192.0.2.0/24'] }),
  },
  { singular: 'tenant', plural: '/common/v1.0/tenants', fields: (tenant) => ({ id: tenant }) },
];

interface Kind {
  readonly singular: string;
  /** The plural with its prefix. */
  readonly plural: string;
  readonly fields: (tenant: string) => JsonObject;
}

type Size = keyof typeof COPIES;
const sizes: readonly Size[] = ['few', 'many'];
type Figures = { readonly [S in Size]: number };

/** The cost of many types: of the start, of memory, and of a POST. */
export async function benchManyTypes(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-bench-'));
  const applications: { [S in Size]?: Program<TypesReport> } = {};
  try {
    for (const size of sizes)
      applications[size] = await startProgram('./types-application.js', await settingsFor(folder, COPIES[size]));
    const { few, many } = applications;
    if (few === undefined || many === undefined) return;
    const counts = { few: await typesIn(CATALOG, COPIES.few), many: await typesIn(CATALOG, COPIES.many) };
    heading('Types of the VPN gateway, copied', `${counts.few} types`, `${counts.many} types`, 'ratio');
    show('start of the process to serving (ms)', { few: few.started.startedMs, many: many.started.startedMs });
    showMemory('after the start', few.started, many.started);
    await posts({ few, many });
    showMemory('after requests to all of them', await few.ask({}), await many.ask({}));
  } finally {
    for (const size of sizes) await applications[size]?.stop();
    rmSync(folder, { recursive: true });
  }
}

async function settingsFor(folder: string, copies: number): Promise<{ readonly [name: string]: string }> {
  const catalog = join(folder, `catalog-${copies}`);
  mkdirSync(join(catalog, 'schemas'), { recursive: true });
  for (const [n, schemas] of (await copiedSchemas(CATALOG, copies)).entries()) {
    writeFileSync(
      join(catalog, 'schemas', `copy-${n}.yaml`),
      stringify({ schemas }, { version: '1.1', aliasDuplicateObjects: false }),
    );
  }
  const dataDir = join(folder, `data-${copies}`);
  return { KAMADO_DATA_DIR: dataDir, KAMADO_CATALOG: catalog, KAMADO_PORT: '0', KAMADO_LOG_LEVEL: 'error' };
}

/** Requests spread over the copies of some types, alternating, so that other load of the machine affects both. */
async function posts(applications: { readonly [S in Size]: Program<TypesReport> }): Promise<void> {
  const first: { readonly [S in Size]: number[] } = { few: [], many: [] };
  const later: { readonly [S in Size]: number[] } = { few: [], many: [] };
  const clients = {
    few: new Client(`http://127.0.0.1:${applications.few.started.port}`),
    many: new Client(`http://127.0.0.1:${applications.many.started.port}`),
  };
  for (const size of sizes) {
    const copies = COPIES[size];
    for (let n = 0; n < copies * kinds.length; n++) first[size].push(await postMs(clients[size], n, copies));
  }
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const size of sizes) {
      for (let n = 0; n < POSTS; n++) {
        const ms = await postMs(clients[size], n, COPIES[size]);
        if (round >= WARM_UP) later[size].push(ms);
      }
    }
  }
  const of = (figures: typeof first, share: number): Figures => ({
    few: percentile(figures.few, share),
    many: percentile(figures.many, share),
  });
  show('first POST of a type, p50 (ms)', of(first, 0.5));
  show('POST, p50 (ms)', of(later, 0.5));
  show(`POST, p99 (ms; aim: ratio ≤ ${AIM})`, of(later, 0.99));
  for (const size of sizes) clients[size].close();
}

async function postMs(client: Client, n: number, copies: number): Promise<number> {
  const { singular, plural, fields } = kinds[Math.floor(n / copies) % kinds.length] ?? kinds[0];
  const copy = n % copies;
  // Some resources belong to one tenant each; the tenant's first order creates it.
  const tenant = randomUUID().replaceAll('-', '');
  const body = { [`${singular}_${copy}`]: fields(tenant) };
  const began = performance.now();
  const answer = await client.call('POST', `${plural}_${copy}`, body);
  if (answer.status !== 201) throw new Error(`POST ${plural}_${copy}: ${JSON.stringify(answer.body)}`);
  return performance.now() - began;
}

function showMemory(when: string, few: TypesReport, many: TypesReport): void {
  const mebi = (bytes: number): number => bytes / 1024 ** 2;
  show(`heap ${when} (MiB)`, { few: mebi(few.heapBytes), many: mebi(many.heapBytes) });
  show(`resident ${when} (MiB)`, { few: mebi(few.residentBytes), many: mebi(many.residentBytes) });
}

function show(name: string, { few, many }: Figures): void {
  row(name, few.toFixed(2), many.toFixed(2), (many / few).toFixed(2));
}
