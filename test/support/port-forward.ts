import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Lab } from "@antrea/lab";

/** A running `kubectl port-forward`. */
export interface PortForward extends AsyncDisposable {
  /** On this machine's loopback. */
  readonly port: number;
}

/**
 * Runs `kubectl -n kube-system port-forward TARGET PORTS`; resolves once it listens. PORTS as they are
 * typed: "10349:10349", or ":10349" for a free port of this machine.
 */
export async function portForward(lab: Lab, target: string, ports: string): Promise<PortForward> {
  const [program, ...args] = lab.kubectlArgv([
    ...["-n", "kube-system", "port-forward", target, ports],
  ]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  let said = "";
  const listening = new Promise<number>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const port = /^Forwarding from 127\.0\.0\.1:(\d+) -> /m.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    ended.then(() => reject(new Error(`kubectl port-forward ${target} ended: ${said}`)), reject);
  });
  return {
    port: await listening,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}
