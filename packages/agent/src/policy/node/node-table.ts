import { absurd } from "@antrea/base";
import type { NftChain, NftMatch, NftRule, NftSet, NftTable, NftVerdict } from "@antrea/linux";
import type { IpFamily } from "@antrea/net";
import { type Direction, isBaseline } from "@antrea/policy";
import { type Lifelines, lifelineRules } from "./lifelines.ts";
import { inOrder, type NodeRule } from "./node-rule.ts";
import { peerElements } from "./peer-elements.ts";
import { type ServiceMatch, serviceMatch } from "./service-match.ts";

export const nodeTable = { family: "inet", name: "antrea-node-policy" } as const;

/**
 * The table in which a Node's own packets are asked about. What a rule allows leaves the table, and other
 * tables may still drop it. Undefined without rules: then nothing looks at them.
 */
export function compileNodeTable(
  rules: Iterable<NodeRule>,
  lifelines: Lifelines,
): NftTable | undefined {
  const all = inOrder(rules);
  if (all.length === 0) return undefined;
  const byDirection = Map.groupBy(all, ({ direction }) => direction);
  const sides = [...byDirection].map(([direction, own]) => sideOf(direction, own, lifelines));
  return {
    ...nodeTable,
    sets: sides.flatMap(({ sets }) => sets),
    chains: sides.flatMap(({ chains }) => chains),
  };
}

interface Side {
  readonly sets: readonly NftSet[];
  readonly chains: readonly NftChain[];
}

const hooks = {
  In: { name: "ingress", hook: "input" },
  Out: { name: "egress", hook: "output" },
} as const;

/** Pass leaves the tiers, and the baseline is asked: Nodes have no policies of Kubernetes between. */
function sideOf(direction: Direction, rules: readonly NodeRule[], lifelines: Lifelines): Side {
  const { name, hook } = hooks[direction];
  const parts = [
    { chain: `${name}-tiers`, own: rules.filter(({ order }) => !isBaseline(order.tierPriority)) },
    { chain: `${name}-baseline`, own: rules.filter(({ order }) => isBaseline(order.tierPriority)) },
  ].filter(({ own }) => own.length > 0);
  const compiled = parts.map(({ chain, own }) => ({ chain, rules: own.flatMap(compileRule) }));
  const base: NftChain = {
    name,
    base: { type: "filter", hook, priority: 0, policy: "accept" },
    rules: [
      ...lifelineRules(direction, lifelines),
      ...parts.map(({ chain }) => ({ match: [], verdict: jump(chain), comment: "Policies" })),
    ],
  };
  return {
    sets: compiled.flatMap(({ rules: some }) => some.flatMap(({ set }) => set ?? [])),
    chains: [
      base,
      ...compiled.map(({ chain, rules: some }) => ({
        name: chain,
        rules: some.flatMap(({ rules: own }) => own),
      })),
    ],
  };
}

const jump = (chain: string): NftVerdict => ({ kind: "jump", chain });

/** A rule for one family, and the set of its peers. */
interface Compiled {
  readonly set?: NftSet;
  readonly rules: readonly NftRule[];
}

function compileRule(rule: NodeRule): readonly Compiled[] {
  return (["ipv4", "ipv6"] as const).flatMap((family) => {
    const peers = peerElements(rule.peer, family);
    if (peers === undefined) return [];
    if (peers === "all") {
      const text = `meta nfproto ${family}`;
      return { rules: decisions(rule, family, { kind: "text", text }) };
    }
    const set = { name: setName(rule, family), type: `${family}_addr`, ...peers } as const;
    const kind = rule.direction === "In" ? "source" : "destination";
    const match = { kind, family, address: `@${set.name}` } as const;
    return { set, rules: decisions(rule, family, match) };
  });
}

/** Of the rule, whatever its peers are: one that comes or goes is one element. */
function setName({ id }: NodeRule, family: IpFamily): string {
  return `${family}-${id.replace(/[^\w-]/g, "-")}`;
}

function decisions(rule: NodeRule, family: IpFamily, peer: NftMatch): readonly NftRule[] {
  return trafficOf(rule, family).flatMap((traffic) =>
    verdictsOf(rule.action, traffic).map(({ text, verdict }) => ({
      match: [peer, ...(text === undefined ? [] : [{ kind: "text", text } as const])],
      verdict,
      comment: titleText(rule),
      isCounted: true,
    })),
  );
}

/** Undefined stands for all traffic. */
function trafficOf(
  { services }: NodeRule,
  family: IpFamily,
): readonly (ServiceMatch | undefined)[] {
  if (services === "all") return [undefined];
  return services.flatMap((service) => serviceMatch(service, family) ?? []);
}

interface Decision {
  readonly text: string | undefined;
  readonly verdict: NftVerdict;
}

function verdictsOf(
  action: NodeRule["action"],
  traffic: ServiceMatch | undefined,
): readonly Decision[] {
  const text = traffic?.text;
  switch (action) {
    case "Allow":
      return [{ text, verdict: { kind: "accept" } }];
    case "Drop":
      return [{ text, verdict: { kind: "drop" } }];
    case "Pass":
      return [{ text, verdict: { kind: "return" } }];
    case "Reject":
      if (traffic) return [{ text, verdict: rejectOf(traffic.isTcp) }];
      return [
        { text: "meta l4proto tcp", verdict: rejectOf(true) },
        { text, verdict: rejectOf(false) },
      ];
    default:
      return absurd(action);
  }
}

function rejectOf(isTcp: boolean): NftVerdict {
  return { kind: "reject", with: isTcp ? "reset" : "prohibited" };
}

const mostOfTitle = 100;

/** Names come from manifests, and a comment has room for so many characters that need no quotes. */
function titleText({ title }: NodeRule): string {
  return title.replace(/[^\w./ -]/g, "_").slice(0, mostOfTitle);
}
