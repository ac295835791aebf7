import { familyOf } from "@antrea/net";
import type { Argv } from "../io/command.ts";
import type { LabPlan } from "../plan/lab-plan.ts";
import { type PolicyApi, policyApiFlags } from "./pull-policy.ts";

/** Where the control plane's programs find what they read. */
export interface ControlPlaneFiles {
  readonly programs: {
    readonly etcd: string;
    readonly kubeApiserver: string;
    readonly kubeControllerManager: string;
    readonly kubeScheduler: string;
  };
  readonly pki: string;
  readonly kubeconfigs: string;
  readonly data: string;
  readonly audit: { readonly policy: string; readonly log: string };
}

export function etcdArgv({ programs, data }: ControlPlaneFiles): Argv {
  return [
    programs.etcd,
    `--data-dir=${data}/etcd`,
    "--name=lab",
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--initial-advertise-peer-urls=http://127.0.0.1:2380",
    "--initial-cluster=lab=http://127.0.0.1:2380",
    "--logger=zap",
    "--log-level=warn",
    // One member elects itself: no need to wait for the second that others get to answer.
    "--heartbeat-interval=10",
    "--election-timeout=100",
  ];
}

/**
 * The API server. Aggregated APIs (our controller's among them) are reached at their endpoints,
 * since no kube-proxy runs beside it.
 */
export function apiserverArgv(
  plan: LabPlan,
  files: ControlPlaneFiles,
  {
    policyApi,
    egress,
  }: {
    readonly policyApi: PolicyApi | undefined;
    /** Path of its egress selector's configuration; it needs none to reach Nodes only. */
    readonly egress: string | undefined;
  },
): Argv {
  const { pki } = files;
  return [
    files.programs.kubeApiserver,
    `--advertise-address=${plan.controlPlane.link.address}`,
    `--bind-address=${familyOf(plan.controlPlane.link.address) === "ipv4" ? "0.0.0.0" : "::"}`,
    "--secure-port=6443",
    "--etcd-servers=http://127.0.0.1:2379",
    serviceRange(plan),
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
    `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${pki}/service-account.pub`,
    `--service-account-signing-key-file=${pki}/service-account.key`,
    "--enable-aggregator-routing=true",
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
    `--proxy-client-key-file=${pki}/front-proxy-client.key`,
    "--profiling=false",
    `--audit-policy-file=${files.audit.policy}`,
    `--audit-log-path=${files.audit.log}`,
    "--audit-log-maxsize=20",
    "--audit-log-maxbackup=1",
    ...policyApiFlags(policyApi),
    ...(egress === undefined ? [] : [`--egress-selector-config-file=${egress}`]),
  ];
}

export function controllerManagerArgv(
  plan: LabPlan,
  files: ControlPlaneFiles,
  { allocateNodeCidrs }: { readonly allocateNodeCidrs: boolean },
): Argv {
  const { pki } = files;
  const kubeconfig = `${files.kubeconfigs}/controller-manager`;
  return [
    files.programs.kubeControllerManager,
    ...clientFlags(kubeconfig),
    `--root-ca-file=${pki}/ca.crt`,
    `--service-account-private-key-file=${pki}/service-account.key`,
    "--use-service-account-credentials=true",
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
    `--client-ca-file=${pki}/ca.crt`,
    serviceRange(plan),
    `--allocate-node-cidrs=${allocateNodeCidrs}`,
    ...(allocateNodeCidrs
      ? [
          `--cluster-cidr=${plan.cluster.map(({ clusterCidr }) => clusterCidr).join(",")}`,
          ...plan.cluster.map(
            ({ family, nodeCidrMaskSize }) => `--node-cidr-mask-size-${family}=${nodeCidrMaskSize}`,
          ),
        ]
      : []),
  ];
}

function serviceRange({ cluster }: LabPlan): string {
  return `--service-cluster-ip-range=${cluster.map(({ serviceCidr }) => serviceCidr).join(",")}`;
}

export function schedulerArgv(files: ControlPlaneFiles): Argv {
  return [files.programs.kubeScheduler, ...clientFlags(`${files.kubeconfigs}/scheduler`)];
}

/** One replica only: a lease would but delay it, the more so after it was killed. */
function clientFlags(kubeconfig: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
  ];
}
