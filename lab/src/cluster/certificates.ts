import type { IpAddress } from "@antrea/net";
import type { LabPlan, NodePlan } from "../plan/lab-plan.ts";

/** One certificate of the cluster's public key infrastructure, in a folder `FILE.crt`, `FILE.key`. */
export interface CertificateSpec {
  /** Path below the PKI folder, without extension. */
  readonly file: string;
  /** Which authority signs it. */
  readonly authority: "ca" | "front-proxy-ca";
  readonly commonName: string;
  readonly organization?: string;
  readonly usage: "client" | "server" | "both";
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly IpAddress[];
}

export const authorities = [
  { file: "ca", commonName: "antrea-lab" },
  { file: "front-proxy-ca", commonName: "antrea-lab front proxy" },
] as const;

/** Clients that read a kubeconfig, by its file name. */
export const kubeconfigClients = [
  "admin",
  "controller-manager",
  "scheduler",
  "kube-proxy",
] as const;

/** Every certificate that the cluster's own programs need. */
export function clusterCertificates(plan: LabPlan): readonly CertificateSpec[] {
  return [
    {
      file: "apiserver",
      authority: "ca",
      commonName: "kube-apiserver",
      usage: "server",
      dnsNames: [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
      ],
      addresses: [
        ...plan.cluster.map(({ kubernetesService }) => kubernetesService),
        ...plan.controlPlane.link.addresses,
        plan.machineLink.peerAddress,
        "127.0.0.1" as IpAddress,
      ],
    },
    client("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
    { ...client("front-proxy-client", "front-proxy-client"), authority: "front-proxy-ca" },
    client("admin", "antrea-lab-admin", "system:masters"),
    client("controller-manager", "system:kube-controller-manager"),
    client("scheduler", "system:kube-scheduler"),
    client("kube-proxy", "system:kube-proxy"),
    ...plan.nodes.flatMap(nodeCertificates),
  ];
}

function nodeCertificates(node: NodePlan): readonly CertificateSpec[] {
  return [
    client(`${node.name}-client`, `system:node:${node.name}`, "system:nodes"),
    {
      file: `${node.name}-server`,
      authority: "ca",
      commonName: `system:node:${node.name}`,
      organization: "system:nodes",
      usage: "server",
      dnsNames: [node.name],
      addresses: node.link.addresses,
    },
  ];
}

function client(file: string, commonName: string, organization?: string): CertificateSpec {
  return {
    file,
    authority: "ca",
    commonName,
    usage: "client",
    ...(organization === undefined ? {} : { organization }),
  };
}
