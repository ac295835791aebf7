import { flag, oneOf, text, value, wholeNumber } from "@antrea/command";
import type { Lab } from "../io/lab.ts";
import { isLeftBehind } from "../io/living.ts";
import { startLab } from "../io/start-lab.ts";
import { cniKinds, datapathTypes, defaultOptions, trafficModes, tunnelTypes } from "../options.ts";
import { type IpFamilies, ipFamilies } from "../plan/address-plan.ts";
import { walk } from "../walk/io/walk.ts";
import { formatWalk } from "../walk/report.ts";
import { define } from "./context.ts";

export const up = define({
  name: "up",
  summary: "Start a cluster of its own on this machine",
  description:
    "Starts etcd, the Kubernetes control plane, and for each Node a kubelet, containerd and kube-proxy, all in network namespaces on a fabric of subnets and a router. " +
    "Then it installs the product with kubectl, as a user would, and waits until Pods can talk.\n" +
    "A lab of the same name that crashed is removed first. If something fails, everything stays for you to look at: ./antrea-lab logs, ./antrea-lab down.",
  example: [
    "antrea-lab up",
    "antrea-lab up --mode hybrid --tunnel vxlan --nodes 4 --subnets 2 --walk",
    "antrea-lab up --ip-family dual --nodes 2 --subnets 1 --walk",
    "antrea-lab up --name plain --cni bridge --nodes 1 --subnets 1",
    "antrea-lab up --kube-assets ~/kubebuilder/bin --no-install",
  ],
  args: {
    mode: value("How Pods of different Nodes talk", oneOf(trafficModes), {
      default: defaultOptions.mode,
    }),
    tunnel: value("What tunnels are made of", oneOf(tunnelTypes), {
      default: defaultOptions.tunnel,
    }),
    nodes: value("How many Nodes", wholeNumber(1, 200), { default: defaultOptions.nodes }),
    subnets: value("Over how many subnets they are spread", wholeNumber(1, 16), {
      default: defaultOptions.subnets,
    }),
    ipFamily: value(
      "Addresses of Nodes, Pods and Services; dual is both, IPv4 first",
      oneOf(Object.keys(ipFamilies) as IpFamilies[]),
      { default: defaultOptions.ipFamily },
    ),
    cni: value("Which network: the product, Debian's bridge plugin, or none", oneOf(cniKinds), {
      default: defaultOptions.cni,
    }),
    datapath: value("Datapath of Open vSwitch", oneOf(datapathTypes), {
      default: defaultOptions.datapath,
    }),
    kubeAssets: text("A folder with one's own kube-apiserver, kubelet and so on", {
      placeholder: "DIR",
    }),
    kubernetesVersion: text("Another version of Kubernetes, such as 1.35.4", {
      placeholder: "VERSION",
    }),
    manifest: text("Another manifest than deploy/antrea.yml", { placeholder: "FILE" }),
    allocateNodeCidrs: flag("Let kube-controller-manager hand out Pod CIDRs, not our controller"),
    apiReachesPods: flag(
      "Let the API server reach Pods, by way of node-1: for what it proxies to Pods and Services",
    ),
    offloads: flag("Let the fabric's links pass checksums and large segments on, as no wire does"),
    install: flag("Build or fetch what this machine lacks", { default: true }),
    walk: flag("Start Pods on every Node and show how each pair talks"),
  },
  async run({ args, labName, progress, signal, streams }) {
    const { walk: wantsWalk, ...request } = args;
    const lab = await startLab({ ...request, name: labName }, { progress, signal }).catch(
      (error) => {
        if (isLeftBehind(labName)) streams.stderr.write(`${afterFailure(labName)}\n`);
        throw error;
      },
    );
    const report = wantsWalk ? await walk(lab, { progress, signal }) : undefined;
    return { lab, report };
  },
  text: ({ lab, report }) => `${report ? `${formatWalk(report)}\n\n` : ""}${whatNext(lab)}`,
  exitCode: ({ report }) => (report && report.faults.length > 0 ? 1 : 0),
});

function afterFailure(name: string): string {
  const program = name === defaultOptions.name ? "./antrea-lab" : `./antrea-lab --name ${name}`;
  return `What was made stays for you to look at: ${program} status, ${program} logs node-1. ${program} down removes it.`;
}

/** What a person may type once a lab is up. */
export function whatNext({ name, kubeconfig }: Pick<Lab, "name" | "kubeconfig">): string {
  const option = name === defaultOptions.name ? "" : ` --name ${name}`;
  return [
    `The lab "${name}" is up. What to type next:`,
    `  export KUBECONFIG=${kubeconfig}`,
    "  kubectl get nodes -o wide            (./antrea-lab kubectl … where there is no kubectl)",
    `  ./antrea-lab${option} fabric show`,
    `  ./antrea-lab${option} exec node-1`,
    name === defaultOptions.name ? "  make lab-down" : `  ./antrea-lab${option} down`,
  ].join("\n");
}
