import assert from "node:assert/strict";
import { test } from "node:test";
import { readConnection } from "./live-connection.ts";

const reply = "reply=(src=10.244.2.3,dst=10.244.1.2,sport=80,dport=40000)";

test("readConnection() reads what ovs-vswitchd prints", () => {
  const line = `tcp,orig=(src=10.244.1.2,dst=10.244.2.3,sport=40000,dport=80),${reply},zone=65520,mark=0x3,labels=0x7,protoinfo=(state=ESTABLISHED)`;
  assert.deepEqual(readConnection(line.replace("0x3", "3")), {
    ...{ protocol: 6, source: "10.244.1.2", destination: "10.244.2.3" },
    ...{ sourcePort: 40_000, destinationPort: 80, enteredBy: "pod" },
  });
  const echo =
    "icmpv6,orig=(src=fd00::1,dst=fd00::2,id=7,type=128,code=0),reply=(src=fd00::2,dst=fd00::1,id=7,type=129,code=0),zone=65510";
  assert.deepEqual(readConnection(echo)?.icmp, { id: 7, type: 128, code: 0 });
  assert.equal(readConnection(echo)?.protocol, 58);
});

test("readConnection() knows no more of a connection that is over, and nothing of other text", () => {
  const ended = `tcp,orig=(src=10.244.1.2,dst=10.244.2.3,sport=1,dport=80),${reply},protoinfo=(state=TIME_WAIT)`;
  assert.equal(readConnection(ended), undefined);
  for (const text of [
    "",
    "tcp",
    "gre,orig=(src=10.0.0.1,dst=10.0.0.2),reply=()",
    "tcp,orig=(),reply=()",
  ])
    assert.equal(readConnection(text), undefined, text);
});
