/**
 * Pods whose images say `:latest`, or no tag, would be pulled anew each time. A lab has its images
 * in place and no registry to ask, so the API server changes their pull policy to IfNotPresent.
 */
export function pullPolicyObjects(): readonly object[] {
  const name = "antrea-lab-images-in-place";
  const keep = (list: "containers" | "initContainers"): string =>
    `has(object.spec.${list}) ? object.spec.${list}.map(c, Object.spec.${list}{name: c.name, imagePullPolicy: "IfNotPresent"}) : []`;
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
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
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    },
  ];
}
