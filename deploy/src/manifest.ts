import { createHash } from "node:crypto";
import { customKinds, definitionOf } from "@antrea/api";
import { admissionManifests } from "./admission.ts";
import { agentDaemonSet } from "./agent.ts";
import { authoritiesConfigMap, configMap } from "./config-map.ts";
import { controllerDeployment, controllerService, controlplaneApiService } from "./controller.ts";
import type { Manifest } from "./object.ts";
import { openVSwitchDaemonSet } from "./open-vswitch.ts";
import { accountManifests, accounts } from "./rbac.ts";
import { configChecksum, withDefaults } from "./values.ts";
import { webhookManifests } from "./webhooks.ts";
import { yamlText } from "./yaml.ts";

export function definitions(): readonly Manifest[] {
  return customKinds.map((kind) => definitionOf(kind) as unknown as Manifest);
}

/** Everything but CRDs and admission, in the order in which it is applied: what is used stands before its user. */
export function installation(): readonly Manifest[] {
  return [
    ...accounts.flatMap(accountManifests),
    configMap(),
    authoritiesConfigMap(),
    controllerService(),
    controllerDeployment(),
    openVSwitchDaemonSet(),
    agentDaemonSet(),
    controlplaneApiService(),
    ...webhookManifests(),
  ];
}

/** `deploy/antrea.yml`. Last comes what an older API server has no kind for: kubectl says so, and has applied the rest. */
export function manifestText(): string {
  const objects = [...definitions(), ...installation(), ...admissionManifests()];
  const text = withDefaults(yamlText(objects));
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
