import { ports } from "@antrea/api";
import type { LabHost } from "../../io/lab.ts";

/** What the agent of a Node tells Prometheus. */
export function agentMetrics(node: LabHost, signal: AbortSignal): Promise<string> {
  const url = `http://127.0.0.1:${ports.agentMetrics}/metrics`;
  return node.exec(["curl", "-sS", "--fail", "--max-time", "30", url], { signal });
}
