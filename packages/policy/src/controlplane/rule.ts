import { portProtocols } from "@antrea/api";
import { type Shape, type ShapeType, shape } from "@antrea/base";
import { parseIp } from "@antrea/net";
import type { IpBlock, PolicyRule, RulePeer, RuleService } from "../model.ts";
import { encodeNetwork, listOf, networkShape, someOf } from "./wire.ts";

const portNumber = shape.whole(0, 65_535);

/** IntOrString. */
const portOrName: Shape<number | string> = {
  wanted: "a port's number or name",
  read: (value, at) =>
    typeof value === "string" && value !== "" ? value : portNumber.read(value, at),
};
const byte = shape.optional(shape.whole(0, 255));

const service = shape.variants("protocol", {
  ...Object.fromEntries(
    portProtocols.map((one) => [
      one,
      {
        port: shape.optional(portOrName),
        endPort: shape.optional(portNumber),
        srcPort: shape.optional(portNumber),
        srcEndPort: shape.optional(portNumber),
      },
    ]),
  ),
  ICMP: { icmpType: byte, icmpCode: byte },
  IGMP: {
    igmpType: byte,
    groupAddress: shape.optional(shape.parsed("an address", parseIp)),
  },
}) as Shape<RuleService>;

const block = shape.object({ cidr: networkShape, except: listOf(networkShape) });
const peer = shape.object({ addressGroups: listOf(shape.text), ipBlocks: listOf(block) });

const rule = shape.object({
  direction: shape.oneOf(["In", "Out"]),
  from: shape.optional(peer),
  to: shape.optional(peer),
  services: listOf(service),
  priority: shape.whole(-1, 2 ** 31 - 1),
  action: shape.optional(shape.oneOf(["Allow", "Drop", "Reject", "Pass"])),
  name: shape.optional(shape.text),
  enableLogging: shape.optional(shape.truth),
  logLabel: shape.optional(shape.text),
  appliedToGroups: listOf(shape.text),
});

export const ruleShape: Shape<PolicyRule> = {
  wanted: rule.wanted,
  read(value, at) {
    const { direction, from, to, services = [], priority, ...rest } = rule.read(value, at);
    return {
      ...{ direction, peer: peerOf(direction === "In" ? from : to), services, priority },
      action: rest.action ?? "Allow",
      name: rest.name ?? "",
      enableLogging: rest.enableLogging ?? false,
      logLabel: rest.logLabel ?? "",
      appliedToGroups: rest.appliedToGroups ?? [],
    };
  },
};

function peerOf({ addressGroups = [], ipBlocks = [] }: ShapeType<typeof peer> = {}): RulePeer {
  const blocks = ipBlocks.map(({ cidr, except = [] }): IpBlock => ({ cidr, except }));
  return { addressGroups, ipBlocks: blocks };
}

export function encodeRule(value: PolicyRule): object {
  const { direction, services, priority, action, name, enableLogging, logLabel } = value;
  return {
    direction,
    [direction === "In" ? "from" : "to"]: encodePeer(value.peer),
    ...someOf("services", services),
    ...{ priority, action, enableLogging },
    ...(name !== "" && { name }),
    ...(logLabel !== "" && { logLabel }),
    ...someOf("appliedToGroups", value.appliedToGroups),
  };
}

function encodePeer({ addressGroups, ipBlocks }: RulePeer): object {
  return {
    ...someOf("addressGroups", addressGroups),
    ...someOf(
      "ipBlocks",
      ipBlocks.map(({ cidr, except }) => ({
        cidr: encodeNetwork(cidr),
        ...someOf("except", except.map(encodeNetwork)),
      })),
    ),
  };
}
