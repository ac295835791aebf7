import { LabError } from "../errors.ts";
import type { IpFamilies } from "../plan/address-plan.ts";
import type { CaseGroup } from "./case-list.ts";

/** A case that the product has to pass. */
export interface Claim {
  readonly name: string;
  /** What the case shows, with others of its group. */
  readonly shows: string;
}

/** A case that is not held against the product, and why. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
  /** It is claimed for clusters of other IP families. */
  readonly isClaimedElsewhere?: true;
}

/** What a run does with the cases of `e2e.test`. */
export interface Selection {
  readonly claimed: readonly Claim[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Which cases to run on a cluster of these IP families. Refuses a list that knows others than
 * `existing`, all names that `e2e.test` has of the area: so none is forgotten, and none is claimed
 * under a name that has changed.
 */
export function selectCases(
  groups: readonly CaseGroup[],
  existing: readonly string[],
  families: IpFamilies,
): Selection {
  requireSameNames(new Set(groups.flatMap(({ names }) => names)), new Set(existing));
  const claimed: Claim[] = [];
  const leftOut: LeftOut[] = [];
  for (const { kind, title, families: only, names } of groups) {
    if (kind === "left-out") leftOut.push(...names.map((name) => ({ name, reason: title })));
    else if (only && !only.includes(families)) {
      const reason = `for a cluster with --ip-family ${only.join(" or ")}`;
      leftOut.push(...names.map((name) => ({ name, reason, isClaimedElsewhere: true as const })));
    } else claimed.push(...names.map((name) => ({ name, shows: title })));
  }
  return { claimed, leftOut };
}

function requireSameNames(listed: ReadonlySet<string>, existing: ReadonlySet<string>): void {
  const unlisted = [...existing.difference(listed)];
  const unknown = [...listed.difference(existing)];
  if (unlisted.length + unknown.length === 0) return;
  const show = (names: readonly string[]) => names.map((name) => `\n    ${name}`).join("");
  throw new LabError({
    saw: [
      unlisted.length > 0 ? `cases that stand in no list:${show(unlisted)}` : "",
      unknown.length > 0 ? `listed cases that e2e.test does not have:${show(unknown)}` : "",
    ]
      .filter((part) => part !== "")
      .join("\n  "),
    wanted: "sig-network.cases to list each case of sig-network that e2e.test has, and no other",
    remedy:
      "add, rename or remove them in lab/src/conformance/sig-network.cases, under a claim or a reason",
  });
}

/** Those cases whose name has `focus` in it, in any case of letters. */
export function focusOn({ claimed, leftOut }: Selection, focus: string): Selection {
  const wanted = focus.toLowerCase();
  const isWanted = ({ name }: Claim | LeftOut): boolean => name.toLowerCase().includes(wanted);
  return { claimed: claimed.filter(isWanted), leftOut: leftOut.filter(isWanted) };
}

/** Cases that disturb others, or are disturbed by them, by what Kubernetes writes into their names. */
export function runsAlone(name: string): boolean {
  return name.includes("[Serial]") || name.includes("[Disruptive]");
}
