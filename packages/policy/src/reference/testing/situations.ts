import type { KubernetesClusterPolicySpec } from "@antrea/api";
import type { PolicyRecord } from "../../computation/records.ts";
import type { PortProtocol } from "../../model.ts";

/** Who there is: one Pod in each Namespace, with the Namespace's name as label `house`. */
export const houses = ["red", "green", "blue", "yellow"] as const;
export type House = (typeof houses)[number];

export interface Probe {
  readonly from: House;
  readonly to: House;
  readonly protocol: PortProtocol;
  readonly port: number;
  readonly isDelivered: boolean;
}

/** Policies, and what becomes of packets under them. All policies are for red. */
export interface Situation {
  readonly title: string;
  readonly policies: readonly PolicyRecord[];
  readonly probes: readonly Probe[];
}

type Tier = KubernetesClusterPolicySpec["tier"];
type Action = "Accept" | "Deny" | "Pass";
/** Done to whom, with what: `Deny yellow tcp:80 udp:53`, `Accept green`, `Deny * tcp:9000-9005`, `Accept blue web`. */
type RuleText = string;

function peerOf(who: string) {
  if (who === "*") return { namespaces: { matchExpressions: [house("Exists")] } };
  if (who.includes("/")) return { networks: [who] as never };
  return { namespaces: { matchLabels: { house: who } } };
}
const house = (operator: "Exists") => ({ key: "house", operator }) as const;

function protocolOf(text: string) {
  const [, protocol, first, last] = /^(tcp|udp|sctp):(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (protocol === undefined) return { destinationNamedPort: text };
  const start = Number(first);
  const port = last === undefined ? { number: start } : { range: { start, end: Number(last) } };
  return { [protocol]: { destinationPort: port } };
}

function ruleOf(text: RuleText) {
  const [action, who = "", ...kinds] = text.split(" ");
  const protocols = kinds.length > 0 ? { protocols: kinds.map(protocolOf) } : {};
  return { action: action as Action, peers: [peerOf(who)], ...protocols };
}

interface Rules {
  readonly tier?: Tier;
  readonly priority?: number;
  readonly ingress?: readonly RuleText[];
  readonly egress?: readonly RuleText[];
}

function clusterPolicy(name: string, { tier = "Admin", priority = 10, ...rules }: Rules) {
  const ingress = (rules.ingress ?? [])
    .map(ruleOf)
    .map(({ peers: from, ...rest }) => ({ ...rest, from }));
  const egress = (rules.egress ?? [])
    .map(ruleOf)
    .map(({ peers: to, ...rest }) => ({ ...rest, to }));
  const subject = { namespaces: { matchLabels: { house: "red" } } };
  return {
    ...({
      kind: "K8sClusterNetworkPolicy",
      namespace: "",
      name,
      uid: name,
      generation: 1,
    } as const),
    spec: { tier, priority, subject, ingress, egress },
  } satisfies PolicyRecord;
}

/** `green>red tcp:80 yes`. */
function probe(text: string): Probe {
  const [, from, to, protocol = "", port, yes] =
    /^(\w+)>(\w+) (tcp|udp|sctp):(\d+) (yes|no)$/.exec(text) ?? [];
  const ends = { from: from as House, to: to as House, port: Number(port) };
  return { ...ends, protocol: protocol.toUpperCase() as PortProtocol, isDelivered: yes === "yes" };
}

function situation(
  title: string,
  policies: readonly PolicyRecord[],
  ...probes: string[]
): Situation {
  return { title, policies, probes: probes.map(probe) };
}

const bothPorts = [
  ["tcp", 80, 8080],
  ["udp", 53, 5353],
  ["sctp", 9003, 9005],
] as const;

/** The order of rules, ports that are named and those that are not, and a direction that nobody speaks of. */
function inOneDirection(tier: Tier): readonly Situation[] {
  return bothPorts.flatMap(([protocol, p, q]) =>
    (["ingress", "egress"] as const).flatMap((direction) => {
      const ask = (who: House, port: number, answer: "yes" | "no"): string =>
        `${direction === "ingress" ? `${who}>red` : `red>${who}`} ${protocol}:${port} ${answer}`;
      const back = (who: House, port: number): string =>
        `${direction === "ingress" ? `red>${who}` : `${who}>red`} ${protocol}:${port} yes`;
      const rules = (...texts: readonly string[]) => [
        clusterPolicy("rules", { tier, [direction]: texts }),
      ];
      const at = `${tier}, ${direction}, ${protocol}`;
      const rest = [`Accept blue ${protocol}:${p}`, "Deny blue"];
      return [
        situation(
          `${at}: what is accepted first is accepted, and the rest as its own rules say`,
          rules("Accept green", "Deny green", `Deny yellow ${protocol}:${p}`, ...rest),
          ...[ask("green", p, "yes"), ask("green", q, "yes"), ask("blue", p, "yes")],
          ...[ask("blue", q, "no"), ask("yellow", p, "no"), ask("yellow", q, "yes")],
          ...[back("green", p), back("yellow", q)],
        ),
        situation(
          `${at}: what is denied first is denied`,
          rules("Deny green", "Accept green", `Deny yellow ${protocol}:${p}`, ...rest),
          ...[ask("green", p, "no"), ask("green", q, "no")],
        ),
        situation(
          `${at}: what is passed first goes on, whatever follows in the tier`,
          rules(
            "Pass green",
            "Deny green",
            `Pass yellow ${protocol}:${p}`,
            `Deny yellow ${protocol}:${p}`,
          ),
          ...[ask("green", p, "yes"), ask("green", q, "yes"), ask("yellow", p, "yes")],
        ),
      ];
    }),
  );
}

/** Rules for both directions and all protocols in one policy; ranges of ports; names of ports; networks. */
function inBothDirections(tier: Tier): readonly Situation[] {
  const ranges = [
    "Accept green tcp:80-8080",
    "Accept blue udp:53-5353",
    "Accept yellow sctp:9003-9005",
    "Deny *",
  ];
  const all = [
    "Deny yellow tcp:80 udp:53 sctp:9003",
    "Accept blue tcp:8080 udp:5353 sctp:9003",
    "Deny blue",
  ];
  const each = (texts: readonly string[]): string[] =>
    texts.flatMap((text) => [text, text.replace(/^(\w+)>(\w+)/, "$2>$1")]);
  return [
    situation(
      `${tier}: one policy for both directions and three protocols`,
      [clusterPolicy("gress", { tier, ingress: all, egress: all })],
      ...each(["yellow>red tcp:80 no", "yellow>red udp:53 no", "yellow>red sctp:9003 no"]),
      ...each(["yellow>red tcp:8080 yes", "yellow>red udp:5353 yes", "yellow>red sctp:9005 yes"]),
      ...each(["blue>red tcp:8080 yes", "blue>red udp:5353 yes", "blue>red sctp:9003 yes"]),
      ...each([
        "blue>red tcp:80 no",
        "blue>red udp:53 no",
        "blue>red sctp:9005 no",
        "green>red tcp:80 yes",
      ]),
    ),
    situation(
      `${tier}: a range has both its edges`,
      [clusterPolicy("ranges", { tier, ingress: ranges, egress: ranges })],
      ...each([
        "green>red tcp:80 yes",
        "green>red tcp:8080 yes",
        "green>red tcp:79 no",
        "green>red tcp:8081 no",
      ]),
      ...each([
        "blue>red udp:53 yes",
        "blue>red udp:5353 yes",
        "blue>red udp:5354 no",
        "blue>red tcp:80 no",
      ]),
      ...each(["yellow>red sctp:9003 yes", "yellow>red sctp:9005 yes", "yellow>red sctp:9006 no"]),
    ),
    situation(
      `${tier}: a named port is what the destination calls so`,
      [clusterPolicy("names", { tier, ingress: ["Accept green web", "Deny green"] })],
      ...["green>red tcp:80 yes", "green>red tcp:8080 no", "blue>red tcp:8080 yes"],
    ),
    situation(
      `${tier}: networks are everybody, Pods too, unless a rule before them says otherwise`,
      [clusterPolicy("networks", { tier, egress: ["Accept yellow", "Deny 0.0.0.0/0"] })],
      ...[
        "red>yellow tcp:80 yes",
        "red>green tcp:80 no",
        "red>blue udp:53 no",
        "green>red tcp:80 yes",
      ],
    ),
    situation(
      `${tier}: policies of one priority that do not contradict each other all hold`,
      [
        clusterPolicy("one", {
          tier,
          ingress: ["Deny yellow tcp:80"],
          egress: ["Deny yellow tcp:80"],
        }),
        clusterPolicy("two", { tier, ingress: ["Deny blue tcp:80"], egress: ["Deny blue tcp:80"] }),
      ],
      ...each([
        "yellow>red tcp:80 no",
        "blue>red tcp:80 no",
        "yellow>red tcp:8080 yes",
        "green>red tcp:80 yes",
      ]),
    ),
  ];
}

const networkPolicy: PolicyRecord = {
  ...{ kind: "K8sNetworkPolicy", namespace: "red", name: "allow", uid: "allow", generation: 1 },
  spec: {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { house: "yellow" } } }] }],
    egress: [{ to: [{ namespaceSelector: { matchLabels: { house: "yellow" } } }] }],
  },
};

