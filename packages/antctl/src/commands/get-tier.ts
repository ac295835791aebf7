import { parseCustom, tierKind } from "@antrea/api";
import { defineCommand } from "../context.ts";

interface TierRow {
  readonly name: string;
  readonly priority: number;
  readonly description: string | undefined;
}

export const getTier = defineCommand({
  name: "get tier",
  aliases: ["get tiers", "get tr"],
  summary: "Print the Tiers in the order in which their policies are asked",
  description:
    "Kubernetes' own policies come after all Tiers but those of 253 and more, which are asked only of Pods that none of Kubernetes' isolates.",
  example: "antctl get tier",
  async run({ signal, ...context }): Promise<readonly TierRow[]> {
    const objects = await (await context.cluster()).objects("tiers", { signal });
    return objects
      .flatMap((object): readonly TierRow[] => {
        const parsed = parseCustom(tierKind, object);
        if ("problem" in parsed) return [];
        const { priority, description } = parsed.value.spec;
        return [{ name: parsed.meta.name, priority, description }];
      })
      .toSorted((a, b) => a.priority - b.priority);
  },
  columns: [
    { title: "NAME", cell: (row: TierRow) => row.name },
    { title: "PRIORITY", cell: (row) => row.priority },
    { title: "DESCRIPTION", cell: (row) => row.description },
  ],
});
