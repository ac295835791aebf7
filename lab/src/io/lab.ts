import { kubeAssets } from "../assets/index.ts";
import { type Capture, type CaptureOptions, startCapture } from "../capture/io/capture.ts";
import { powerOff, powerOn } from "../cluster/io/power.ts";
import { kubeconfigPath } from "../cluster/io/start-control-plane.ts";
import { LabError } from "../errors.ts";
import {
  addRoute,
  type FabricLink,
  type FabricRoute,
  listRoutes,
  removeRoute,
  requireCidr,
  requireNode,
  setLink,
  setLoss,
  setMtu,
  showFabric,
} from "../fabric/io/control-fabric.ts";
import type { LabOptions } from "../options.ts";
import { type LabPlan, type NamespaceFiles, primary } from "../plan/lab-plan.ts";
import { findRecord, type RecordFile, recordedLabs } from "../record/io/record-file.ts";
import { cleanLab } from "./clean.ts";
import { type Argv, attempt, type Outcome, type RunOptions, run } from "./command.ts";
import { restartComponent, startComponent, stopComponent } from "./components.ts";
import { labVariable } from "./daemon.ts";
import { inNamespaces } from "./enter.ts";
import { stateRoot } from "./places.ts";

/** A place of the fabric where programs can be run: a Node, the outside host, the control plane. */
export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly namespaces: NamespaceFiles;
  /** The command that runs `argv` there, for those who spawn it themselves. */
  argv(argv: Argv): Argv;
  /** Gives standard output; another exit code than 0 throws. */
  exec(argv: Argv, options?: RunOptions): Promise<string>;
  attempt(argv: Argv, options?: RunOptions): Promise<Outcome>;
}

export interface LabFabric {
  addRoute(cidr: string, nodeName: string): Promise<void>;
  removeRoute(cidr: string): Promise<void>;
  listRoutes(): Promise<readonly FabricRoute[]>;
  setLink(target: string, state: "up" | "down"): Promise<void>;
  setLoss(target: string, percent: number): Promise<void>;
  setMtu(subnet: string, bytes: number, options?: { readonly wireOnly?: boolean }): Promise<void>;
  show(): Promise<readonly FabricLink[]>;
}

/** A cluster that runs. */
export interface Lab extends AsyncDisposable {
  readonly name: string;
  readonly options: LabOptions;
  readonly plan: LabPlan;
  /** Path of a kubeconfig that works from the machine. */
  readonly kubeconfig: string;
  readonly nodes: readonly LabHost[];
  node(name: string): LabHost;
  /** A host beyond the router that is no Node: the Internet, for Pods. */
  readonly outside: LabHost;
  readonly controlPlane: LabHost;
  readonly router: LabHost;
  readonly fabric: LabFabric;
  /** Watches the fabric's links, by default all of them, whose devices are named after Nodes; or those of another network namespace. */
  capture(options?: CaptureOptions & { readonly netns?: string }): Promise<Capture>;
  /** The stock kubectl with this lab's kubeconfig; gives standard output. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<string>;
  kubectlArgv(args: readonly string[]): Argv;
  /** Applies objects on the server's side. */
  apply(objects: readonly object[], options?: RunOptions): Promise<void>;
  /** Kills a program of the lab, as `status` names it, "node-1/kubelet", and leaves it down. */
  stop(component: string): Promise<void>;
  /** Starts a program that is down. Until it is ready may take it some seconds more. */
  start(component: string): Promise<void>;
  /** Kills a program of the lab, if it runs, and starts it anew. */
  restart(component: string): Promise<void>;
  /** Pulls a Node's plug: all that it has in memory is gone at once. Its disk stays. */
  powerOff(nodeName: string): Promise<void>;
  /** Boots a Node that was powered off. */
  powerOn(nodeName: string): Promise<void>;
  /** Ends the lab and removes all that it made. */
  down(): Promise<void>;
}

