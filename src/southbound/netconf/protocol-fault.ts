/**
 * What a peer said is not NETCONF as the RFCs define it. Carries only our own words, never the peer's; the session makes
 * NETCONF_PROTOCOL of it, which names the device.
 */
export class ProtocolFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ProtocolFault';
  }
}
