import {
  podCidrClaimKind,
  apiVersionOfKind,
  type NodeView,
  parseNode,
  podCidrClaimName,
} from "@antrea/api";
import { isKubeError, type KubeClient, resources } from "@antrea/kube";
import { claimRecord, podCidrClaims } from "../cluster/records.ts";
import type { IpamApi } from "../node-ipam/ipam-api.ts";

/** Node IPAM's questions as requests. A GET without resourceVersion is answered by a quorum. */
export function ipamApi(client: KubeClient): IpamApi {
  return {
    async findNode(name, options) {
      const object = await client.find(resources.nodes, { name }, options);
      return object && parseNode(object)?.node;
    },
    async findClaim(name, options) {
      const object = await client.find(podCidrClaims, { name }, options);
      return object && claimRecord(object);
    },
    async createClaim(node, cidr, options) {
      try {
        await client.create(
          podCidrClaims,
          {
            apiVersion: apiVersionOfKind(podCidrClaimKind),
            kind: podCidrClaimKind.kind,
            metadata: { name: podCidrClaimName(cidr) },
            spec: { cidr, nodeName: node.name, nodeUID: node.uid },
          },
          options,
        );
        return true;
      } catch (error) {
        if (isKubeError(error, "already-exists")) return false;
        throw error;
      }
    },
    async deleteClaim({ name, uid }, options) {
      try {
        await client.delete(podCidrClaims, { name }, { uid, ...options });
      } catch (error) {
        // A claim of that name with another UID is another claim; ours is gone.
        if (!isKubeError(error, "not-found", "conflict")) throw error;
      }
    },
    async assign(node: NodeView, cidrs, options) {
      const body = [
        { op: "test", path: "/metadata/uid", value: node.uid },
        { op: "test", path: "/spec/podCIDRs", value: null },
        { op: "add", path: "/spec/podCIDR", value: cidrs[0] },
        { op: "add", path: "/spec/podCIDRs", value: cidrs },
      ] as const;
      try {
        await client.patch(resources.nodes, { name: node.name }, { kind: "json", body }, options);
        return true;
      } catch (error) {
        if (isKubeError(error, "invalid", "conflict", "not-found")) return false;
        throw error;
      }
    },
  };
}
