import { postgresBackend, sqliteBackend } from './backends.ts';
import { childBehaviour } from './behaviour-children.ts';
import { counterBehaviour } from './behaviour-counters.ts';
import { followUpBehaviour } from './behaviour-follow-ups.ts';
import { isolationBehaviour } from './behaviour-isolation.ts';
import { poolBehaviour } from './behaviour-pools.ts';
import { updateBehaviour } from './behaviour-updates.ts';
import { valueBehaviour } from './behaviour-values.ts';
import { declareContract } from './contract.ts';

const parts = [
  valueBehaviour,
  poolBehaviour,
  counterBehaviour,
  childBehaviour,
  updateBehaviour,
  followUpBehaviour,
  isolationBehaviour,
];
const postgres = postgresBackend('schemas');

declareContract('behaviour', await sqliteBackend(), {}, parts);
declareContract('behaviour', postgres.backend, postgres.options, parts);
