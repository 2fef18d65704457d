import type { Duplex } from 'node:stream';
import { limits, type Runtime, type Turns, turnsOf } from '../../kernel/index.ts';
import type { ConnectionScope } from './connection-scope.ts';
import { encodeFrame, FrameDecoder, type Framing } from './framing.ts';
import { ProtocolFault } from './protocol-fault.ts';
import type { TargetErrors } from './target.ts';

/** Whole messages over the bytes of a channel. A fault of the peer ends the scope with NETCONF_PROTOCOL. */
export class MessageStream {
  readonly #turns: Turns;
  readonly #channel: Duplex;
  readonly #scope: ConnectionScope;
  readonly #errors: TargetErrors;
  readonly #decoder = new FrameDecoder(limits.netconfHelloBytes);
  #framing: Framing = 'end-of-message';
  #receive: ((message: string) => Promise<void>) | undefined;
  /** Whether a message is being read: the next one waits, and so does the device. */
  #isReading = false;

  constructor(runtime: Runtime, channel: Duplex, scope: ConnectionScope, errors: TargetErrors) {
    this.#turns = turnsOf(runtime);
    this.#channel = channel;
    this.#scope = scope;
    this.#errors = errors;
    channel.on('data', (bytes: Buffer) => this.#take(bytes));
  }

  /** Data that many devices send at once is processed in turns. Meanwhile the devices wait. */
  #take(bytes: Buffer): void {
    this.#channel.pause();
    void this.#turns.take(bytes.length * limits.netconfTurnCost).then(() => {
      this.#guard(() => {
        this.#decoder.push(bytes);
        this.#deliver();
      });
      if (!this.#isReading) this.#channel.resume();
    });
  }

  /**
   * Sets the receiver of all messages from now on, one after the other. It may reject with ProtocolFault. Messages that
   * have already arrived are delivered at once.
   */
  onMessage(receive: (message: string) => Promise<void>): void {
    this.#receive = receive;
    this.#guard(() => this.#deliver());
  }

  /** Sets, after the hellos, the framing of both directions and the size of large messages. */
  useFraming(framing: Framing): void {
    this.#framing = framing;
    this.#decoder.expect(framing, limits.netconfMessageBytes);
  }

  send(message: string): void {
    this.#guard(() => {
      this.#channel.write(encodeFrame(this.#framing, message));
    });
  }

  #deliver(): void {
    if (this.#receive === undefined || this.#isReading || this.#scope.isOver) return;
    const message = this.#decoder.next();
    if (message === undefined) return;
    this.#isReading = true;
    this.#channel.pause();
    this.#receive(message).then(
      () => {
        this.#isReading = false;
        this.#channel.resume();
        this.#guard(() => this.#deliver());
      },
      (error: unknown) => this.#end(error),
    );
  }

  #guard(action: () => void): void {
    if (this.#scope.isOver) return;
    try {
      action();
    } catch (error) {
      this.#end(error);
    }
  }

  #end(error: unknown): void {
    this.#scope.end(error instanceof ProtocolFault ? this.#errors.protocol(error.message) : error);
  }
}
