import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, inOpenVSwitch, labForFile, startPods } from "./support/cluster.ts";

/**
 * Calls of the plugin as a runtime makes them, closer together than a kubelet does: what is there when an
 * ADD returns, and what is not when a DEL does.
 */
const lab = labForFile("calls", { mode: "encap", nodes: 2 });

/** Shell: `call COMMAND CONTAINER NETNS POD`, and `answers NETNS ADDRESS`, one echo, on a machine that may be busy. */
const functions = `
  export CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin
  call() {
    echo '{"cniVersion":"1.0.0","name":"antrea","type":"antrea"}' |
      CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/var/run/netns/$3 \\
      CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=$4;K8S_POD_INFRA_CONTAINER_ID=$2" \\
      /opt/cni/bin/antrea
  }
  add() { answer=$(call ADD "$@") || fail "ADD of $1: $answer"; }
  answers() { ip netns exec $1 ping -n -c 1 -W 10 $2 >/dev/null; }
  silent() { for turn in $(seq 20); do ip netns exec $1 ping -n -c 3 -i 0.01 -W 0.2 $2 >/dev/null || return 0; done; return 1; }
  fail() { echo "$@"; exit 1; }
`;
const onNode = (script: string): Promise<string> =>
  lab()
    .node("node-1")
    .exec(["sh", "-c", functions + script]);

let neighbour = "";
let remote = "";

/** What of Pods that are gone the bridge's database and the Node still have. */
async function left(): Promise<readonly string[]> {
  const ports = await inOpenVSwitch(lab(), "node-1", ["ovs-vsctl", "list-ports", "br-int"]);
  const links = await lab().node("node-1").exec(["ip", "-br", "link", "show", "type", "veth"]);
  // with the kernel's datapath no chain hides a link, and there is no such table
  const chains = await lab()
    .node("node-1")
    .attempt(["nft", "list", "table", "netdev", "antrea-isolated"]);
  return [ports, links, chains.stdout].flatMap(
    (text) => text.match(/(once|turn|race|many)-[0-9a-z-]*/g) ?? [],
  );
}
async function nothingIsLeft(timeoutMs = 30_000): Promise<void> {
  let seen: readonly string[] = [];
  await eventually(
    "ports, links and chains are gone",
    async () => (seen = await left()).length === 0,
    timeoutMs,
  ).catch((error: unknown) => assert.fail(`${String(error)}: ${seen.join(" ")}`));
}

test("the first echo that a Pod sends after its ADD is answered, near and far, twenty times", async () => {
  const addresses = await startPods(lab(), [
    { name: "near", node: "node-1" },
    { name: "far", node: "node-2" },
  ]);
  neighbour = addresses.get("near") ?? assert.fail("near has an address");
  remote = addresses.get("far") ?? assert.fail("far has an address");
  await onNode(`
    for i in $(seq 10); do
      for peer in ${neighbour} ${remote}; do
        name=once-$i-\${peer##*.}
        ip netns add $name
        add $name $name $name
        answers $name $peer || fail "$peer did not answer the first echo of $name"
        call DEL $name $name $name || fail "DEL of $name"
        ip netns delete $name
      done
    done`);
  await nothingIsLeft();
});

test("a Pod falls silent with its DEL, and an ADD may use namespace and name at once", async () => {
  await onNode(`
    ip netns add turn
    for i in $(seq 10); do
      call ADD turn-$((i % 2)) turn turn-pod >/dev/null || fail "ADD $i"
      answers turn ${neighbour} || fail "no answer in turn $i"
      call DEL turn-$((i % 2)) turn turn-pod || fail "DEL $i"
      silent turn ${neighbour} || fail "it went on speaking after DEL $i"
      call DEL turn-$((i % 2)) turn turn-pod || fail "DEL $i once more"
    done
    ip netns delete turn`);
  await nothingIsLeft();
});

test("two sandboxes that race for one Pod's name: the one that stays is connected", async () => {
  await onNode(`
    for i in $(seq 5); do
      ip netns add race-a-$i; ip netns add race-b-$i
      add race-a-$i race-a-$i race-pod & a=$!
      add race-b-$i race-b-$i race-pod & b=$!
      wait $a || exit 1; wait $b || exit 1
      call DEL race-a-$i race-a-$i race-pod || fail "DEL of a"
      answers race-b-$i ${neighbour} || fail "the sandbox that stays is cut off in turn $i"
      call DEL race-b-$i race-b-$i race-pod || fail "DEL of b"
      silent race-b-$i ${neighbour} || fail "b went on speaking after its DEL"
      ip netns delete race-a-$i; ip netns delete race-b-$i
    done`);
  await nothingIsLeft();
});

test("fifty ADDs at once give fifty Pods that speak, and fifty DELs at once leave nothing", async () => {
  const results = await onNode(`
    one() {
      call ADD many-$1 many-$1 many-$1 >/tmp/many-$1 || fail "ADD of many-$1"
      answers many-$1 ${neighbour} || fail "many-$1 is not answered"
    }
    all() {
      pids=; for i in $(seq 50); do "$@" $i & pids="$pids $!"; done
      for pid in $pids; do wait $pid || exit 1; done
    }
    gone() { call DEL many-$1 many-$1 many-$1; }
    for i in $(seq 50); do ip netns add many-$i; done
    all one
    cat /tmp/many-*; rm /tmp/many-*
    all gone
    for i in $(seq 50); do ip netns delete many-$i; done`);
  const addresses = new Set(results.match(/"address":"10\.244\.[^"]+"/g));
  assert.equal(addresses.size, 50);
  await nothingIsLeft();
});

test("what the agent was killed over is gone once another runs", async () => {
  await onNode(`
    agent=$(for p in /proc/[0-9]*; do # of this Node: it is in its network namespace
      [ "$(readlink $p/ns/net)" = "$(readlink /proc/self/ns/net)" ] || continue
      tr '\\0' ' ' <$p/cmdline | grep -q 'bin/antrea-agent *$' && echo \${p#/proc/}
    done)
    [ "$(echo "$agent" | wc -w)" = 1 ] || fail "agents: $agent"
    for i in $(seq 30); do ip netns add many-$i; done
    for i in $(seq 30); do add many-$i many-$i many-$i; done
    for i in $(seq 30); do call DEL many-$i many-$i many-$i || fail "DEL $i"; done
    kill -9 $agent
    for i in $(seq 30); do ip netns delete many-$i; done`);
  await nothingIsLeft(60_000);
});
