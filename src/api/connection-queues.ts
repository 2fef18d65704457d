import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../kernel/index.ts';

/** A request and its answer, as Node's objects. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly answer: ServerResponse;
  /** Begins to process the request. */
  readonly begin: () => void;
  /** Called once after `begin`: the answer is with the client, or the connection has ended. */
  readonly end: () => void;
}

interface Connection {
  /** An array, since there are few: in a Set, completed ones would live until the next full garbage collection. */
  readonly underWay: Exchange[];
  readonly waiting: Exchange[];
  /** Called when no request is in progress and none waits. */
  whenIdle: (() => void) | null;
}

/**
 * The requests of each connection. A few of them are processed at a time, and the answer of one is with the client
 * before the next begins. Node's parser passes on all requests of the data that it has read at once: the surplus waits
 * here. If many wait, the connection isn't read meanwhile, so that a client that doesn't read its answers can't send
 * more.
 */
export class ConnectionQueues {
  readonly #connections = new WeakMap<Socket, Connection>();
  #waiting = 0;

  /** Begins a request at once, or when the earlier requests of the connection are answered. */
  enter(exchange: Exchange): void {
    const { socket } = exchange.request;
    const connection = this.#connectionOf(socket);
    if (connection.waiting.length === 0 && connection.underWay.length < limits.requestsPerConnection) {
      this.#begin(socket, connection, exchange);
      return;
    }
    if (this.#waiting >= limits.pipelinedRequests) {
      // Any answer would need more memory than the wait itself.
      socket.destroy();
      return;
    }
    this.#waiting++;
    connection.waiting.push(exchange);
    if (isFull(connection)) socket.pause();
  }

  /** The request of the connection that began last, if it is still in progress. */
  latest(socket: Socket): Exchange | undefined {
    return this.#connections.get(socket)?.underWay.at(-1);
  }

  /** Calls `task`, instead of one given earlier, when all requests of the connection are answered. */
  whenIdle(socket: Socket, task: () => void): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.underWay.length === 0) task();
    else connection.whenIdle = task;
  }

  #connectionOf(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = { underWay: [], waiting: [], whenIdle: null };
      this.#connections.set(socket, connection);
      this.#listen(socket, connection);
    }
    return connection;
  }

  #listen(socket: Socket, connection: Connection): void {
    const { underWay, waiting } = connection;
    // Node resumes reading when it is done with a request, even if this class has paused the socket.
    socket.on('resume', () => {
      if (isFull(connection)) socket.pause();
    });
    socket.once('close', () => {
      this.#waiting -= waiting.length;
      waiting.length = 0;
      for (const exchange of underWay) exchange.end();
      underWay.length = 0;
    });
  }

  #begin(socket: Socket, connection: Connection, exchange: Exchange): void {
    connection.underWay.push(exchange);
    exchange.answer.once('close', () => {
      const place = connection.underWay.indexOf(exchange);
      if (place < 0) return;
      connection.underWay.splice(place, 1);
      exchange.end();
      this.#next(socket, connection);
    });
    exchange.begin();
  }

  #next(socket: Socket, connection: Connection): void {
    const { underWay, waiting } = connection;
    // Node notifies the answer of the end of its connection first.
    while (underWay.length < limits.requestsPerConnection && !socket.destroyed) {
      const wasFull = isFull(connection);
      const next = waiting.shift();
      if (next === undefined) break;
      this.#waiting--;
      if (wasFull && !isFull(connection)) socket.resume();
      this.#begin(socket, connection, next);
    }
    if (underWay.length === 0) connection.whenIdle?.();
  }
}

function isFull({ waiting }: Connection): boolean {
  return waiting.length > limits.requestsAhead;
}
