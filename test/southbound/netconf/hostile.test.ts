import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServerChannel } from 'ssh2';
import { limits } from '../../../src/kernel/limits.ts';
import { BASE_1_0, BASE_1_1 } from '../../../src/southbound/netconf/hello.ts';
import { openNetconf } from '../../../src/southbound/netconf/netconf.ts';
import {
  AMPLE_MS,
  acceptAny,
  countingRuntime,
  failure,
  PASSWORD,
  SHORT_MS,
  sshServer,
  type TestServer,
  targetOf,
  tcpServer,
  until,
} from './helpers.ts';

const MARK = ']]>]]>';
const hello = (version: string, rest = '<session-id>1</session-id>') =>
  `<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>` +
  `<capability>${version}</capability></capabilities>${rest}</hello>`;

describe('a hostile device', () => {
  const { runtime, timers } = countingRuntime();
  const open = (server: TestServer, timeoutMs = AMPLE_MS) =>
    openNetconf(runtime, targetOf(server), { hostKey: acceptAny, timeoutMs });
  const leavesNothing = async (server: TestServer) => {
    await until(() => server.open() === 0);
    assert.equal(timers(), 0);
    await server.close();
  };

  const firstWords: [string, string | (() => string), RegExp][] = [
    ['no session-id', hello(BASE_1_0, '') + MARK, /no session-id/],
    ['no base capability', hello('urn:x') + MARK, /no base capability/],
    ['a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${hello(BASE_1_0)}${MARK}`, /document type/],
    ['garbage', `Welcome to IOS${MARK}`, /not well-formed/],
    ['an rpc-reply at once', `<rpc-reply message-id="1"/>${MARK}`, /not a hello/],
    ['a hello without an end', () => `<hello>${'x'.repeat(limits.netconfHelloBytes)}`, /longer than 524288 bytes/],
    ['a second hello', `${hello(BASE_1_0)}${MARK}${hello(BASE_1_0)}${MARK}`, /not asked|not an rpc-reply/],
  ];
  for (const [what, words, reason] of firstWords) {
    it(`is refused when it opens with ${what}`, async () => {
      const server = await sshServer({
        channel: (channel) => void channel.write(typeof words === 'string' ? words : words()),
      });
      const outcome = open(server).then((session) => session.rpc('<get/>'));
      await failure(outcome, 'NETCONF_PROTOCOL', reason);
      await leavesNothing(server);
    });
  }

  const replies: [string, string, RegExp][] = [
    ['a garbled chunk header', '\n#x\n', /chunk header/],
    ['a chunk size of 0', '\n#0\n', /chunk header/],
    ['a chunk size over 32 bits', '\n#4294967296\n', /out of range/],
    ['a chunk size over the limit', '\n#4294967295\n', /longer than 4194304 bytes/],
    ['a reply to something else', chunk('<rpc-reply message-id="99"><ok/></rpc-reply>'), /not asked/],
    ['a reply without id', chunk('<rpc-reply><ok/></rpc-reply>'), /no message-id/],
    ['a document type', chunk('<!DOCTYPE a><rpc-reply message-id="1"/>'), /document type/],
    ['end-of-message framing', `<rpc-reply message-id="1"><ok/></rpc-reply>${MARK}`, /chunk header/],
    ['what is no XML', chunk('<rpc-reply message-id="1">'), /not well-formed/],
  ];
  for (const [what, bytes, reason] of replies) {
    it(`is refused when it answers with ${what}`, async () => {
      const server = await sshServer({ channel: (channel) => answerFirst(channel, bytes) });
      const session = await open(server);
      await failure(session.rpc('<get/>'), 'NETCONF_PROTOCOL', reason);
      await session.close();
      await leavesNothing(server);
    });
  }

  it('is dropped when it goes in the middle of a message', async () => {
    const server = await sshServer({
      channel: (channel, socket) => {
        channel.write('<hello><capab');
        channel.once('data', () => socket.destroySoon());
      },
    });
    await failure(open(server), 'NETCONF_UNREACHABLE', /closed/);
    await leavesNothing(server);
  });

  it('is dropped when it closes the channel and keeps the connection', async () => {
    const server = await sshServer({ channel: (channel) => void channel.close() });
    await failure(open(server), 'NETCONF_UNREACHABLE', /closed/);
    await leavesNothing(server);
  });

  it('is refused without the subsystem', async () => {
    const server = await sshServer({});
    await failure(open(server), 'NETCONF_PROTOCOL', /subsystem netconf/);
    await leavesNothing(server);
  });

  it('cannot talk for ever before it says that it is SSH', async () => {
    const server = await tcpServer((socket) => talk(socket, 'Unauthorised access is prohibited.\r\n'));
    await failure(open(server), 'NETCONF_PROTOCOL', /SSH/);
    await leavesNothing(server);
  });

  it('cannot trickle its banner for ever', async () => {
    const server = await tcpServer((socket) => {
      const timer = setInterval(() => socket.write('x\r\n'), 20);
      socket.once('close', () => clearInterval(timer));
    });
    await failure(open(server, SHORT_MS), 'NETCONF_UNREACHABLE', /no answer within/);
    await leavesNothing(server);
  });

  it('is no SSH server', async () => {
    const server = await tcpServer((socket) => {
      socket.resume();
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\nSSH-0.9-x\r\n');
    });
    await failure(open(server), 'NETCONF_PROTOCOL', /SSH/);
    await leavesNothing(server);
  });

  it('cannot fill the memory through the channel for errors', async () => {
    const server = await sshServer({
      channel: (channel) => {
        talk(channel.stderr, 'x'.repeat(30_000));
        channel.write(hello(BASE_1_0) + MARK);
      },
    });
    const session = await open(server);
    await session.close();
    await leavesNothing(server);
  });

  it('cannot ask for the password again and again', async () => {
    let asked = 0;
    const server = await sshServer({
      authenticate: (context) => {
        if (context.method !== 'keyboard-interactive') {
          context.reject(['keyboard-interactive']);
          return;
        }
        const ask = () => {
          asked += 1;
          context.prompt([{ prompt: 'Password: ', echo: false }], ask);
        };
        ask();
      },
    });
    await failure(open(server), 'NETCONF_AUTHENTICATION');
    await leavesNothing(server);
    assert.equal(asked, limits.netconfPromptRounds + 1);
  });

  it('never sees the password where it offers no login that takes one', async () => {
    const methods: string[] = [];
    const server = await sshServer({
      authenticate: (context) => {
        methods.push(context.method);
        context.reject(['publickey']);
      },
    });
    await failure(open(server), 'NETCONF_AUTHENTICATION');
    assert.deepEqual(methods, ['none']);
    await leavesNothing(server);
  });

  it('is refused when it wants the password changed', async () => {
    const server = await sshServer({
      authenticate: (context) => {
        if (context.method === 'password') context.requestChange('New password: ', () => {});
        else context.reject(['password']);
      },
    });
    await failure(open(server), 'NETCONF_AUTHENTICATION');
    await leavesNothing(server);
  });

  it('cannot get the password printed by saying it', async () => {
    const server = await sshServer({
      channel: (channel) =>
        answerFirst(
          channel,
          chunk(`<rpc-reply message-id="1"><rpc-error><error-tag>${PASSWORD}</error-tag></rpc-error></rpc-reply>`),
        ),
    });
    const session = await open(server);
    await failure(session.rpc('<get/>'), 'NETCONF_RPC_ERROR');
    await session.close();
    await leavesNothing(server);
  });
});

function chunk(message: string): string {
  return `\n#${Buffer.byteLength(message)}\n${message}\n##\n`;
}

/** Says hello with base:1.1, and these bytes to the first request. */
function answerFirst(channel: ServerChannel, bytes: string): void {
  channel.write(hello(BASE_1_1) + MARK);
  let received = '';
  let answered = false;
  channel.on('data', (data: Buffer) => {
    received += data.toString();
    if (!answered && received.includes('<rpc ')) {
      answered = true;
      channel.write(bytes);
    }
  });
}

/** Writes without an end, as fast as it's read. */
function talk(stream: NodeJS.WritableStream, text: string): void {
  const more = () => {
    while (stream.writable && stream.write(text)) {
      // as much as fits
    }
  };
  stream.on('drain', more);
  more();
}
