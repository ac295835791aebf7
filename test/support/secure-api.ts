import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "@antrea/lab";

export interface SecureQuestion {
  readonly url: string;
  readonly token?: string | undefined;
  readonly method?: string;
  /** PEM of whom to trust; anybody where it is left out. */
  readonly ca?: string;
}

/** Asks one of our APIs from a Node, as a collector of metrics there would. */
export async function askSecurely(
  lab: Lab,
  node: string,
  { url, token, method = "GET", ca }: SecureQuestion,
): Promise<{ readonly status: number; readonly text: string }> {
  const folder = mkdtempSync(join(tmpdir(), "antrea-trust-"));
  try {
    const authority = join(folder, "ca.crt");
    if (ca !== undefined) writeFileSync(authority, ca);
    const trust = ca === undefined ? ["--insecure"] : ["--cacert", authority];
    const how = ["--silent", "--show-error", "--max-time", "10", "--write-out", "\n%{http_code}"];
    const name = token === undefined ? [] : ["--header", "@-"]; // of standard input: argv is for all to read
    const input = token === undefined ? "" : `Authorization: Bearer ${token}\n`;
    const said = await lab
      .node(node)
      .exec(["curl", ...how, "--request", method, ...trust, ...name, url], { input });
    const at = said.lastIndexOf("\n");
    return { status: Number(said.slice(at + 1)), text: said.slice(0, at) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A token of a ServiceAccount of this name that may get these paths; made where it is not there. */
export async function readerToken(
  lab: Lab,
  name: string,
  paths: readonly string[],
): Promise<string> {
  const metadata = { name };
  const subject = { kind: "ServiceAccount", name, namespace: "kube-system" };
  await lab.apply([
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "kube-system" } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules: [{ nonResourceURLs: paths, verbs: ["get"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [subject],
    },
  ]);
  return tokenOf(lab, name);
}

/** A token of a ServiceAccount in kube-system that is bound to no Pod. */
export async function tokenOf(lab: Lab, name: string): Promise<string> {
  return (await lab.kubectl(["-n", "kube-system", "create", "token", name])).trim();
}
