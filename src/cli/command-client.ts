import type { Command } from 'commander';
import { optionOf, settingsOf } from './common-options.ts';
import { endpointOf } from './endpoint.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';

/** A client of the server that a command's options and the environment name. @throws USAGE */
export function clientOf(command: Command): HttpClient {
  return createHttpClient(endpointOf(optionOf(command, 'endpoint'), settingsOf(command), process.env));
}

/** Aborts at the first Ctrl-C or SIGTERM. */
export function interruption(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  return ending.signal;
}
