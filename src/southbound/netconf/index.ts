export { encodeFrame, FrameDecoder, type Framing } from './framing.ts';
export { BASE_1_0, BASE_1_1, commonFraming, helloIn, helloMessage } from './hello.ts';
export { type NetconfTarget, openNetconf } from './netconf.ts';
export { ProtocolFault } from './protocol-fault.ts';
export { childNamed, escapeXml, NETCONF_NAMESPACE, parseXml, type XmlElement } from './xml.ts';
