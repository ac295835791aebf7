import { createHash } from "node:crypto";
import type { AntreaPolicySpec } from "@antrea/api";
import { DEFAULT_TIER } from "../tiers.ts";
import { placedRules } from "./rules.ts";

/** A value that a policy's author left to us, and where it belongs, as a JSON pointer. */
export interface DefaultValue {
  readonly path: string;
  readonly value: string;
}

/** A rule's name is made of what it says, so that it stays when other rules come and go. */
export function defaultsOf(spec: AntreaPolicySpec): readonly DefaultValue[] {
  const rules = placedRules(spec);
  const taken = new Set(rules.map(({ direction, rule }) => `${direction} ${rule.name ?? ""}`));
  const names = rules.flatMap(({ at, direction, rule }) => {
    if (rule.name) return [];
    const { name: _none, ...said } = rule;
    const made = `${direction}-${rule.action.toLowerCase()}-${hashOf(said)}`;
    const name = firstFree(made, (one) => taken.has(`${direction} ${one}`));
    taken.add(`${direction} ${name}`);
    return [{ path: `/${at.replaceAll(/[.[]/g, "/").replaceAll("]", "")}/name`, value: name }];
  });
  return [...(spec.tier ? [] : [{ path: "/spec/tier", value: DEFAULT_TIER }]), ...names];
}

/** The policy as it is meant, with everything that its author left out. */
export function withDefaults(spec: AntreaPolicySpec): AntreaPolicySpec {
  const values = new Map(defaultsOf(spec).map(({ path, value }) => [path, value]));
  const named = <R extends { readonly name?: string | undefined }>(
    rules: readonly R[] | undefined,
    direction: string,
  ) =>
    rules && {
      [direction]: rules.map((rule, i) => {
        const name = values.get(`/spec/${direction}/${i}/name`);
        return name === undefined ? rule : { ...rule, name };
      }),
    };
  return {
    ...spec,
    tier: spec.tier || DEFAULT_TIER,
    ...named(spec.ingress, "ingress"),
    ...named(spec.egress, "egress"),
  };
}

function firstFree(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  for (let i = 2; ; i++) if (!isTaken(`${name}-${i}`)) return `${name}-${i}`;
}

function hashOf(rule: object): string {
  return createHash("sha1").update(sortedJson(rule)).digest("hex").slice(0, 7);
}

/** One text for equal values, in whatever order their members were written. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
