import { stringify } from "yaml";
import { objectNames } from "@antrea/api";

/** What the API server notes (audit.k8s.io/v1): who of us asked what, and the answer's code; no bodies. */
export const auditPolicy = stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    {
      level: "Metadata",
      users: [objectNames.agent, objectNames.controller, objectNames.antctl].map(
        (name) => `system:serviceaccount:${objectNames.namespace}:${name}`,
      ),
    },
    { level: "None" },
  ],
});
