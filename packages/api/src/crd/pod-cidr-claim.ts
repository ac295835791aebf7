import { type ShapeType, shape } from "@antrea/base";
import { type Cidr, cidrAddress, ipToBigInt, parseCidr, prefixLengthOf } from "@antrea/net";
import { field } from "./field.ts";
import type { CustomKind } from "./kind.ts";

const spec = field.object("The block and who has it.", {
  cidr: {
    ...shape.parsed<Cidr>('a network such as "10.10.1.0/24"', parseCidr),
    schema: { type: "string", description: "The block." },
  },
  nodeName: field.text("The Node."),
  nodeUID: field.text("The Node's UID: a Node made anew under the name is another one."),
});

const fields = field.object(
  "The right of one Node to one block of a cluster network. Its name is the block, so the API server itself sees to it that no block is given twice.",
  { spec },
);

export type PodCidrClaim = ShapeType<typeof fields>;

/**
 * Ours, not Antrea's. A Node's Pod CIDR is set only by who has made the claim of that block's name
 * for that Node, and a claim ends only when its Node is known to be gone: two controllers that both
 * believe that they lead cannot give one block to two Nodes.
 */
export const podCidrClaimKind: CustomKind<PodCidrClaim> = {
  kind: "PodCIDRClaim",
  plural: "podcidrclaims",
  singular: "podcidrclaim",
  shortNames: ["pcc"],
  version: "v1alpha1",
  scope: "Cluster",
  fields,
  columns: [
    { name: "CIDR", type: "string", description: "The block", jsonPath: ".spec.cidr" },
    { name: "Node", type: "string", description: "The Node", jsonPath: ".spec.nodeName" },
    {
      name: "Age",
      type: "date",
      description: "Since when",
      jsonPath: ".metadata.creationTimestamp",
    },
  ],
};

/** The one name that a claim of this block can have: `10.10.1.0-24`; IPv6 as 32 hex digits. */
export function podCidrClaimName(cidr: Cidr): string {
  const address = cidrAddress(cidr);
  const text = address.includes(":") ? ipToBigInt(address).toString(16).padStart(32, "0") : address;
  return `${text}-${prefixLengthOf(cidr)}`;
}
