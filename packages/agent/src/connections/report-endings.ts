import type { Note } from "@antrea/kube";
import { sourceText } from "@antrea/policy";
import type { ForbiddenCount } from "./forbidden.ts";

export function countOf(forbidden: readonly ForbiddenCount[]): number {
  return forbidden.reduce((sum, { connections }) => sum + connections, 0);
}

/** The Event that says what was ended, and by which policies. */
export function endingNote(
  node: { readonly name: string; readonly uid: string },
  forbidden: readonly ForbiddenCount[],
): Note {
  const byPolicy = Map.groupBy(forbidden, ({ policy }) => sourceText(policy.source));
  const parts = [...byPolicy].map(([policy, those]) => `${countOf(those)} by ${policy}`);
  return {
    regarding: { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid },
    type: "Normal",
    reason: "ConnectionsEnded",
    message: `antrea-agent ended connections that policies forbid: ${parts.join(", ")}`,
  };
}
