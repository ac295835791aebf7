import assert from "node:assert/strict";
import { test } from "node:test";
import { FlowTextError } from "../text.ts";
import { formatFlow, formatFlows } from "./format.ts";
import { parseFlow, parseFlows } from "./parse.ts";

/** What is written, and how it is printed. */
const spellings: readonly (readonly [written: string, printed: string])[] = [
  ["tcp,tp_dst=80,actions=drop", "tcp,tp_dst=80 actions=drop"],
  ["tcp,tcp_dst=80 action=drop", "tcp,tp_dst=80 actions=drop"],
  ["ip,nw_dst=10.0.0.7/24,actions=1", "ip,nw_dst=10.0.0.0/24 actions=output:1"],
  ["eth_type=0x800,nw_proto=6,actions=NORMAL", "tcp actions=NORMAL"],
  ["ip_dst=10.0.0.1 actions=drop", "ip,nw_dst=10.0.0.1 actions=drop"],
  ["xxreg0=0x1,actions=drop", "reg0=0,reg1=0,reg2=0,reg3=0x1 actions=drop"],
  ["xreg1=0x100000000/0xff00000000,actions=drop", "reg2=0x1/0xff actions=drop"],
  ["vlan_tci=0x1005/0x1fff actions=drop", "dl_vlan=5 actions=drop"],
  ["ct_state=0x21/0x23,actions=drop", "ct_state=+new-est+trk actions=drop"],
  ["ct_state=trk|new,actions=drop", "ct_state=new|trk actions=drop"],
  ["in_port=65534 actions=in_port", "in_port=LOCAL actions=IN_PORT"],
  ["actions=load:0x5->NXM_NX_REG0[4..7]", "actions=set_field:0x50/0xf0->reg0"],
  ["actions=load:5->reg0[]", "actions=set_field:0x5->reg0"],
  ["actions=set_field:8->nw_tos", "actions=set_field:2->ip_dscp"],
  ["actions=controller", "actions=CONTROLLER:65535"],
  ["actions=goto_table:5,output:1", "actions=output:1,goto_table:5"],
  [
    " cookie=0x5, duration=1.5s, table=3, n_packets=4, n_bytes=5, idle_timeout=6, idle_age=7, priority=8,arp actions=drop",
    "cookie=0x5, table=3, idle_timeout=6, priority=8,arp actions=drop",
  ],
];

for (const [written, printed] of spellings) {
  test(`parseFlow() understands ${written}`, () => {
    assert.equal(formatFlow(parseFlow(written)), printed);
  });
}

/** What is wrong, and a part of the sentence about it. */
const mistakes: readonly (readonly [written: string, sentence: RegExp])[] = [
  ["tcp", /Expected "actions="/],
  ["nosuch=5 actions=drop", /saw "nosuch"/],
  ["ip,nw_dst=10.0.0.256 actions=drop", /Expected a value of nw_dst, saw "10.0.0.256"/],
  ["tp_dst=80 actions=drop", /write tcp, udp or sctp before it/],
  ["tcp,nw_proto=17 actions=drop", /does not hold for "tcp,nw_proto=17/],
  ["tcp_dst=80 actions=drop", /eth_type ipv4 or ipv6/],
  ["priority=70000 actions=drop", /Expected priority from 0 to 65535, saw "70000"/],
  ["table=300 actions=drop", /Expected a table, saw "300"/],
  ["actions=nosuch", /Expected an action, saw "nosuch"/],
  ["actions=load:16->reg0[0..3]", /at most 4 bits/],
  ["actions=move:reg0[0..3]->reg1[]", /as many bits on both sides/],
  ["actions=set_field:1->ct_state", /ct_state is read-only/],
  ["actions=conjunction(1,2/1)", /clause/],
  ["actions=ct(commit,nosuch)", /Expected an option of ct, saw "nosuch"/],
  ["actions=ct(commit", /closing parenthesis/],
  ["actions=controller(userdata=0)", /hexadecimal bytes/],
  ["actions=learn(table=1,reg0[0..3]=16)", /at most 4 bits/],
];

for (const [written, sentence] of mistakes) {
  test(`parseFlow() says what is wrong with ${written}`, () => {
    assert.throws(
      () => parseFlow(written),
      (error) => error instanceof FlowTextError && sentence.test(error.message),
    );
  });
}

const names = {
  tableName: (table: number) => ["Classifier", "Output"][table],
  portName: (ofPort: number) => (ofPort === 1 ? "cart-0" : undefined),
  tableNumber: (name: string) => ({ Classifier: 0, Output: 1 })[name],
  portNumber: (name: string) => (name === "cart-0" ? 1 : undefined),
};

test("formatFlow() and parseFlow() speak of tables and ports by name", () => {
  const text =
    "table=Classifier, priority=5,in_port=cart-0 actions=resubmit(,Output),output:cart-0,goto_table:Output";
  const flow = parseFlow(text, names);
  assert.equal(formatFlow(flow, names), text);
  assert.equal(formatFlow(flow), "priority=5,in_port=1 actions=resubmit(,1),output:1,goto_table:1");
});

test("formatFlows() orders by table, then priority downward, then text, and leaves cookies out if told", () => {
  const text = `
    # a comment
    table=1,priority=1,cookie=7 actions=drop
    table=0,priority=1,tcp actions=drop
    table=0,priority=9 actions=drop
    table=0,priority=1,arp actions=drop
  `;
  assert.equal(
    formatFlows(parseFlows(text), { ...names, cookie: false }),
    `table=Classifier, priority=9 actions=drop
table=Classifier, priority=1,arp actions=drop
table=Classifier, priority=1,tcp actions=drop
table=Output, priority=1 actions=drop
`,
  );
});
