import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseAb,
  parseDelivered,
  parseHyperfine,
  parseIperfDatagrams,
  parseSockperf,
} from "./output-of-tools.ts";

const pingPong = `sockperf: [Total Run] RunTime=1.000 sec; Warm up time=400 msec; SentMessages=900; ReceivedMessages=899
sockperf: ========= Printing statistics for Server No: 0
sockperf: [Valid Duration] RunTime=0.500 sec; SentMessages=501; ReceivedMessages=500
`;

test("parseSockperf() takes what lies between warming up and ending", () => {
  assert.equal(parseSockperf(pingPong), 1000);
});

test("parseSockperf() tells why nothing was measured, though the tool ended well", () => {
  const refused = "sockperf: ERROR: Can`t connect socket (errno=111 Connection refused)\n";
  assert.throws(() => parseSockperf(refused), /Connection refused/);
  assert.throws(() => parseSockperf(""), /sockperf measured nothing/);
});

const requests = (failed: number) => `Concurrency Level:      1
Time taken for tests:   2.000 seconds
Complete requests:      5000
Failed requests:        ${failed}
Total transferred:      500000 bytes
`;

test("parseAb() divides requests by the time that they took, and believes no failed ones", () => {
  assert.equal(parseAb(requests(0)), 2500);
  assert.throws(() => parseAb(requests(3)), /3 failed requests/);
  assert.throws(() => parseAb("apr_socket_recv: Connection refused (111)"), /ab measured nothing/);
});

test("parseHyperfine() gives the one time in milliseconds", () => {
  assert.equal(parseHyperfine('{"results":[{"mean":0.0125,"times":[0.0125]}]}'), 12.5);
  for (const text of ["", "{}", '{"results":[]}']) assert.throws(() => parseHyperfine(text));
});

test("parseIperfDatagrams() gives what was sent, and the rate", () => {
  const end = { sum_sent: { seconds: 0.5, packets: 10_000 } };
  assert.deepEqual(parseIperfDatagrams(JSON.stringify({ end })), {
    sent: 10_000,
    sentRate: 20_000,
  });
  assert.throws(
    () => parseIperfDatagrams('{"error":"unable to connect"}'),
    /sent nothing: unable to connect/,
  );
});

test("parseDelivered() is what UDP was given, also what no program read", () => {
  const snmp = `Ip: Forwarding DefaultTTL InReceives InDelivers
Ip: 2 64 1250 1240
Icmp: InMsgs InErrors
Icmp: 4 0
IcmpMsg: InType3
IcmpMsg: 4
Tcp: RtoAlgorithm InSegs OutSegs
Tcp: 1 36 40
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors
Udp: 1100 0 60 9 60
`;
  assert.equal(parseDelivered(snmp), 1200);
  assert.throws(() => parseDelivered(snmp.replace("InSegs", "Other")), /no Tcp: InSegs/);
  assert.throws(() => parseDelivered(""), /no Ip: InDelivers/);
});
