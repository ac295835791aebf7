import { type LabPlan, primary } from "../plan/lab-plan.ts";

/** The cluster's DNS: what any cluster has, made small. The address is the one kubelet tells Pods. */
export function coreDnsObjects(image: string, { cluster }: LabPlan): readonly object[] {
  const namespace = "kube-system";
  const labels = { "k8s-app": "kube-dns" };
  const metadata = { name: "coredns", namespace };
  const role = { name: "system:coredns" };
  const ports = [
    { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, targetPort: 53, protocol: "TCP" },
    { name: "metrics", port: 9153, targetPort: 9153, protocol: "TCP" },
  ];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: role,
      rules: [
        {
          apiGroups: [""],
          resources: ["endpoints", "services", "pods", "namespaces"],
          verbs: ["list", "watch"],
        },
        {
          apiGroups: ["discovery.k8s.io"],
          resources: ["endpointslices"],
          verbs: ["list", "watch"],
        },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: role,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.name },
      subjects: [{ kind: "ServiceAccount", name: metadata.name, namespace }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile: corefile } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace, labels },
      spec: {
        clusterIP: primary(cluster).dnsService,
        clusterIPs: cluster.map(({ dnsService }) => dnsService),
        ipFamilyPolicy: cluster.length > 1 ? "RequireDualStack" : "SingleStack",
        selector: labels,
        ports,
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(image) },
      },
    },
  ];
}

function podSpec(image: string): object {
  const probe = (path: string, port: number) => ({
    httpGet: { path, port, scheme: "HTTP" },
    periodSeconds: 2,
    failureThreshold: 30,
  });
  return {
    serviceAccountName: "coredns",
    priorityClassName: "system-cluster-critical",
    dnsPolicy: "Default",
    terminationGracePeriodSeconds: 1,
    tolerations: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
    containers: [
      {
        name: "coredns",
        image,
        imagePullPolicy: "IfNotPresent",
        args: ["-conf", "/etc/coredns/Corefile"],
        ports: [{ containerPort: 53, name: "dns", protocol: "UDP" }],
        readinessProbe: probe("/ready", 8181),
        livenessProbe: probe("/health", 8080),
        volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
      },
    ],
    volumes: [{ name: "config", configMap: { name: "coredns" } }],
  };
}

/** No forwarder: a lab has no Internet, and a name outside the cluster is answered at once with NXDOMAIN. */
const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    prometheus :9153
    reload
}
`;
