import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from "kubernetes-types/admissionregistration/v1.d.ts";
import type { CustomResourceDefinition } from "kubernetes-types/apiextensions/v1.d.ts";
import type { DaemonSet, Deployment } from "kubernetes-types/apps/v1.d.ts";
import type { Lease } from "kubernetes-types/coordination/v1.d.ts";
import type {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Node,
  Pod,
  Secret,
  Service,
  ServiceAccount,
} from "kubernetes-types/core/v1.d.ts";
import type { EndpointSlice } from "kubernetes-types/discovery/v1.d.ts";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.d.ts";
import type { ClusterRole, ClusterRoleBinding } from "kubernetes-types/rbac/v1.d.ts";
import { resource } from "./resource.ts";

/** The resources of Kubernetes itself that we read or write. Rooms declare their own kinds by `resource()`. */
export const nodes = resource<Node>("v1", "Node", "nodes", "cluster");
export const namespaces = resource<Namespace>("v1", "Namespace", "namespaces", "cluster");
export const pods = resource<Pod>("v1", "Pod", "pods", "namespaced");
export const services = resource<Service>("v1", "Service", "services", "namespaced");
export const endpoints = resource<Endpoints>("v1", "Endpoints", "endpoints", "namespaced");
export const configMaps = resource<ConfigMap>("v1", "ConfigMap", "configmaps", "namespaced");
export const secrets = resource<Secret>("v1", "Secret", "secrets", "namespaced");
export const events = resource<Event>("v1", "Event", "events", "namespaced");
export const serviceAccounts = resource<ServiceAccount>(
  "v1",
  "ServiceAccount",
  "serviceaccounts",
  "namespaced",
);
export const endpointSlices = resource<EndpointSlice>(
  "discovery.k8s.io/v1",
  "EndpointSlice",
  "endpointslices",
  "namespaced",
);
export const networkPolicies = resource<NetworkPolicy>(
  "networking.k8s.io/v1",
  "NetworkPolicy",
  "networkpolicies",
  "namespaced",
);
export const leases = resource<Lease>("coordination.k8s.io/v1", "Lease", "leases", "namespaced");
export const daemonSets = resource<DaemonSet>("apps/v1", "DaemonSet", "daemonsets", "namespaced");
export const deployments = resource<Deployment>(
  "apps/v1",
  "Deployment",
  "deployments",
  "namespaced",
);
export const customResourceDefinitions = resource<CustomResourceDefinition>(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  "cluster",
);
export const clusterRoles = resource<ClusterRole>(
  "rbac.authorization.k8s.io/v1",
  "ClusterRole",
  "clusterroles",
  "cluster",
);
export const clusterRoleBindings = resource<ClusterRoleBinding>(
  "rbac.authorization.k8s.io/v1",
  "ClusterRoleBinding",
  "clusterrolebindings",
  "cluster",
);
export const mutatingWebhookConfigurations = resource<MutatingWebhookConfiguration>(
  "admissionregistration.k8s.io/v1",
  "MutatingWebhookConfiguration",
  "mutatingwebhookconfigurations",
  "cluster",
);
export const validatingWebhookConfigurations = resource<ValidatingWebhookConfiguration>(
  "admissionregistration.k8s.io/v1",
  "ValidatingWebhookConfiguration",
  "validatingwebhookconfigurations",
  "cluster",
);
/** Which server answers for a group and version. */
export const apiServices = resource(
  "apiregistration.k8s.io/v1",
  "APIService",
  "apiservices",
  "cluster",
);
/** Health of each Node's agent, named after the Node. Its JSON shape is the `api` room's. */
export const antreaAgentInfos = resource(
  "crd.antrea.io/v1beta1",
  "AntreaAgentInfo",
  "antreaagentinfos",
  "cluster",
);
/** The change of traffic mode that is led. Its JSON shape is the `api` room's. */
export const antreaModeChanges = resource(
  "crd.antrea.io/v1alpha1",
  "ModeChange",
  "modechanges",
  "cluster",
);
/** Health of the controller: one object, `antrea-controller`. Its JSON shape is the `api` room's. */
export const antreaControllerInfos = resource(
  "crd.antrea.io/v1beta1",
  "AntreaControllerInfo",
  "antreacontrollerinfos",
  "cluster",
);
