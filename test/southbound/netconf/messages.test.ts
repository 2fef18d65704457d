import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { BASE_1_0, BASE_1_1, commonFraming, helloIn, helloMessage } from '../../../src/southbound/netconf/hello.ts';
import { ProtocolFault } from '../../../src/southbound/netconf/protocol-fault.ts';
import { readReply, rpcMessage } from '../../../src/southbound/netconf/rpc.ts';
import { escapeXml, parseXml, parseXmlInTurns } from '../../../src/southbound/netconf/xml.ts';

const hello = (inner: string) => `<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">${inner}</hello>`;
const capability = (uri: string) => `<capabilities><capability>${uri}</capability></capabilities>`;

describe('hello', () => {
  it('reads what it writes', () => {
    const uri = fc.constantFrom('urn:a?b=1&c=2', 'http://x/"y"', 'urn:<odd>');
    fc.assert(
      fc.property(fc.array(uri), fc.option(fc.integer({ min: 1, max: 4_294_967_295 })), (uris, id) => {
        const sent = { sessionId: id ?? undefined, capabilities: [BASE_1_0, ...uris] };
        assert.deepEqual(helloIn(parseXml(helloMessage(sent))), sent);
      }),
    );
  });

  it('reads the hello of a device that uses a prefix, a declaration, comments and white space', () => {
    const text = `<?xml version="1.0" encoding="UTF-8"?>
      <!-- No zombies were killed during the creation of this user interface -->
      <nc:hello xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"><nc:capabilities>
        <nc:capability>
          ${BASE_1_0}
        </nc:capability></nc:capabilities><nc:session-id> 61739 </nc:session-id></nc:hello>`;
    assert.deepEqual(helloIn(parseXml(text)), { sessionId: 61739, capabilities: [BASE_1_0] });
  });

  it('agrees on chunks only where both announce them', () => {
    const both = [BASE_1_0, BASE_1_1];
    assert.equal(commonFraming(both, both), 'chunked');
    assert.equal(commonFraming(both, [BASE_1_0]), 'end-of-message');
    assert.equal(commonFraming([BASE_1_0], both), 'end-of-message');
    assert.throws(() => commonFraming([BASE_1_0], [BASE_1_1]), ProtocolFault);
  });

  const refused: [string, string, RegExp][] = [
    ['another root', '<goodbye/>', /not a hello/],
    ['no capabilities', hello('<session-id>1</session-id>'), /base capability/],
    ['no base capability', hello(`${capability('urn:x')}<session-id>1</session-id>`), /base capability/],
    ['session-id 0', hello(`${capability(BASE_1_0)}<session-id>0</session-id>`), /session-id/],
    ['a session-id that is no number', hello(`${capability(BASE_1_0)}<session-id>x</session-id>`), /session-id/],
    ['a session-id over 32 bits', hello(`${capability(BASE_1_0)}<session-id>4294967296</session-id>`), /session-id/],
    ['two roots', `${hello(capability(BASE_1_0))}<hello/>`, /well-formed/],
    ['a tag left open', `<hello>${capability(BASE_1_0)}`, /well-formed/],
    ['no XML', 'Username:', /well-formed/],
    ['nothing', '', /well-formed/],
    ['a document type', `<!DOCTYPE hello [<!ENTITY a "b">]>${hello(capability(BASE_1_0))}`, /document type/],
    ['an entity inside', `<hello><!ENTITY a "b"></hello>`, /well-formed/],
    ['deep nesting', `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}`, /deeper than 100/],
    ['many attributes', `<hello ${Array.from({ length: 257 }, (_, i) => `a${i}=""`).join(' ')}/>`, /more than 256/],
    ['an attribute twice', '<hello a="1" a="2"/>', /well-formed/],
    ['an entity that nobody declared', hello('&secret;'), /well-formed/],
  ];
  for (const [what, text, reason] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => helloIn(parseXml(text)),
        (error) => error instanceof ProtocolFault && reason.test(error.message),
      );
    });
  }
});

