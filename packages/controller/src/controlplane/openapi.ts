import { apiVersion, controlplaneGroup, controlplaneVersion } from "@antrea/policy/controlplane";

/**
 * Descriptions of the group that have nothing in them, by path: the API server asks for one at each start
 * and each minute until it gets one, and tells of it in its log. Objects are looked at, and never written.
 */
export const openApi: Readonly<Record<string, object>> = {
  "/openapi/v2": { swagger: "2.0", ...contents() },
  "/openapi/v3": {
    paths: {
      [`apis/${apiVersion}`]: { serverRelativeURL: `/openapi/v3/apis/${apiVersion}` },
    },
  },
  [`/openapi/v3/apis/${apiVersion}`]: { openapi: "3.0.0", ...contents() },
};

function contents(): object {
  return { info: { title: controlplaneGroup, version: controlplaneVersion }, paths: {} };
}
