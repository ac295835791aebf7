import assert from "node:assert/strict";
import { test } from "node:test";
import { type WebSocket, WebSocketServer } from "ws";
import { isKubeError } from "../error.ts";
import { channels, frame } from "../exec/channel.ts";
import { answerStatus, fastClock, scriptedServer } from "../testing/scripted-server.ts";
import { type ExecOptions, type ExecResult, execInPod } from "./exec.ts";

/** A peer that speaks the channel protocol as the test says. */
async function peer(serve: (socket: WebSocket, url: URL) => void, protocol = "v5.channel.k8s.io") {
  const http = await scriptedServer((_request, answer) => answerStatus(answer, 404, "NotFound"));
  const sockets = new WebSocketServer({
    server: http.server,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  });
  sockets.on("connection", (socket, request) =>
    serve(socket, new URL(request.url ?? "/", "http://server")),
  );
  return {
    http,
    run: (more: Partial<ExecOptions> = {}): Promise<ExecResult> =>
      execInPod({
        access: http.access,
        clock: fastClock(1),
        userAgent: "test",
        pod: { namespace: "kube-system", name: "antrea-agent-x" },
        command: ["antctl", "version"],
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      sockets.close();
      await http.stop();
    },
  };
}

const end = (socket: WebSocket, status: unknown): void => {
  socket.send(frame(channels.error, Buffer.from(JSON.stringify(status))));
  socket.close(1000);
};
const success = { status: "Success" };

test("execInPod() asks for the command word by word and collects its output", async () => {
  let url: URL | undefined;
  await using p = await peer((socket, asked) => {
    url = asked;
    for (const piece of ["hel", "lo"]) socket.send(frame(channels.stdout, Buffer.from(piece)));
    socket.send(frame(channels.stderr, Buffer.from("oh")));
    end(socket, success);
  });
  const result = await p.run({ container: "antrea-agent", command: ["sh", "-c", "a b & c"] });
  assert.deepEqual(result, { code: 0, message: "", stdout: "hello", stderr: "oh" });
  assert.equal(url?.pathname, "/api/v1/namespaces/kube-system/pods/antrea-agent-x/exec");
  assert.deepEqual(url?.searchParams.getAll("command"), ["sh", "-c", "a b & c"]);
  assert.equal(url?.searchParams.get("container"), "antrea-agent");
  assert.equal(url?.searchParams.get("stdin"), "false");
});

test("execInPod() sends its input, says that it is over, and gives the exit code", async () => {
  await using p = await peer((socket) => {
    const input: Buffer[] = [];
    socket.on("message", (data: Buffer) => {
      if (data[0] === channels.stdin) input.push(data.subarray(1));
      if (data[0] !== channels.close) return;
      assert.equal(data[1], channels.stdin);
      socket.send(frame(channels.stdout, Buffer.concat(input)));
      const causes = [{ reason: "ExitCode", message: "3" }];
      end(socket, { status: "Failure", message: "exit code 3", details: { causes } });
    });
  });
  const pieces: string[] = [];
  const result = await p.run({
    stdin: [Buffer.from("a"), Buffer.from("b")],
    onStdout: (chunk) => pieces.push(Buffer.from(chunk).toString()),
  });
  assert.deepEqual(result, { code: 3, message: "exit code 3", stdout: "", stderr: "" });
  assert.deepEqual(pieces, ["ab"]);
});

test("execInPod() works with version 4, but for input that must end", async () => {
  await using p = await peer(
    (socket) => setImmediate(() => end(socket, success)),
    "v4.channel.k8s.io",
  );
  assert.equal((await p.run()).code, 0);
  await assert.rejects(p.run({ stdin: "x" }), /v4\.channel\.k8s\.io, which cannot end/);
});

test("execInPod() rejects with the server's refusal", async () => {
  await using http = await scriptedServer(() => {});
  http.server.on("upgrade", (_request, socket) => {
    const body = JSON.stringify({
      kind: "Status",
      reason: "Forbidden",
      message: "no exec for you",
    });
    const head = `HTTP/1.1 403 Forbidden\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.end(head + body);
  });
  const run = execInPod({
    access: http.access,
    clock: fastClock(1),
    userAgent: "test",
    pod: { namespace: "a", name: "b" },
    command: ["c"],
  });
  await assert.rejects(run, (error) => {
    assert.ok(isKubeError(error, "forbidden"));
    assert.match(error.message, /pods\/b\/exec: 403 Forbidden: no exec for you/);
    return true;
  });
});

test("execInPod() does not take a broken connection for the end of the command", async () => {
  await using p = await peer((socket) => {
    socket.send(frame(channels.stdout, Buffer.from("half")));
    socket.close(1000);
  });
  await assert.rejects(p.run(), (error) => isKubeError(error, "cut"));
});

test("execInPod() ends with its signal", async () => {
  await using p = await peer(() => {});
  const stop = new AbortController();
  const run = p.run({ signal: stop.signal });
  setTimeout(() => stop.abort(new Error("enough")), 20);
  await assert.rejects(run, /^Error: enough$/);
  await assert.rejects(p.run({ signal: stop.signal }), /enough/);
});
