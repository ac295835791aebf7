import type { IpBlockSpec, LabelSelector } from "@antrea/api";
import { anyPeer, type Direction, type IpBlock, type RuleService } from "../model.ts";
import type { GroupSelector } from "../selectors/group-selector.ts";
import { everything, normalizeSelector } from "../selectors/selector.ts";
import type { Whom } from "./compiled.ts";

const allPods: GroupSelector = {
  kind: "podsOfNamespaces",
  namespaces: everything,
  pods: everything,
};

/**
 * Anybody. A port's name means something only where Pods are known that call one so: with one in an
 * egress rule all Pods are among the peers, beside every address.
 */
export function anybody(direction: Direction, services: readonly RuleService[]): Whom {
  const isNamed = services.some((one) => "port" in one && typeof one.port === "string");
  const selectors = direction === "Out" && isNamed ? [allPods] : [];
  return { selectors, ipBlocks: anyPeer.ipBlocks };
}

export function whoIs(selector: GroupSelector): Whom {
  return { selectors: [selector], ipBlocks: [] };
}

export function addresses(...blocks: readonly IpBlockSpec[]): Whom {
  return { selectors: [], ipBlocks: blocks.map(ipBlockOf) };
}

function ipBlockOf({ cidr, except = [] }: IpBlockSpec): IpBlock {
  return { cidr, except };
}

/** Pods of `home` where no Namespaces are selected; without a home, of all Namespaces. */
export function podsSelected(
  selected: {
    readonly podSelector?: LabelSelector | undefined;
    readonly namespaceSelector?: LabelSelector | undefined;
  },
  home: string,
): GroupSelector {
  const pods = normalizeSelector(selected.podSelector);
  if (home !== "" && !selected.namespaceSelector) return { kind: "pods", namespace: home, pods };
  return {
    kind: "podsOfNamespaces",
    namespaces: normalizeSelector(selected.namespaceSelector),
    pods,
  };
}
