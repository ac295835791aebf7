import { versions } from "./versions.ts";

export interface ProgramSet {
  readonly name: "kubernetes" | "containerd" | "coredns" | "cnitool";
  readonly version: string;
  readonly tags: readonly string[];
  /** Sets these string variables while linking: unstamped, the programs call themselves v0.0.0. */
  readonly stamp: Readonly<Record<string, string>>;
  readonly programs: readonly Program[];
}

export interface Program {
  readonly name: string;
  readonly package: string;
  /** On two cores with empty caches, downloads included. */
  readonly expectedSeconds: number;
  /** A package of tests, which becomes a program that runs them. */
  readonly isTest?: true;
}

/** The Go programs that a cluster consists of, in the order in which they are built. */
export function programSets(kubernetes: string = versions.kubernetes): readonly ProgramSet[] {
  return [
    {
      name: "kubernetes",
      version: kubernetes,
      tags: [],
      stamp: kubernetesStamp(kubernetes),
      programs: [
        program("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", 210),
        program("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", 50),
        program("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", 5),
        program("kubectl", "k8s.io/kubernetes/cmd/kubectl", 20),
        program("kubelet", "k8s.io/kubernetes/cmd/kubelet", 20),
        program("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy", 8),
        program("agnhost", "k8s.io/kubernetes/test/images/agnhost", 6),
      ],
    },
    {
      name: "containerd",
      version: versions.containerd,
      tags: ["no_btrfs", "no_zfs", "no_devmapper"],
      stamp: {
        "github.com/containerd/containerd/v2/version.Version": `v${versions.containerd}`,
      },
      programs: [
        program("containerd", "github.com/containerd/containerd/v2/cmd/containerd", 65),
        program(
          "containerd-shim-runc-v2",
          "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
          3,
        ),
        program("ctr", "github.com/containerd/containerd/v2/cmd/ctr", 3),
      ],
    },
    {
      name: "coredns",
      version: versions.coredns,
      tags: [],
      stamp: {},
      programs: [program("coredns", "github.com/coredns/coredns", 110)],
    },
    {
      // what people call a CNI plugin with by hand; the tests do so too
      name: "cnitool",
      version: versions.cnitool,
      tags: [],
      stamp: {},
      programs: [program("cnitool", "github.com/containernetworking/cni/cnitool", 15)],
    },
  ];
}

/** Kubernetes' own end-to-end tests: no part of a cluster, but the judge of one. */
export function e2eTests(kubernetes: string = versions.kubernetes): ProgramSet {
  const tests = program("e2e.test", "k8s.io/kubernetes/test/e2e", 180);
  return {
    name: "kubernetes",
    version: kubernetes,
    tags: [],
    stamp: kubernetesStamp(kubernetes),
    programs: [{ ...tests, isTest: true }],
  };
}

function program(name: string, path: string, expectedSeconds: number): Program {
  return { name, package: path, expectedSeconds };
}

function kubernetesStamp(version: string): Record<string, string> {
  const [major = "", minor = ""] = version.split(".");
  const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return Object.fromEntries(
    packages.flatMap((path) => [
      [`${path}.gitVersion`, `v${version}`],
      [`${path}.gitMajor`, major],
      [`${path}.gitMinor`, minor],
      [`${path}.gitTreeState`, "clean"],
    ]),
  );
}
