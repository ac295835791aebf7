import * as of from "@antrea/openflow/flow";

/** No fragment, any, the first of a datagram, one of the others (ovs-fields(7), `ip_frag`). */
export const noFragment = of.fieldMatch("ip_frag", 0n, 3n);
export const anyFragment = of.fieldMatch("ip_frag", 1n, 1n);
export const firstFragment = of.fieldMatch("ip_frag", 1n, 3n);
export const laterFragment = of.fieldMatch("ip_frag", 3n, 3n);
