import type { Duplex } from 'node:stream';
import { limits, type Runtime, type Turns, turnsOf } from '../../kernel/index.ts';
import type { ConnectionScope } from './connection-scope.ts';
import { encodeFrame, FrameDecoder, type Framing } from './framing.ts';
import { ProtocolFault } from './protocol-fault.ts';
import type { TargetErrors } from './target.ts';

/** Whole messages over the bytes of a channel. A fault of the peer ends `line` with NETCONF_PROTOCOL. */
export class MessageStream {
  readonly #turns: Turns;
  readonly #channel: Duplex;
  readonly #line: ConnectionScope;
  readonly #errors: TargetErrors;
  readonly #decoder = new FrameDecoder(limits.netconfHelloBytes);
  #framing: Framing = 'end-of-message';
  #receive: ((message: string) => Promise<void>) | undefined;
  /** Whether a message is being read: the next one waits, and so does the device. */
  #isReading = false;

  constructor(runtime: Runtime, channel: Duplex, line: ConnectionScope, errors: TargetErrors) {
    this.#turns = turnsOf(runtime);
    this.#channel = channel;
    this.#line = line;
    this.#errors = errors;
    channel.on('data', (bytes: Buffer) => this.#take(bytes));
  }

  /** What many devices send at once is looked at in turns; meanwhile the device waits. */
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
   * Who gets the messages from here on, one after the other; it may reject with ProtocolFault. Those already here are
   * delivered at once.
   */
  onMessage(receive: (message: string) => Promise<void>): void {
    this.#receive = receive;
    this.#guard(() => this.#deliver());
  }

  /** After the hellos: the framing of both directions, and room for large messages. */
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
    if (this.#receive === undefined || this.#isReading || this.#line.isOver) return;
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
    if (this.#line.isOver) return;
    try {
      action();
    } catch (error) {
      this.#end(error);
    }
  }

  #end(error: unknown): void {
    this.#line.end(error instanceof ProtocolFault ? this.#errors.protocol(error.message) : error);
  }
}
