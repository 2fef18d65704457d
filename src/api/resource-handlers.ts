import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, Database, ListQuery, Row } from '../database/index.ts';
import {
  isKamadoError,
  type JsonObject,
  limits,
  mergedJson,
  type Runtime,
  requireSpace,
  type Storage,
  type Turns,
} from '../kernel/index.ts';
import { isValidId, type Model, type ResourceType, type Validator } from '../schema/index.ts';
import type { AnswerBody } from './answer-body.ts';
import { callerOf } from './caller.ts';
import { createEnvelope, type Envelope, listEnd, singleEnd } from './envelope.ts';
import { checkPreconditions, etagOf, namesTag, singleVersion } from './etag.ts';
import { type Presenter, type SizedBody, sizedRows } from './joins.ts';
import { resourceIn } from './json-body.ts';
import { invalid, parametersOf, parseListQuery, parseShowQuery, single, type View } from './list-query.ts';
import { type Ancestor, checkAncestors, checkPlace, type NestedUrl, notFound } from './nesting.ts';
import { newResource, type Place } from './new-resource.ts';
import { linkNext } from './next-link.ts';
import { PageText } from './page-text.ts';
import type { RequestHooks } from './request-hooks.ts';
import { JSON_TYPE, pathVariable, preconditionsOf } from './requests.ts';
import { checkClient, resourceText, sentBody, singleAnswer } from './resource-text.ts';
import type { Resource, WorkBytes } from './routes.ts';

/** The context that the handlers of all types share. */
export interface ResourceContext {
  readonly runtime: Runtime;
  readonly model: Model;
  readonly database: Database;
  readonly validator: Validator;
  readonly presenter: Presenter;
  readonly hooks: RequestHooks;
  readonly storages: readonly (Storage | undefined)[];
  readonly turns: Turns;
}

/** The handlers of a type's collection and its members at one URL: the type's own, or the one below its parents. */
export class ResourceHandlers {
  readonly #context: ResourceContext;
  readonly #type: ResourceType;
  readonly #nesting: NestedUrl | null;
  readonly #envelope: Envelope;
  /** The envelope of lists and single resources, in which hooks may render members that are no properties. */
  readonly #openEnvelope: Envelope;
  /** Whether the row's tag identifies the answer: not if it renders other rows as well, or if a hook changes it. */
  readonly #cacheable: boolean;

  constructor(context: ResourceContext, type: ResourceType, nesting: NestedUrl | null) {
    this.#context = context;
    this.#type = type;
    this.#nesting = nesting;
    const { presenter, hooks } = context;
    const changed = hooks.has(type, 'post_show') || hooks.has(type, 'post_list');
    this.#envelope = createEnvelope(type);
    this.#openEnvelope = changed ? createEnvelope(type, true) : this.#envelope;
    this.#cacheable = !presenter.hasJoins(type) && !hooks.has(type, 'post_show');
  }

  get collection(): Resource {
    return {
      GET: (request, reply) => this.#list(request, reply),
      POST: (request, reply) => this.#create(request, reply),
    };
  }

  get member(): Resource {
    return {
      GET: (request, reply) => this.#show(request, reply),
      PUT: (request, reply) => this.#createOrUpdate(request, reply),
      PATCH: (request, reply) => this.#update(request, reply),
      DELETE: (request, reply) => this.#remove(request, reply),
    };
  }

