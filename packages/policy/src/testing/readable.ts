import type { CompiledPolicy } from "../compile/compiled.ts";
import { anyPeer, type PolicyRule, type RulePeer, type RuleService } from "../model.ts";
import { groupSelectorText } from "../selectors/group-selector.ts";

/** A compiled policy as lines, with selectors where it has names of groups. */
export function readable(compiled: CompiledPolicy): readonly string[] {
  const { policy } = compiled;
  return [
    `for ${texts(policy.appliedToGroups, compiled)}`,
    ...policy.rules.map((rule) => ruleText(rule, compiled)),
  ];
}

function ruleText(rule: PolicyRule, compiled: CompiledPolicy): string {
  const { direction, priority, action, peer, services } = rule;
  const own = rule.appliedToGroups;
  return [
    `${direction} ${priority} ${action} ${peerText(peer, compiled)}`,
    ...(services.length > 0 ? [`on ${services.map(serviceText).join(", ")}`] : []),
    ...(own.length > 0 ? [`for ${texts(own, compiled)}`] : []),
  ].join(" ");
}

function peerText(peer: RulePeer, compiled: CompiledPolicy): string {
  const isAny = JSON.stringify(peer.ipBlocks) === JSON.stringify(anyPeer.ipBlocks);
  const blocks = isAny
    ? ["anybody"]
    : peer.ipBlocks.map(({ cidr, except }) => [cidr, ...except].join(" but "));
  const names = peer.addressGroups.map((name) => texts([name], compiled));
  return `{${[...names, ...blocks].join(" | ")}}`;
}

function texts(names: readonly string[], { selectorOf }: CompiledPolicy): string {
  const all = names.map((name) => {
    const selector = selectorOf(name);
    return selector ? groupSelectorText(selector) : `unknown ${name}`;
  });
  return all.join(" | ") || "nobody";
}

function serviceText({ protocol, ...more }: RuleService): string {
  const parts = Object.entries(more).map(([key, value]) => `${key}=${value}`);
  return [protocol, ...parts].join(" ");
}
