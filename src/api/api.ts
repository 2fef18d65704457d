import type { FastifyInstance } from 'fastify';
import type { Database, TimelineReader } from '../database/index.ts';
import { turnsOf } from '../kernel/index.ts';
import { createActionValidator, createValidator, type Model } from '../schema/index.ts';
import type { Store } from '../store/index.ts';
import { serveActions } from './action-routes.ts';
import { ChangeStreams } from './change-streams.ts';
import { serveHealth } from './health-routes.ts';
import { serveJobs } from './jobs/job-routes.ts';
import { createPresenter } from './joins.ts';
import { noRequestHooks, type RequestHooks } from './request-hooks.ts';
import { serveResources } from './resource-routes.ts';
import { serveSchemas } from './schema-routes.ts';
import { createServer, type ServerOptions } from './server.ts';
import { StoreMasks } from './store-masks.ts';
import { serveStore } from './store-routes.ts';
import { TemplateCache } from './template-cache.ts';
import { serveTimeline } from './timeline-routes.ts';

export interface ApiOptions extends ServerOptions {
  readonly model: Model;
  readonly database: Database;
  readonly store: Store;
  readonly timeline: TimelineReader;
  /** `limits.streamStallMs` if absent. */
  readonly streamStallMs?: number;
  /** The hooks of the catalogue; none if absent. */
  readonly hooks?: RequestHooks;
}

/** The HTTP API: resources of every type, schemas, health, and Kamado's additions under /kamado/v1/. */
export interface Api {
  /** The address to listen on; the port is the real one after `listen`. */
  readonly address: { readonly host: string; readonly port: number };
  /** Answers a request without a network. */
  readonly inject: FastifyInstance['inject'];
  /** @throws PORT_IN_USE, ADDRESS_UNUSABLE */
  readonly listen: () => Promise<void>;
  /** Answers the requests in progress, ends streams and connections; the stores stay open. */
  readonly close: () => Promise<void>;
}

/** Creates the API; it is served after `listen`. */
export function createApi(options: ApiOptions): Api {
  const { runtime, model, database, hooks = noRequestHooks } = options;
  const server = createServer(options);
  const { fastify } = server;
  const turns = turnsOf(runtime);
  const streams = new ChangeStreams(runtime, turns, options.streamStallMs);
  const templates = new TemplateCache(model, options.store);
  const storages = [database.storage, options.store.storage];
  const validator = createValidator(model);
  const presenter = createPresenter(model, database, turns);
  serveHealth(fastify, options);
  serveSchemas(fastify, model);
  serveResources(fastify, { runtime, model, database, validator, presenter, hooks, storages, turns });
  serveActions(fastify, { model, database, hooks, actions: createActionValidator(), storages });
  serveTimeline(fastify, { ...options, turns });
  const masks = new StoreMasks(model, options.store, templates);
  serveStore(fastify, { ...options, streams, masks, turns });
  serveJobs(fastify, { ...options, masks, turns });

  let address = { host: options.host, port: options.port };
  return {
    get address() {
      return address;
    },
    inject: fastify.inject.bind(fastify),
    listen: async () => {
      address = await server.listen();
    },
    close: () => {
      streams.closeAll();
      templates.close();
      return server.close();
    },
  };
}
