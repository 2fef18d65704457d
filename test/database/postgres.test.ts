import { postgresBackend } from './backends.ts';
import { databaseContract } from './contract.ts';

const { backend, options } = postgresBackend();

databaseContract(backend, options);
