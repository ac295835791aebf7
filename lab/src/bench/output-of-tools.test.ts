import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAb, parseHyperfine, parseIperfDatagrams, parseSockperf } from "./output-of-tools.ts";

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

test("parseIperfDatagrams() counts as lost what did not arrive, and gives the rate really sent", () => {
  const end = {
    sum_sent: { seconds: 0.5, bytes: 640_000, packets: 10_000 },
    sum_received: { bytes: 633_600 },
  };
  const { sentRate, loss } = parseIperfDatagrams(JSON.stringify({ end }));
  assert.equal(sentRate, 20_000);
  assert.ok(Math.abs(loss - 0.01) < 1e-9);
  assert.throws(
    () => parseIperfDatagrams('{"error":"unable to connect"}'),
    /sent nothing: unable to connect/,
  );
});
