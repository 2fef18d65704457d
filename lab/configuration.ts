import { BASE_1_0, BASE_1_1 } from '../src/southbound/netconf/index.ts';

/** The capabilities of a router: the base, the usual options of the RFCs, and some of a vendor. */
export const routerCapabilities: readonly string[] = [
  BASE_1_0,
  BASE_1_1,
  'urn:ietf:params:netconf:capability:candidate:1.0',
  'urn:ietf:params:netconf:capability:confirmed-commit:1.0',
  'urn:ietf:params:netconf:capability:validate:1.0',
  'urn:ietf:params:netconf:capability:url:1.0?scheme=http,ftp,file',
  'urn:ietf:params:xml:ns:yang:ietf-interfaces?module=ietf-interfaces&revision=2018-02-20',
  'urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring?module=ietf-netconf-monitoring&revision=2010-10-04',
  'http://xml.juniper.net/netconf/junos/1.0',
  'http://xml.juniper.net/dmi/system/1.0',
];

/** A small configuration of an edge router. Addresses are of the documentation ranges (RFC 5737). */
export function routerConfiguration(name: string): string {
  return `<configuration xmlns="http://xml.juniper.net/xnm/1.1/xnm">
  <system>
    <host-name>${name}</host-name>
    <services><netconf><ssh/></netconf></services>
  </system>
  <interfaces>
    <interface>
      <name>ge-0/0/0</name>
      <description>uplink</description>
      <unit><name>0</name><family><inet><address><name>192.0.2.1/30</name></address></inet></family></unit>
    </interface>
    <interface>
      <name>ge-0/0/1</name>
      <description>tenants</description>
      <vlan-tagging/>
    </interface>
  </interfaces>
  <protocols>
    <bgp>
      <group>
        <name>core</name>
        <type>internal</type>
        <neighbor><name>198.51.100.1</name></neighbor>
      </group>
    </bgp>
  </protocols>
</configuration>`;
}

/** The operational state, which `get` returns in addition. */
export function routerState(name: string): string {
  return `<system-state xmlns="urn:ietf:params:xml:ns:yang:ietf-system">
  <platform><os-name>${name}</os-name><machine>lab</machine></platform>
</system-state>`;
}
