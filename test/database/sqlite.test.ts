import { sqliteBackend } from './backends.ts';
import { databaseContract } from './contract.ts';

databaseContract(await sqliteBackend());
