import type { AntreaPort, AntreaProtocol } from "@antrea/api";
import { parseIp } from "@antrea/net";
import { isMulticastAddress } from "./networks.ts";
import { membersOf, notExactlyOne, quote, type Refusal, refusal, wordList } from "./refusal.ts";
import type { PlacedRule, PolicyScope } from "./rules.ts";

/** What kind of traffic a rule is for: ports, protocols, what is said in it, or Services. */
export function* serviceRefusals(
  { at, rule }: PlacedRule,
  scope: PolicyScope,
  isL7Enabled: boolean,
): Generator<Refusal> {
  for (const [i, port] of (rule.ports ?? []).entries())
    yield* portRefusals(port, `${at}.ports[${i}]`);
  for (const [i, protocol] of (rule.protocols ?? []).entries())
    yield* protocolRefusals(protocol, `${at}.protocols[${i}]`);
  yield* l7Refusals(rule, at, isL7Enabled);
  yield* toServicesRefusals(rule, at, scope);
}

/** RFC 6335 section 5.1, as Kubernetes holds names of containers' ports to it. */
const portName = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*$/;

function* portRefusals(
  { port, endPort, sourcePort, sourceEndPort }: AntreaPort,
  at: string,
): Generator<Refusal> {
  if (typeof port === "string" && !portName.test(port))
    yield refusal(
      `${at}.port`,
      `is ${quote(port)}`,
      /^\d+$/.test(port)
        ? `must be a number without quotes: ${Number(port)}`
        : 'must be a number, or a name of 1 to 15 lower case letters, digits and "-"',
    );
  if (endPort !== undefined && typeof port !== "number")
    yield refusal(
      `${at}.endPort`,
      port === undefined ? "is set without port" : `is set beside port ${quote(port)}`,
      "must be set beside a port's number, where the range begins",
    );
  else if (endPort !== undefined && endPort < Number(port))
    yield refusal(`${at}.endPort`, `is ${endPort}`, `must be at least port, which is ${port}`);
  if (sourceEndPort === undefined) return;
  if (sourcePort === undefined)
    yield refusal(
      `${at}.sourceEndPort`,
      "is set without sourcePort",
      "must be set beside sourcePort, where the range begins",
    );
  else if (sourceEndPort < sourcePort)
    yield refusal(
      `${at}.sourceEndPort`,
      `is ${sourceEndPort}`,
      `must be at least sourcePort, which is ${sourcePort}`,
    );
}

function* protocolRefusals(protocol: AntreaProtocol, at: string): Generator<Refusal> {
  yield* notExactlyOne(protocol, ["icmp", "igmp"], at);
  const group = protocol.igmp?.groupAddress;
  if (group === undefined) return;
  const address = parseIp(group);
  if (!address || !isMulticastAddress(address))
    yield refusal(
      `${at}.igmp.groupAddress`,
      `is ${quote(group)}`,
      "must be a multicast address, such as 224.0.0.22",
    );
}

function* l7Refusals(rule: PlacedRule["rule"], at: string, isEnabled: boolean): Generator<Refusal> {
  const { l7Protocols = [], ports = [], protocols = [], action } = rule;
  if (l7Protocols.length === 0) return;
  const place = `${at}.l7Protocols`;
  if (!isEnabled)
    yield refusal(
      place,
      "is set",
      "must be left out where the feature gate L7NetworkPolicy is off, as it is here",
    );
  if (action !== "Allow")
    yield refusal(`${at}.action`, `is ${action} beside l7Protocols`, "must be Allow");
  for (const [i, one] of l7Protocols.entries())
    yield* notExactlyOne(one, ["http", "tls"], `${place}[${i}]`);
  if (!l7Protocols.some(({ http }) => http)) return;
  for (const [i, { protocol = "TCP" }] of ports.entries())
    if (protocol !== "TCP")
      yield refusal(
        `${at}.ports[${i}].protocol`,
        `is ${protocol} beside l7Protocols with http`,
        "must be TCP",
      );
  if (protocols.length > 0)
    yield refusal(
      `${at}.protocols`,
      `has ${protocolNames(protocols)} beside l7Protocols with http`,
      "must be left out",
    );
}

function* toServicesRefusals(
  rule: PlacedRule["rule"],
  at: string,
  scope: PolicyScope,
): Generator<Refusal> {
  if (!("toServices" in rule) || !rule.toServices?.length) return;
  const place = `${at}.toServices`;
  const beside = (["to", "ports", "protocols", "l7Protocols"] as const).filter(
    (member) => rule[member]?.length,
  );
  if (beside.length > 0)
    yield refusal(place, `is set beside ${wordList(beside)}`, "must stand alone in its rule");
  for (const [i, { name, namespace }] of rule.toServices.entries()) {
    if (name === "") yield refusal(`${place}[${i}].name`, "is empty", "must be a Service's name");
    if (scope === "cluster" && !namespace)
      yield refusal(
        `${place}[${i}].namespace`,
        "is missing",
        "must be the Service's Namespace, as a ClusterNetworkPolicy has none",
      );
  }
}

export function protocolNames(protocols: readonly AntreaProtocol[]): string {
  return wordList([...new Set(protocols.flatMap(membersOf))]) || "an empty protocol";
}