  async #list(request: FastifyRequest, reply: FastifyReply): Promise<string | AnswerBody> {
    const { model, database, presenter, hooks } = this.#context;
    const caller = callerOf(request);
    const { query: asked, view } = parseListQuery(model, this.#type, parametersOf(request.query));
    const query = this.#nesting === null ? asked : belowParent(asked, this.#nesting, request);
    await this.#checkParents(caller, request);
    await hooks.beforeList(this.#type, caller);
    const page = { mostBytes: limits.pageBytes, properties: presenter.propertiesOf(this.#type, view) };
    const { rows, bytes, total } = await database.list(caller, this.#type.id, { ...query, page });
    const text = new PageText(this.#openEnvelope.listBegin);
    const count = await this.#addRows(text, request, sizedRows(rows, bytes), view);
    reply.header('content-type', JSON_TYPE).header('x-total-count', total);
    const next = query.offset + count;
    if (count > 0 && next < total) linkNext(request, reply, { offset: next });
    return sentBody(reply, text.end(listEnd));
  }

  /** Adds the renderings of rows, as many as fit. Returns the number of rows added. */
  async #addRows(text: PageText, request: FastifyRequest, rows: readonly SizedBody[], view: View): Promise<number> {
    const { hooks, turns } = this.#context;
    const caller = callerOf(request);
    const resources: JsonObject[] = [];
    const hooked = hooks.has(this.#type, 'post_list');
    let count = 0;
    let bytes = 0;
    for await (const shown of this.#presented(caller, rows, view)) {
      checkClient(request);
      bytes += shown.bytes;
      const fits = hooked
        ? count === 0 || bytes <= limits.pageBytes
        : text.add(await resourceText(turns, this.#openEnvelope, shown));
      if (!fits) break;
      if (hooked) {
        await turns.take(shown.bytes);
        resources.push(shown.body);
      }
      count++;
    }
    if (!hooked) return count;
    // A hook gets the page as a whole, and its result is rendered as a whole.
    const listed = await hooks.listed(this.#type, caller, resources);
    const each = Math.ceil(bytes / Math.max(listed.length, 1));
    for (const body of listed) text.append(await resourceText(turns, this.#openEnvelope, { body, bytes: each }));
    return count;
  }

  /**
   * The rendered rows, a few at a time: their related rows are in memory together. A row is released once it is
   * rendered.
   */
  async *#presented(caller: Caller, rows: readonly SizedBody[], view: View): AsyncGenerator<SizedBody> {
    const { presenter, turns } = this.#context;
    const left = [...rows];
    for (let most: number = limits.listSliceRows; left.length > 0; ) {
      const slice = firstRows(left, most);
      const [only] = slice;
      await turns.take(0);
      const shown =
        slice.length === 1 && only !== undefined
          ? [await presenter.presentOne(caller, this.#type, only, view)]
          : await presenter.present(caller, this.#type, slice, view);
      if (shown === null) {
        most = Math.ceil(slice.length / 2);
        continue;
      }
      left.splice(0, slice.length);
      yield* shown;
    }
  }

  async #show(request: FastifyRequest, reply: FastifyReply): Promise<string | null | AnswerBody> {
    const { model, presenter, hooks, turns } = this.#context;
    const caller = callerOf(request);
    const view = parseShowQuery(model, this.#type, parametersOf(request.query));
    await hooks.beforeShow(this.#type, caller, this.#idOf(request));
    const row = await this.#existing(caller, request);
    const etag = etagOf(row);
    reply.header('etag', etag);
    const seen = request.headers['if-none-match'];
    if (seen !== undefined && this.#cacheable && namesTag(seen, etag)) {
      reply.code(304);
      return null;
    }
    const { body, bytes } = await presenter.presentOne(caller, this.#type, { body: row.body, bytes: 0 }, view);
    const shown = await hooks.rendered(this.#type, caller, row.id, body);
    reply.header('content-type', JSON_TYPE);
    return sentBody(reply, await singleAnswer(turns, this.#openEnvelope, { body: shown, bytes }));
  }

  /** The memory that requests of the collection may need. */
  get collectionWork(): WorkBytes {
    return { GET: limits.pageWorkBytes };
  }

  get memberWork(): WorkBytes {
    return this.#cacheable ? {} : { GET: limits.largeWorkBytes };
  }

  async #create(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const caller = callerOf(request);
    const given = resourceIn(request.body, this.#type.singular);
    await this.#checkParents(caller, request);
    return this.#insert(caller, given, this.#placeOf(request), reply);
  }

  async #createOrUpdate(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const { database } = this.#context;
    const caller = callerOf(request);
    const given = resourceIn(request.body, this.#type.singular);
    const id = pathVariable(request, 'id');
    const conditions = preconditionsOf(request);
    for (let attempt = 1; ; attempt++) {
      const row = isValidId(id) ? await database.get(caller, this.#type.id, id) : null;
      if (conditions !== null) checkPreconditions(conditions, { type: this.#type.id, id }, row);
      try {
        if (row === null) {
          await this.#checkParents(caller, request);
          return await this.#insert(caller, given, { ...this.#placeOf(request), id }, reply);
        }
        await this.#checkPlace(caller, request, row);
        return await this.#change(caller, request, given, reply);
      } catch (error) {
        // Another client created or removed the row meanwhile: then the other case applies.
        const lost = isKamadoError(error, row === null ? 'DUPLICATE_VALUE' : 'RESOURCE_NOT_FOUND');
        if (!lost || attempt >= limits.createOrUpdateAttempts) throw error;
        if (row === null && (await database.get(caller, this.#type.id, id)) === null) throw error;
      }
    }
  }

  async #update(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const caller = callerOf(request);
    const given = resourceIn(request.body, this.#type.singular);
    if (this.#nesting !== null) await this.#existing(caller, request);
    return this.#change(caller, request, given, reply);
  }

  async #remove(request: FastifyRequest, reply: FastifyReply): Promise<null> {
    const caller = callerOf(request);
    const id = this.#idOf(request);
    if (this.#nesting !== null) await this.#existing(caller, request);
    const expected = await this.#expectedVersion(caller, request, id);
    const { database, hooks } = this.#context;
    const known = hooks.has(this.#type, 'pre_delete') || hooks.has(this.#type, 'post_delete');
    const subject = known ? { id, resource: (await this.#existing(caller, request)).body } : null;
    if (subject !== null) await hooks.before(this.#type, 'pre_delete', caller, subject);
    await database.remove(caller, this.#type.id, id, expected);
    if (subject !== null) await hooks.after(this.#type, 'post_delete', caller, subject);
    reply.code(204);
    return null;
  }

  /** Inserts a row, and answers 201 with what was committed. @throws STORAGE_FULL */
  async #insert(caller: Caller, given: JsonObject, place: Place, reply: FastifyReply): Promise<string> {
    requireSpace(this.#context.storages);
    const { id, body } = newResource(this.#context, caller, this.#type, given, place);
    const { database, hooks } = this.#context;
    const patched = await hooks.before(this.#type, 'pre_create', caller, { id, resource: { ...body, id } });
    const row = await database.create(caller, this.#type.id, id, { ...body, ...patched });
    await hooks.after(this.#type, 'post_create', caller, { id, resource: row.body });
    reply.code(201).header('location', `${this.#type.url}/${id}`);
    return this.#committed(row, reply);
  }

  /** Changes the row of the path, and answers with what was committed. @throws STORAGE_FULL */
  async #change(caller: Caller, request: FastifyRequest, given: JsonObject, reply: FastifyReply): Promise<string> {
    requireSpace(this.#context.storages);
    const { validator, database, hooks } = this.#context;
    const id = this.#idOf(request);
    const patch = validator.update(this.#type, given);
    const expectedVersion = await this.#expectedVersion(caller, request, id);
    const change = { type: this.#type.id, id, expectedVersion };
    if (!hooks.has(this.#type, 'pre_update') && !hooks.has(this.#type, 'post_update')) {
      return this.#committed(await database.update(caller, { ...change, patch }), reply);
    }
    const { body: previous } = await this.#existing(caller, request);
    const asked = { id, resource: mergedBody(previous, patch), previous };
    const patched = await hooks.before(this.#type, 'pre_update', caller, asked);
    const row = await database.update(caller, { ...change, patch: { ...patch, ...patched } });
    await hooks.after(this.#type, 'post_update', caller, { id, resource: row.body, previous });
    return this.#committed(row, reply);
  }

  #committed(row: Row, reply: FastifyReply): string {
    reply.header('content-type', JSON_TYPE).header('etag', etagOf(row));
    return this.#envelope.singleBegin + this.#envelope.resource(row.body) + singleEnd;
  }

  /** The row of the path, below the parents that the path names. @throws RESOURCE_NOT_FOUND */
  async #existing(caller: Caller, request: FastifyRequest): Promise<Row> {
    const id = this.#idOf(request);
    const row = await this.#context.database.get(caller, this.#type.id, id);
    if (row === null) throw notFound(this.#type, id);
    await this.#checkPlace(caller, request, row);
    return row;
  }

  async #checkPlace(caller: Caller, request: FastifyRequest, row: Row): Promise<void> {
    if (this.#nesting === null) return;
    const { database } = this.#context;
    await checkPlace(database, caller, this.#nesting.ancestors, idIn(request), { type: this.#type, row });
  }

  async #checkParents(caller: Caller, request: FastifyRequest): Promise<void> {
    if (this.#nesting === null) return;
    await checkAncestors(this.#context.database, caller, this.#nesting.ancestors, idIn(request));
  }

  /** The parent of a new resource, from the path or else the query (compatibility A1). */
  #placeOf(request: FastifyRequest): Place {
    if (this.#nesting !== null) {
      const [parent] = this.#nesting.ancestors;
      return { parent: { field: parent.field, id: idIn(request)(parent) } };
    }
    const { parent } = this.#type;
    const field = `${parent}_id`;
    const id = parent === null ? undefined : single(parametersOf(request.query), field);
    return id === undefined ? {} : { parent: { field, id } };
  }

  /**
   * The version that a change is for, or null for any; the database compares it in the transaction of the change.
   * @throws VERSION_CONFLICT, RESOURCE_NOT_FOUND
   */
  async #expectedVersion(caller: Caller, request: FastifyRequest, id: string): Promise<number | null> {
    const conditions = preconditionsOf(request);
    if (conditions === null) return null;
    const { ifMatch, ifNoneMatch } = conditions;
    const version = ifMatch === undefined || ifNoneMatch !== undefined ? null : singleVersion(ifMatch);
    if (version !== null) return version;
    const row = await this.#context.database.get(caller, this.#type.id, id);
    if (row === null) throw notFound(this.#type, id);
    checkPreconditions(conditions, { type: this.#type.id, id }, row);
    return ifMatch === '*' && ifNoneMatch === undefined ? null : row.configVersion;
  }

  /** The id in the path. @throws RESOURCE_NOT_FOUND if it can't be an id */
  #idOf(request: FastifyRequest): string {
    const id = pathVariable(request, 'id');
    if (!isValidId(id)) throw notFound(this.#type, id);
    return id;
  }
}

/** The first rows: those that are decoded in one turn. */
function firstRows(rows: readonly SizedBody[], most: number): readonly SizedBody[] {
  let bytes = 0;
  const end = rows.findIndex((row, i) => {
    const full = i >= most || (i > 0 && bytes >= limits.turnBytes);
    bytes += row.bytes;
    return full;
  });
  return end < 0 ? rows.slice() : rows.slice(0, end);
}

/** A resource's body after a change. */
function mergedBody(body: JsonObject, patch: JsonObject): JsonObject {
  const changes = Object.entries(patch).map(([name, value]) => [name, mergedJson(body[name], value)] as const);
  return { ...body, ...Object.fromEntries(changes) };
}

function idIn(request: FastifyRequest): (ancestor: Ancestor) => string {
  return ({ variable }) => pathVariable(request, variable);
}

/** Limits a list below a parent to its children, whatever the query says. @throws QUERY_INVALID */
function belowParent(query: ListQuery, { ancestors: [parent] }: NestedUrl, request: FastifyRequest) {
  const id = idIn(request)(parent);
  const asked = query.filters.get(parent.field);
  if (asked?.includes(id) === false || query.searchFields.includes(parent.field)) {
    throw invalid(parent.field, 'the path names another one');
  }
  const filters = new Map([...query.filters, [parent.field, [id]]]);
  if (query.anyOf && filters.size > 1) throw invalid('any_of', 'it is possible on the URL of the type itself only');
  return { ...query, filters };
}
