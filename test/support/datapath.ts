import type { LabRequest } from "@antrea/lab";

type Datapath = NonNullable<LabRequest["datapath"]>;

/** The datapath that all labs of this run have, by ANTREA_TEST_DATAPATH: `make test-kernel` says `system`. */
export const datapath: Datapath = parseDatapath(process.env["ANTREA_TEST_DATAPATH"] || "netdev");

/** The line of `antrea-agent.conf` that asks for it. */
export const datapathLine = `ovsDatapathType: ${datapath}\n`;

/** What the kernel's datapath does otherwise or not at all, and so what no test can ask of it. */
export const onlyUserspace = {
  gatheredFrames:
    "the kernel hands Pods the joined frames as they come; there is nothing to gather",
  toldTunnelRoutes: "tunnels go by the kernel's own routes; ovs-vswitchd is told none",
  waitingPackets:
    "the kernel forwards by itself while ovs-vswitchd stands still; no packet waits for it",
  userspaceTso: "userspaceTSO is an option of the netdev datapath; the kernel always segments",
  sharedUplink: "the kernel keeps the uplink; the bridge has no port eth0",
  oneFamilyTransport:
    "the host's stack carries direct traffic, each IP family over a link of its own family",
} as const;

/**
 * Options of a test that asks for what only the userspace datapath has. With the kernel's it is left
 * out, and the run says which test and why.
 */
export function needsUserspace(why: keyof typeof onlyUserspace): { readonly skip?: string } {
  return datapath === "netdev" ? {} : { skip: `kernel datapath: ${onlyUserspace[why]}` };
}

function parseDatapath(text: string): Datapath {
  if (text === "netdev" || text === "system") return text;
  throw new Error(`ANTREA_TEST_DATAPATH is "${text}"; give netdev or system`);
}
