import type { OpenFlowVersion, PortRow } from "../schema/open-vswitch.ts";

/** A bridge as it should be. What is left out is left as it is. */
export interface DesiredBridge {
  readonly name: string;
  /** "dummy" is for tests, without devices and without root. */
  readonly datapathType?: "system" | "netdev" | "dummy";
  readonly failMode?: "secure" | "standalone";
  readonly protocols?: readonly OpenFlowVersion[];
  /** The keys named are set, or taken away where undefined; other keys are left to those who wrote them. */
  readonly otherConfig?: Readonly<Record<string, string | undefined>>;
  readonly externalIds?: Readonly<Record<string, string | undefined>>;
  readonly isMulticastSnooping?: boolean;
  /** Names by table number, for people who read dumps; where given, tables not named lose their name. */
  readonly flowTableNames?: ReadonlyMap<number, string>;
}

/** A port with its one interface as they should be, wholly: what is left out is made empty. */
export interface DesiredPort {
  /** "" (a device that exists), "internal", "patch", "geneve", "vxlan", "gre", "afxdp-nonpmd", …; default "". */
  readonly interfaceType?: string;
  readonly options?: Readonly<Record<string, string>>;
  /** The OpenFlow port number to ask for, 1 to 65279. */
  readonly ofPortRequest?: number;
  /** Of the Port row: this is where owners and Pods are written down. */
  readonly externalIds?: Readonly<Record<string, string>>;
  /** The Ethernet address of an internal interface. */
  readonly mac?: string;
  readonly mtuRequest?: number;
  /** Of the Interface row. */
  readonly otherConfig?: Readonly<Record<string, string>>;
  /** Access VLAN. */
  readonly tag?: number;
}

export interface DesiredState {
  readonly bridge: DesiredBridge;
  readonly ports: ReadonlyMap<string, DesiredPort>;
  /** Whether a port found on the bridge is ours: only such are ever removed, or fetched from another bridge. */
  readonly owns: (port: PortRow) => boolean;
}