/** The lab of this name; throws if there is none. */
export function openLab(name: string): Lab {
  return openRecordedLab(requireRecord(name));
}

export function requireRecord(name: string): RecordFile {
  const record = findRecord(`${stateRoot()}/${name}`);
  if (record) return record;
  const others = recordedLabs(stateRoot());
  throw new LabError({
    saw: `There is no lab called "${name}" on this machine`,
    wanted: others.length > 0 ? `one of ${others.join(", ")}` : "a lab: none has been started",
    remedy: others.length > 0 ? `give --name ${others[0]}` : "start one with: ./antrea-lab up",
  });
}

export function openRecordedLab(record: RecordFile): Lab {
  const { plan, options, id } = record.get();
  const host = (name: string, address: string, namespaces: NamespaceFiles) =>
    labHost({ name, address, namespaces, id });
  const programs = kubeAssets({ version: options.kubernetesVersion, dir: options.kubeAssets });
  const kubeconfig = kubeconfigPath(plan);
  const kubectlArgv = (args: readonly string[]): Argv => [
    programs.kubectl,
    `--kubeconfig=${kubeconfig}`,
    ...args,
  ];
  const kubectl: Lab["kubectl"] = (args, given) => run(kubectlArgv(args), given);
  const down = () => cleanLab(record, stateRoot());
  return {
    name: plan.name,
    options,
    plan,
    kubeconfig,
    nodes: plan.nodes.map((n) => host(n.name, n.address, n.namespaces)),
    node(name) {
      const node = requireNode(plan, name);
      return host(node.name, node.address, node.namespaces);
    },
    outside: host("outside", plan.outsideHost.link.address, plan.outsideHost.namespaces),
    controlPlane: host(
      "control-plane",
      plan.controlPlane.link.address,
      plan.controlPlane.namespaces,
    ),
    router: host("router", primary(plan.management.networks).router, {
      net: `/run/netns/${plan.routerNamespace}`,
    }),
    fabric: labFabric(plan),
    capture: ({ netns = `/run/netns/${plan.fabricNamespace}`, ...given } = {}) =>
      startCapture({ net: netns }, given),
    kubectl,
    kubectlArgv,
    async apply(objects, given) {
      const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
      // The server checks what it is given; the client would fetch every schema to do the same.
      await kubectl(["apply", "--server-side", "--validate=false", "-f", "-"], { ...given, input });
    },
    stop: (component) => stopComponent(record, component),
    start: async (component) => startComponent(record, component),
    restart: (component) => restartComponent(record, component),
    powerOff: async (name) => powerOff(record, requireNode(plan, name)),
    powerOn: async (name) => powerOn(record, requireNode(plan, name), programs),
    down,
    [Symbol.asyncDispose]: down,
  };
}

interface HostParts {
  readonly name: string;
  readonly address: string;
  readonly namespaces: NamespaceFiles;
  /** What runs there carries it, so that `down` finds it. */
  readonly id: string;
}

function labHost({ name, address, namespaces, id }: HostParts): LabHost {
  const marked = (given?: RunOptions) => ({ ...given, env: { ...given?.env, [labVariable]: id } });
  return {
    name,
    address,
    namespaces,
    argv: (argv) => inNamespaces(namespaces, argv),
    exec: (argv, given) => run(inNamespaces(namespaces, argv), marked(given)),
    attempt: (argv, given) => attempt(inNamespaces(namespaces, argv), marked(given)),
  };
}

function labFabric(plan: LabPlan): LabFabric {
  return {
    addRoute: async (cidr, node) => addRoute(plan, requireCidr(cidr), node),
    removeRoute: async (cidr) => removeRoute(plan, requireCidr(cidr)),
    listRoutes: () => listRoutes(plan),
    setLink: (target, state) => setLink(plan, target, state),
    setLoss: (target, percent) => setLoss(plan, target, percent),
    setMtu: (subnet, bytes, given) => setMtu(plan, subnet, bytes, given),
    show: () => showFabric(plan),
  };
}
