import { CommandError, type Lab } from "@antrea/lab";
import { agentPod } from "./cluster.ts";

/** Lets the agent of node-1 read a configuration without starting. */
export async function checkConfig(
  lab: Lab,
  text: string,
): Promise<{ readonly isAccepted: boolean; readonly said: string }> {
  const script =
    "cat > /tmp/antrea-agent.conf && antrea-agent --check-config --config /tmp/antrea-agent.conf 2>&1";
  const exec = ["-n", "kube-system", "exec", "-i", await agentPod(lab, "node-1")];
  try {
    const said = await lab.kubectl([...exec, "-c", "antrea-agent", "--", "sh", "-c", script], {
      input: text,
    });
    return { isAccepted: true, said };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { isAccepted: false, said: error.outcome.stdout };
  }
}
