import { CommandError, type Lab } from "@antrea/lab";
import { agentPod } from "./cluster.ts";
import { execIn } from "./kube-client.ts";

/** Lets the agent of node-1 read a configuration without starting. */
export async function checkConfig(
  lab: Lab,
  text: string,
): Promise<{ readonly isAccepted: boolean; readonly said: string }> {
  const script =
    "cat > /tmp/antrea-agent.conf && antrea-agent --check-config --config /tmp/antrea-agent.conf 2>&1";
  const pod = await agentPod(lab, "node-1");
  const place = { namespace: "kube-system", pod, container: "antrea-agent" };
  try {
    const said = await execIn(lab, place, ["sh", "-c", script], text);
    return { isAccepted: true, said };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { isAccepted: false, said: error.outcome.stdout };
  }
}
