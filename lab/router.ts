import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Server as SshServer } from 'ssh2';
import { routerCapabilities } from './configuration.ts';
import { type Fault, type FaultStage, faultAt } from './fault.ts';
import { listen } from './listen.ts';
import { serveNetconf } from './netconf-server.ts';

/** The options of a simulated edge router: a real SSH server with the subsystem `netconf`, and faults on demand. */
export interface RouterOptions {
  /** Also the host name in its configuration. */
  readonly name: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly login: string;
  readonly password: string;
  /** A private key in OpenSSH format. */
  readonly hostKeyPem: string;
  readonly fault?: Fault;
  /** Called at each stage of each connection. undefined leaves the fault to `fault` and `setFault`. */
  readonly faultSource?: () => Fault | undefined;
  /** The capabilities in its hello, instead of `routerCapabilities`. */
  readonly capabilities?: readonly string[];
}

/** The counts of a router since it started. */
export interface RouterSessions {
  /** TCP connections, including refused ones. */
  readonly connections: number;
  /** The passwords that clients sent, right or wrong. */
  readonly passwordAttempts: number;
  /** NETCONF sessions that reached the exchange of hellos. */
  readonly established: number;
  readonly requests: number;
  /** TCP connections that are open now. */
  readonly open: number;
}

/** A running router. */
export interface Router {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Sets the fault for each stage that a connection reaches from now on. Open sessions aren't affected. */
  readonly setFault: (fault: Fault) => void;
  /** The current counts. */
  readonly sessions: RouterSessions;
  /** Closes all connections and stops listening. */
  readonly close: () => Promise<void>;
}

/** The limit of connections: a lab isn't made for load. */
const LARGEST_CONNECTIONS = 256;
/** The time for which a client may stay connected after its session. */
const LINGER_MS = 1_000;

/** Starts a router. Throws PORT_IN_USE and ADDRESS_UNUSABLE. */
export async function startRouter(options: RouterOptions): Promise<Router> {
  const router = new LabRouter(options);
  await router.listen();
  return router;
}

class LabRouter implements Router {
  readonly #options: RouterOptions;
  readonly #net: NetServer;
  readonly #ssh: SshServer;
  readonly #sockets = new Set<Socket>();
  /** Open NETCONF sessions, and the functions that end them. */
  readonly #netconf = new Map<number, () => void>();
  #fault: Fault;
  #port: number;
  #lastSessionId = 0;
  readonly #counts = { connections: 0, passwordAttempts: 0, established: 0, requests: 0 };

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#fault = options.fault ?? { kind: 'none' };
    this.#port = options.port;
    this.#ssh = new ssh2.Server({ hostKeys: [options.hostKeyPem] });
    this.#ssh.on('connection', (connection, client) => {
      const socket = this.#socketFrom(client.ip, client.port);
      if (socket === undefined) connection.end();
      else this.#serve(connection, socket);
    });
    this.#net = createServer((socket) => this.#accept(socket));
    this.#net.maxConnections = LARGEST_CONNECTIONS;
  }

  get name(): string {
    return this.#options.name;
  }

  get address(): string {
    return this.#options.host;
  }

  get port(): number {
    return this.#port;
  }

  get sessions(): RouterSessions {
    return { ...this.#counts, open: this.#sockets.size };
  }

  async listen(): Promise<void> {
    this.#port = await listen(this.#net, this.#options.host, this.#options.port);
  }

  setFault(fault: Fault): void {
    this.#fault = fault;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      // Closing a closed server is an error, which doesn't matter.
      this.#net.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #currentFault(): Fault {
    return this.#options.faultSource?.() ?? this.#fault;
  }

  /** Returns whether the connection continues. A hanging one stays open. */
  #passes(stage: FaultStage, socket: Socket): boolean {
    const effect = faultAt(this.#currentFault(), stage);
    if (effect === 'drop') socket.destroySoon();
    return effect === 'none';
  }

  #accept(socket: Socket): void {
    this.#counts.connections += 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A client that disconnects early is no fault of the router.
    socket.on('error', () => {});
    if (this.#currentFault().kind === 'refuse') {
      socket.resetAndDestroy();
    } else if (this.#passes('connect', socket)) {
      this.#ssh.injectSocket(socket);
    } else {
      // Without reading, the end of the client's connection would not be noticed.
      socket.resume();
    }
  }

  /** The library hides its socket, so a connection is found by the client's address. */
  #socketFrom(address: string, port: number): Socket | undefined {
    return [...this.#sockets].find((socket) => socket.remoteAddress === address && socket.remotePort === port);
  }

  #serve(connection: Connection, socket: Socket): void {
    // The same: the library disconnects a client that breaks the protocol.
    connection.on('error', () => {});
    connection.on('authentication', (context) => this.#authenticate(context));
    connection.once('ready', () => {
      const isServed = this.#passes('authenticate', socket);
      connection.on('session', (acceptSession) => {
        acceptSession().on('subsystem', (accept, reject, info) => {
          if (info.name !== 'netconf') reject();
          else if (isServed) this.#startNetconf(accept(), connection, socket);
        });
      });
    });
  }

  #authenticate(context: AuthContext): void {
    if (context.method !== 'password') {
      context.reject(['password']);
      return;
    }
    this.#counts.passwordAttempts += 1;
    const isKnown = equal(context.username, this.#options.login) && equal(context.password, this.#options.password);
    if (isKnown) context.accept();
    else context.reject(['password']);
  }

  #startNetconf(channel: ServerChannel, connection: Connection, socket: Socket): void {
    this.#lastSessionId += 1;
    const sessionId = this.#lastSessionId;
    const end = () => endChannel(channel, connection, socket);
    this.#netconf.set(sessionId, end);
    socket.once('close', () => this.#netconf.delete(sessionId));
    channel.on('error', () => {});
    channel.once('end', end);
    serveNetconf(channel, {
      routerName: this.#options.name,
      sessionId,
      capabilities: this.#options.capabilities ?? routerCapabilities,
      onHello: () => {
        this.#counts.established += 1;
        return this.#passes('hello', socket);
      },
      onRequest: () => {
        this.#counts.requests += 1;
      },
      killSession: (id) => this.#killSession(sessionId, id),
      end,
    });
  }

  #killSession(own: number, id: number): boolean {
    const end = id === own ? undefined : this.#netconf.get(id);
    end?.();
    return end !== undefined;
  }
}

/**
 * Closes the channel and lets the client disconnect: a client that is disconnected at once may lose output, as OpenSSH
 * does. A client that stays is disconnected later.
 */
function endChannel(channel: ServerChannel, connection: Connection, socket: Socket): void {
  const timer = setTimeout(() => connection.end(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  if (!channel.writable) return;
  channel.exit(0);
  channel.end();
}

/** Compares secrets in constant time. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
