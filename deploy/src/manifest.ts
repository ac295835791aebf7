import { createHash } from "node:crypto";
import { customKinds, definitionOf } from "@antrea/api";
import { agentDaemonSet } from "./agent.ts";
import { configMap } from "./config-map.ts";
import { controllerDeployment, controllerService } from "./controller.ts";
import type { Manifest } from "./object.ts";
import { openVSwitchDaemonSet } from "./open-vswitch.ts";
import { accountManifests, accounts } from "./rbac.ts";
import { configChecksum, withDefaults } from "./values.ts";
import { yamlText } from "./yaml.ts";

export function definitions(): readonly Manifest[] {
  return customKinds.map((kind) => definitionOf(kind) as unknown as Manifest);
}

/** Everything but the CRDs, in the order in which it is applied: what is used stands before its user. */
export function installation(): readonly Manifest[] {
  return [
    ...accounts.flatMap(accountManifests),
    configMap(),
    controllerService(),
    controllerDeployment(),
    openVSwitchDaemonSet(),
    agentDaemonSet(),
  ];
}

/** `deploy/antrea.yml`. */
export function manifestText(): string {
  const text = withDefaults(yamlText([...definitions(), ...installation()]));
  return `${header}${text.replaceAll(configChecksum, sha256(withDefaults(yamlText([configMap()]))))}`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const header = [
  "# Antrea: kubectl apply -f antrea.yml",
  "# Printed by deploy/generate.ts from deploy/src and packages/api; edit there.",
  "",
].join("\n");
