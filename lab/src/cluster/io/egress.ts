import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { invariant } from "@antrea/base";
import { startDaemon } from "../../io/daemon.ts";
import type { LabPlan } from "../../plan/lab-plan.ts";
import type { RecordFile } from "../../record/io/record-file.ts";
import { egressSelector, egressSocket } from "../egress.ts";

/** Writes the API server's egress selector, and gives its path. */
export function writeEgressSelector(plan: LabPlan): string {
  const path = `${plan.stateFolder}/egress-selector.json`;
  writeFileSync(path, JSON.stringify(egressSelector(plan)));
  return path;
}

const program = fileURLToPath(new URL("egress-proxy-main.ts", import.meta.url));

/** Starts the proxy in the network of the first Node, which reaches every Pod. */
export function startEgressProxy(record: RecordFile): void {
  const { plan } = record.get();
  const [node] = plan.nodes;
  invariant(node, "a lab has a Node");
  const { name, systemCgroup: cgroup } = node;
  const namespaces = { net: node.namespaces.net }; // of the machine it needs its files: its program, the socket
  const argv = [process.execPath, program, egressSocket(plan)] as const;
  startDaemon({ name: `${name}/egress-proxy`, namespaces, cgroup, argv }, record);
}