/** Tiers and Kubernetes' own policies together, and priorities within a tier. */
function together(): readonly Situation[] {
  const gress = (action: Action) => ({
    ingress: [`${action} yellow`],
    egress: [`${action} yellow`],
  });
  const admin = (action: Action, priority = 10) =>
    clusterPolicy(`${action}-${priority}`, { ...gress(action), priority });
  const baseline = (action: Action) =>
    clusterPolicy("baseline", { tier: "Baseline", ...gress(action) });
  const yellow = (answer: string): string[] => [
    `yellow>red tcp:80 ${answer}`,
    `red>yellow tcp:80 ${answer}`,
  ];
  const all = [networkPolicy, baseline("Deny")];
  return [
    situation(
      "Admin denies before a NetworkPolicy allows",
      [admin("Deny"), ...all],
      ...yellow("no"),
    ),
    situation(
      "Admin passes to a NetworkPolicy, which allows",
      [admin("Pass"), ...all],
      ...yellow("yes"),
      "green>red tcp:80 no",
    ),
    situation(
      "Without a NetworkPolicy Baseline decides",
      [admin("Pass"), baseline("Deny")],
      ...yellow("no"),
      "green>red tcp:80 yes",
    ),
    situation("Without Baseline everything passes", [admin("Pass")], ...yellow("yes")),
    situation(
      "Admin of the lower number decides",
      [admin("Deny", 50), admin("Pass", 60), baseline("Accept")],
      ...yellow("no"),
    ),
    situation(
      "and so does a Pass of the lower number",
      [admin("Deny", 50), admin("Pass", 40), baseline("Accept")],
      ...yellow("yes"),
    ),
  ];
}

/**
 * The situations of the conformance profile of ClusterNetworkPolicy (sigs.k8s.io/network-policy-api v0.3.0,
 * conformance/), in words of our own: each tier and direction with each protocol, priorities, ranges, names
 * of ports, networks, and the tiers together with NetworkPolicy.
 */
export const situations: readonly Situation[] = [
  ...(["Admin", "Baseline"] as const).flatMap((tier) => [
    ...inOneDirection(tier),
    ...inBothDirections(tier),
  ]),
  ...together(),
];
