import type { AntreaPolicySpec } from "@antrea/api";
import { quote, type Refusal, refusal } from "./refusal.ts";
import { type PlacedRule, placedRules } from "./rules.ts";

/**
 * What a rule cannot ask of Nodes: they are in no Namespace and have no containers that name ports, and
 * nobody looks into their connections or at the names of DNS that they ask for.
 */
export function* nodeRuleRefusals(placed: PlacedRule, why: string): Generator<Refusal> {
  const { at, direction, rule, peers, peersAt } = placed;
  const right = `must be left out, ${why}`;
  if (rule.l7Protocols?.length) yield refusal(`${at}.l7Protocols`, "is set", right);
  if ("toServices" in rule && rule.toServices?.length)
    yield refusal(`${at}.toServices`, "is set", right);
  for (const [i, { fqdn, namespaces }] of peers.entries()) {
    if (fqdn !== undefined) yield refusal(`${peersAt}[${i}].fqdn`, "is set", right);
    if (namespaces !== undefined) yield refusal(`${peersAt}[${i}].namespaces`, "is set", right);
  }
  if (direction === "egress") return;
  for (const [i, { port }] of (rule.ports ?? []).entries())
    if (typeof port === "string")
      yield refusal(`${at}.ports[${i}].port`, `is ${quote(port)}`, `must be a number, ${why}`);
}

/** Longest label that fits into the kernel's prefix of a log line. */
const mostOfLabel = 12;

/** What a policy for Nodes may surprise with. */
export function* nodeWarnings(spec: AntreaPolicySpec): Generator<string> {
  if (!spec.appliedTo?.some(({ nodeSelector }) => nodeSelector)) return;
  for (const placed of placedRules(spec)) {
    const { at, rule, direction } = placed;
    if ((rule.logLabel ?? "").length > mostOfLabel)
      yield `${at}.logLabel is longer than ${mostOfLabel} characters: a Node's log has no room for the rest`;
    if (deniesAll(placed)) yield `${at} denies ${allOf[direction]}, unless a rule before it allows`;
  }
}

const allOf = {
  ingress:
    "all connections to the Nodes themselves, also those to the kubelet, the API server and SSH",
  egress:
    "all connections that the Nodes themselves begin, also probes of Pods, those of the kubelet to the API server, and DNS",
} as const;

function deniesAll({ rule, peers }: PlacedRule): boolean {
  const { action, ports = [], protocols = [] } = rule;
  const isForAnybody =
    peers.length === 0 ||
    peers.some(({ ipBlock }) => ipBlock?.cidr.endsWith("/0") && !ipBlock.except?.length);
  const isDenied = action === "Drop" || action === "Reject";
  return isDenied && isForAnybody && ports.length + protocols.length === 0;
}
