import { isMulticast } from "./networks.ts";
import { type Refusal, refusal, wordList } from "./refusal.ts";
import type { PlacedRule } from "./rules.ts";
import { protocolNames } from "./services.ts";

/** Multicast has no connections to refuse or pass on, and goes to nobody whom a selector could name. */
export function* multicastRefusals(placed: PlacedRule): Generator<Refusal> {
  yield* groupRefusals(placed);
  yield* igmpRefusals(placed);
}

function* groupRefusals({ at, direction, rule, peers, peersAt }: PlacedRule): Generator<Refusal> {
  const blocks = peers.flatMap(({ ipBlock }, i) => (ipBlock ? [{ ...ipBlock, i }] : []));
  const first = blocks.find(({ cidr }) => isMulticast(cidr));
  if (direction !== "egress" || !first) return;
  const why = `since ${peersAt}[${first.i}] is multicast`;
  const unicast = blocks.find(({ cidr }) => !isMulticast(cidr));
  if (unicast)
    yield refusal(
      `${peersAt}[${unicast.i}].ipBlock.cidr`,
      `is ${unicast.cidr}, which is unicast`,
      `must be multicast too, ${why}: make a rule of its own for it`,
    );
  const other = peers.findIndex(({ ipBlock }) => !ipBlock);
  if (other >= 0) yield refusal(`${peersAt}[${other}]`, "is no ipBlock", `must be one, ${why}`);
  yield* actionRefusals(rule.action, at, why);
}

function* igmpRefusals({ at, rule, peers, peersAt }: PlacedRule): Generator<Refusal> {
  const { protocols = [], ports = [] } = rule;
  const first = protocols.findIndex(({ igmp }) => igmp);
  if (first < 0) return;
  const why = `since ${at}.protocols[${first}] is igmp`;
  yield* actionRefusals(rule.action, at, why);
  const others = protocols.filter(({ igmp }) => !igmp);
  if (others.length > 0)
    yield refusal(
      `${at}.protocols`,
      `has ${protocolNames(protocols)}`,
      "must have igmp alone: make a rule of its own for the rest",
    );
  const beside = [
    ...(ports.length > 0 ? [`${at}.ports`] : []),
    ...("toServices" in rule && rule.toServices?.length ? [`${at}.toServices`] : []),
    ...(peers.length > 0 ? [peersAt] : []),
  ];
  if (beside.length > 0)
    yield refusal(
      wordList(beside),
      `${beside.length > 1 ? "are" : "is"} set`,
      `must be left out, ${why}`,
    );
}

function* actionRefusals(action: string, at: string, why: string): Generator<Refusal> {
  if (action === "Pass" || action === "Reject")
    yield refusal(`${at}.action`, `is ${action}`, `must be Allow or Drop, ${why}`);
}
