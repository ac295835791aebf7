import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { LabHost } from "@antrea/lab";

/** A container as a runtime speaks of it to a plugin. */
export interface Container {
  readonly id: string;
  /** Name of its network namespace on the Node (`ip netns`). */
  readonly netns: string;
  /** As the kubelet names it; left out, no K8S_POD_* argument is given. */
  readonly pod?: { readonly namespace: string; readonly name: string; readonly uid?: string };
}

/** What came of one call. */
export type CallEnd =
  | { readonly kind: "done"; readonly stdout: string }
  /** Refused, with the plugin's error result. */
  | { readonly kind: "failed"; readonly code: number; readonly text: string }
  | { readonly kind: "killed" };

export interface CallOptions {
  /** Kills the plugin that long after its start, if it still runs. */
  readonly killAfterMs?: number | undefined;
  /** Besides the network's own. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const network = { cniVersion: "1.1.0", name: "antrea", type: "antrea" };

/** Calls the plugin on a Node as its container runtime does. */
export function pluginOn(node: LabHost) {
  async function call(
    env: Readonly<Record<string, string>>,
    { killAfterMs, config = {} }: CallOptions = {},
  ): Promise<CallEnd> {
    const [program, ...args] = node.argv(["/opt/cni/bin/antrea"]);
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, CNI_PATH: "/opt/cni/bin", ...env },
    });
    child.stdin.on("error", () => {}); // it may be killed before it has read everything
    child.stdin.end(JSON.stringify({ ...network, ...config }));
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);
    clearTimeout(timer);
    if (child.signalCode !== null) return { kind: "killed" };
    return child.exitCode === 0 ? { kind: "done", stdout } : failure(stdout);
  }

  const about = (command: string, { id, netns, pod }: Container) => ({
    CNI_COMMAND: command,
    CNI_CONTAINERID: id,
    CNI_NETNS: `/var/run/netns/${netns}`,
    CNI_IFNAME: "eth0",
    ...(pod && {
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${pod.namespace};K8S_POD_NAME=${pod.name};K8S_POD_INFRA_CONTAINER_ID=${id}${pod.uid === undefined ? "" : `;K8S_POD_UID=${pod.uid}`}`,
    }),
  });

  return {
    add: (container: Container, options?: CallOptions) => call(about("ADD", container), options),
    del: (container: Container, options?: CallOptions) => call(about("DEL", container), options),
    check: (container: Container, prevResult: unknown) =>
      call(about("CHECK", container), { config: { prevResult } }),
    /** Of all but these containers. */
    gc: (valid: readonly Container[], options?: CallOptions) =>
      call(
        { CNI_COMMAND: "GC" },
        {
          ...options,
          config: {
            "cni.dev/valid-attachments": valid.map(({ id }) => ({
              containerID: id,
              ifname: "eth0",
            })),
          },
        },
      ),
    async makeNetns(name: string): Promise<void> {
      await node.exec(["ip", "netns", "add", name]);
    },
    async removeNetns(name: string): Promise<void> {
      await node.exec(["ip", "netns", "del", name]);
    },
  };
}

export type Plugin = ReturnType<typeof pluginOn>;

/** The first address of an ADD's result. */
export function addressOf(result: string): string {
  const { ips } = JSON.parse(result) as { readonly ips: readonly { readonly address: string }[] };
  return ips[0]?.address.split("/")[0] ?? "";
}

function failure(stdout: string): CallEnd {
  try {
    const { code, msg, details } = JSON.parse(stdout) as Record<string, unknown>;
    return { kind: "failed", code: Number(code), text: `${String(msg)}: ${String(details)}` };
  } catch {
    return { kind: "failed", code: Number.NaN, text: stdout };
  }
}
