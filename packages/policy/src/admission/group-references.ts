import type { AntreaPolicySpec } from "@antrea/api";
import { placedRules } from "./rules.ts";

/** A group that a policy names, and where. */
export interface GroupReference {
  readonly at: string;
  readonly group: string;
}

export function* groupReferences(spec: AntreaPolicySpec): Generator<GroupReference> {
  yield* of(spec.appliedTo ?? [], "spec.appliedTo");
  for (const { at, rule, peers, peersAt } of placedRules(spec)) {
    yield* of(rule.appliedTo ?? [], `${at}.appliedTo`);
    yield* of(peers, peersAt);
  }
}

function* of(
  entries: readonly { readonly group?: string | undefined }[],
  at: string,
): Generator<GroupReference> {
  for (const [i, { group }] of entries.entries())
    if (group) yield { at: `${at}[${i}].group`, group };
}