describe('XML', () => {
  it('keeps the text of attributes and contents', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (value) => {
        const root = parseXml(`<a b="${escapeXml(value)}"><c>x${escapeXml(value)}x</c></a>`);
        assert.equal(root.attributes.get('b')?.trim(), value.trim());
        assert.equal(root.children[0]?.text, `x${value}x`);
      }),
    );
  });

  it('finds the root behind anything that may stand before it', () => {
    const text = `\ufeff<?xml version="1.0"?> <?pi a>b?><!--<c/>-->\n<r:root b="1>2" c='"'><x/></r:root>`;
    const root = parseXml(text);
    assert.equal(root.name, 'root');
    assert.equal(root.attributes.get('b'), '1>2');
    assert.equal(root.attributes.get('c'), '"');
  });
});

describe('rpc', () => {
  const reply = (inner: string) => `<rpc-reply message-id="7" xmlns="u">${inner}</rpc-reply>`;
  const error = (severity: string, tag = 'lock-denied') =>
    `<rpc-error><error-type>protocol</error-type><error-tag>${tag}</error-tag>` +
    `<error-severity>${severity}</error-severity><error-message>secret psk</error-message></rpc-error>`;

  it('puts the operation into an rpc with its id', () => {
    const root = parseXml(rpcMessage('7', '<get/>'));
    assert.equal(root.name, 'rpc');
    assert.equal(root.attributes.get('message-id'), '7');
    assert.deepEqual(
      root.children.map((child) => child.name),
      ['get'],
    );
  });

  const read = (text: string) => readReply(systemRuntime, text);
  const tagOf = async (inner: string) => (await read(reply(inner))).errorTag;

  it('reads id, text and error-tag', async () => {
    assert.deepEqual(await read(reply('<ok/>')), { messageId: '7', text: reply('<ok/>'), errorTag: undefined });
    assert.equal(await tagOf(error('error')), 'lock-denied');
    assert.equal(await tagOf(`<commit-results>${error('error')}</commit-results>`), 'lock-denied');
    assert.equal(await tagOf(`${error('warning')}<ok/>`), undefined);
    assert.equal(await tagOf(`${error('warning')}${error('error', 'in-use')}`), 'in-use');
    assert.equal(await tagOf(`<data>${error('error')}</data>`), undefined);
    assert.equal(await tagOf(`<a><b>${error('error')}</b></a>`), undefined);
    assert.equal(await tagOf(error('error', 'Not A Tag')), 'unknown error');
    assert.equal(await tagOf(error('error', 'x'.repeat(100_000))), 'unknown error');
  });

  it('refuses what is no reply', async () => {
    for (const text of ['<hello/>', '<rpc-reply/>', 'ok', '<!DOCTYPE a><rpc-reply message-id="1"/>', '<a']) {
      await assert.rejects(read(text), ProtocolFault, text);
    }
  });

  it('reads a large one in slices, others in between', async () => {
    const inner = error('warning').repeat(10_000);
    let turns = 0;
    const runtime = {
      ...systemRuntime,
      nextTurn: (task: () => void) =>
        systemRuntime.nextTurn(() => {
          turns++;
          task();
        }),
    };
    assert.equal((await readReply(runtime, reply(inner))).errorTag, undefined);
    assert.equal(turns, Math.ceil(reply(inner).length / limits.netconfXmlSliceLength) - 1);
    const [root] = await Promise.all([parseXmlInTurns(runtime, reply(inner))]);
    assert.equal(root.children.length, 10_000);
  });

  it('ends in the middle of a large one when the connection has ended', async () => {
    let slices = 0;
    const isOver = () => ++slices > 3;
    await assert.rejects(readReply(systemRuntime, reply('<a/>'.repeat(200_000)), isOver), ProtocolFault);
    assert.equal(slices, 4);
  });
});
