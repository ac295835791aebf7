/** Which version of the API for mutating admission policies an API server has. */
export type PolicyApi = "v1" | "v1beta1" | "v1alpha1";

/** By what `kube-apiserver --version` prints; undefined before Kubernetes 1.32, which has none. */
export function policyApiOf(printed: string): PolicyApi | undefined {
  const minor = Number(/v1\.(\d+)\./.exec(printed)?.[1]);
  if (minor >= 36) return "v1";
  if (minor >= 34) return "v1beta1";
  return minor >= 32 ? "v1alpha1" : undefined;
}

/** What the API server is started with, so that it serves the policies also where they are not on by default. */
export function policyApiFlags(api: PolicyApi | undefined): readonly string[] {
  if (api === undefined || api === "v1") return [];
  return [
    "--feature-gates=MutatingAdmissionPolicy=true",
    `--runtime-config=admissionregistration.k8s.io/${api}=true`,
  ];
}

/**
 * Pods whose images say `:latest`, or no tag, would be pulled anew each time. A lab has its images
 * in place and no registry to ask, so the API server changes their pull policy to IfNotPresent.
 * Nothing where the API server has no such policies: then Pods say it themselves.
 */
export function pullPolicyObjects(api: PolicyApi | undefined): readonly object[] {
  if (api === undefined) return [];
  const apiVersion = `admissionregistration.k8s.io/${api}`;
  const name = "antrea-lab-images-in-place";
  const keep = (list: "containers" | "initContainers"): string =>
    `has(object.spec.${list}) ? object.spec.${list}.map(c, Object.spec.${list}{name: c.name, imagePullPolicy: "IfNotPresent"}) : []`;
  return [
    {
      apiVersion,
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Ignore",
        reinvocationPolicy: "Never",
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
          ],
        },
        mutations: [
          {
            patchType: "ApplyConfiguration",
            applyConfiguration: {
              expression: `Object{ spec: Object.spec{ containers: ${keep("containers")}, initContainers: ${keep("initContainers")} } }`,
            },
          },
        ],
      },
    },
    {
      apiVersion,
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    },
  ];
}
