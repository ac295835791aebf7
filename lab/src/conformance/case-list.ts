import { LabError } from "../errors.ts";
import { type IpFamilies, ipFamilies } from "../plan/address-plan.ts";

/** Cases of `e2e.test` that belong together, by their full names. */
export interface CaseGroup {
  readonly kind: "claimed" | "left-out";
  /** What the cases show, or why they are left out. */
  readonly title: string;
  /** IP families of the clusters that a claim is for; all where it is left out. */
  readonly families?: readonly IpFamilies[];
  readonly names: readonly string[];
}

const heading = /^(claimed|left out)(?: on ([a-z0-9, ]+))?: (\S.*)$/;
const knownFamilies = Object.keys(ipFamilies);

/**
 * Reads `sig-network.cases`. A heading begins a group: `claimed: WHAT`, `claimed on dual: WHAT`,
 * `left out: WHY`. Each indented line below it is one case. `#` begins a remark.
 */
export function parseCaseList(text: string): readonly CaseGroup[] {
  const groups: (CaseGroup & { names: string[] })[] = [];
  const seen = new Map<string, number>();
  for (const [at, line] of text.split("\n").entries()) {
    const place = `line ${at + 1}`;
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (!line.startsWith(" ")) {
      groups.push({ ...parseHeading(line, place), names: [] });
      continue;
    }
    const name = line.trim();
    const group = groups.at(-1);
    if (!group) throw bad(place, `the case "${name}"`, "a heading above it");
    const before = seen.get(name);
    if (before !== undefined)
      throw bad(place, `"${name}", which stands in line ${before} too`, "each case once");
    seen.set(name, at + 1);
    group.names.push(name);
  }
  return groups;
}

function parseHeading(line: string, place: string): Omit<CaseGroup, "names"> {
  const [, kind, families, title = ""] = heading.exec(line) ?? [];
  const wanted = '"claimed: WHAT", "claimed on FAMILIES: WHAT" or "left out: WHY"';
  if (!kind) throw bad(place, `"${line}"`, wanted);
  if (!families) return { kind: kind === "claimed" ? "claimed" : "left-out", title };
  const named = families.split(",").map((family) => family.trim());
  const unknown = named.find((family) => !knownFamilies.includes(family));
  if (kind !== "claimed" || unknown !== undefined)
    throw bad(place, `"${line}"`, `${wanted}, FAMILIES being some of ${knownFamilies.join(", ")}`);
  return { kind: "claimed", title, families: named as IpFamilies[] };
}

function bad(place: string, saw: string, wanted: string): LabError {
  return new LabError({
    saw: `sig-network.cases, ${place}: ${saw}`,
    wanted,
    remedy: "mend lab/src/conformance/sig-network.cases",
  });
}
