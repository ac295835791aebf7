import {
  carried,
  controllerPlaces,
  isPlace,
  listeners,
  objectNames,
  paths,
  type Place,
  places,
} from "@antrea/api";
import type { Lab, LabHost } from "@antrea/lab";
import { containerPid } from "./cluster.ts";
import { datapath } from "./datapath.ts";

/** What a lab's Node runs that is not ours. */
const others = /^(?:kubelet|kube-proxy|containerd|containerd-shim)$/;

/** Those of the kernel itself, which takes tunnels there: no process has them. */
const ofKernel: ReadonlySet<string> = new Set(
  carried
    .flatMap(({ kernelPort }) => (datapath === "system" && kernelPort ? [kernelPort] : []))
    .flatMap((port) => [`udp 0.0.0.0:${port}`, `udp [::]:${port}`]),
);

/** TCP and UDP ports on which programs of a Node listen: those that the reference does not say, and those that it says in vain. */
export async function comparePorts(
  lab: Lab,
  node: string,
): Promise<{ readonly unknown: readonly string[]; readonly missing: readonly string[] }> {
  const wanted = listeners.map(({ address, port }) => `tcp ${address}:${port}`);
  const found = (await lab.node(node).exec(["ss", "-H", "-l", "-n", "-t", "-u", "-p"]))
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([protocol]) => protocol === "tcp" || protocol === "udp")
    .map(([protocol, , , , local = "", , users = ""]) => ({
      program: /\(\("([^"]*)"/.exec(users)?.[1] ?? "?",
      // only Pods on the Node's network have its address, and only the controller listens there alone
      socket: `${protocol} ${local.replace(`${lab.node(node).address}:`, "POD:")}`,
    }))
    .filter(
      ({ program, socket }) => !others.test(program) && !(program === "?" && ofKernel.has(socket)),
    );
  return {
    unknown: found
      .filter(({ socket }) => !wanted.includes(socket))
      .map(({ program, socket }) => `${program} listens on ${socket}`),
    missing: wanted.filter((one) => !found.some(({ socket }) => socket === one)),
  };
}

/** Differences of a Node's files from what the reference says of them. */
export async function comparePlaces(lab: Lab, node: string): Promise<readonly string[]> {
  // of the runtime's folders, what our programs put there; the lab has plugins of its own beside them
  const ours = ["/var/run/antrea", "/var/log/antrea"];
  const ofRuntime = places
    .map(({ path }) => path)
    .filter((path) => /^\/(?:opt|etc)\/cni\//.test(path));
  return differences(places, await filesBelow(lab.node(node), [...ours, ...ofRuntime]));
}

/**
 * Differences of a controller's Pod from what the reference says of it. Its root file system is
 * read-only: what it can write is the volume in /var/run/antrea.
 */
export async function compareControllerPlaces(
  lab: Lab,
  node: string,
  pod: string,
): Promise<readonly string[]> {
  const { namespace, controller } = objectNames;
  const root = `/proc/${await containerPid(lab, node, { namespace, pod, container: controller })}/root`;
  const found = await filesBelow(lab.node(node), [`${root}/var/run/antrea`]);
  return differences(
    controllerPlaces,
    found
      .map((file) => ({ ...file, path: file.path.replace(root, "") }))
      // the kubelet's own files of the Secret
      .filter(({ path }) => !path.startsWith(`${paths.controllerTlsFolder}/`)),
  );
}

interface FoundFile {
  readonly kind: string;
  /** Numbers, as find(1) prints them. */
  readonly owner: string;
  readonly mode: string;
  readonly path: string;
}

const kinds = { d: "folder", f: "file", s: "socket" } as const;

async function filesBelow(
  host: LabHost,
  folders: readonly string[],
): Promise<readonly FoundFile[]> {
  return (await host.exec(["find", ...folders, "-printf", "%y %U:%G %m %p\\n"]))
    .trim()
    .split("\n")
    .map((line) => {
      const [type = "", owner = "", mode = "", path = ""] = line.split(" ");
      return { kind: kinds[type as keyof typeof kinds] ?? type, owner, mode, path };
    });
}

function differences(wanted: readonly Place[], found: readonly FoundFile[]): readonly string[] {
  const wrong = found.flatMap(({ kind, owner, mode, path }) => {
    const place = wanted.find((one) => isPlace(one, path));
    if (!place) return [`${path} is not in the reference: ${kind} ${owner} ${mode}`];
    const [seen, said] = [`${kind} ${owner} ${mode}`, textOf(place)];
    return seen === said ? [] : [`${path} is ${seen}, and should be ${said}`];
  });
  const missing = wanted
    .filter(({ when }) => when === undefined)
    .filter((place) => !found.some(({ path }) => isPlace(place, path)));
  return [...wrong, ...missing.map(({ path }) => `${path} is not there`)];
}

function textOf({ kind, owner = "0:0", mode }: Place): string {
  return `${kind} ${owner} ${mode.toString(8)}`;
}
