import type { Unixctl } from "@antrea/ovsdb/io";

type Wait = { readonly signal: AbortSignal };

/** Asks ovs-vswitchd for the connections of a zone, in its datapath of this type. */
export function zoneDump(control: Unixctl, datapathType: string) {
  return (zone: number, options: Wait): Promise<string> =>
    control.call(
      "dpctl/dump-conntrack",
      [`${datapathType}@ovs-${datapathType}`, `zone=${zone}`],
      options,
    );
}
