import type { Lab } from "@antrea/lab";

/**
 * Connects `count` Pods by calling the plugin as containerd does, ten at a time: attachments like all
 * others, without the containers that would cost most of the time.
 */
export async function connectPods(lab: Lab, node: string, count: number): Promise<void> {
  const config = JSON.stringify({ cniVersion: "1.0.0", name: "antrea", type: "antrea" });
  const script = `
    export CNI_COMMAND=ADD CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin
    connect() {
      ip netns add many-$1 && echo '${config}' |
        CNI_CONTAINERID=many-$1 CNI_NETNS=/var/run/netns/many-$1 \\
        CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=many-$1;K8S_POD_INFRA_CONTAINER_ID=many-$1" \\
        /opt/cni/bin/antrea
    }
    failed=
    for first in $(seq 1 10 ${count}); do
      pids=
      for i in $(seq $first $((first + 9))); do connect $i & pids="$pids $!"; done
      for pid in $pids; do wait $pid || failed=1; done
    done
    [ -z "$failed" ]`;
  await lab.node(node).exec(["sh", "-c", script]);
}
