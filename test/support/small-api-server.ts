/**
 * A server that knows Nodes, and of all else believes what is written and has nothing: as much of
 * Kubernetes' API as an agent needs beside no kubelet. `small-api-server.ts PORT NODES`, NODES a JSON
 * list of Node objects. Prints "ready".
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface NodeObject {
  metadata: { name: string; resourceVersion?: string; annotations?: Record<string, string | null> };
}

const [port = "8080", text = "[]"] = process.argv.slice(2);
const nodes = new Map((JSON.parse(text) as NodeObject[]).map((node) => [node.metadata.name, node]));
const watchers = new Set<ServerResponse>();
let version = 1;

const json = (answer: ServerResponse, status: number, body: unknown): void => {
  answer.writeHead(status, { "content-type": "application/json" });
  answer.end(JSON.stringify(body));
};

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  return body === "" ? {} : (JSON.parse(body) as Record<string, unknown>);
}

function list(url: URL, answer: ServerResponse): void {
  if (url.searchParams.get("sendInitialEvents") !== null)
    return json(answer, 422, failure(422, "Invalid", "no streaming lists here"));
  if (url.searchParams.get("watch") === null)
    return json(answer, 200, {
      kind: "NodeList",
      apiVersion: "v1",
      metadata: { resourceVersion: String(version) },
      items: [...nodes.values()],
    });
  answer.writeHead(200, { "content-type": "application/json" });
  answer.flushHeaders();
  watchers.add(answer);
  answer.on("close", () => watchers.delete(answer));
}

/** A merge patch of annotations, which is all that agents write into a Node (RFC 7386). */
function patchNode(name: string, patch: Record<string, unknown>, answer: ServerResponse): void {
  const node = nodes.get(name);
  if (!node) return json(answer, 404, failure(404, "NotFound", name));
  const said = (patch["metadata"] as NodeObject["metadata"] | undefined)?.annotations ?? {};
  node.metadata.annotations = Object.fromEntries(
    Object.entries({ ...node.metadata.annotations, ...said }).filter(([, value]) => value !== null),
  );
  node.metadata.resourceVersion = String(++version);
  for (const watcher of watchers)
    watcher.write(`${JSON.stringify({ type: "MODIFIED", object: node })}\n`);
  json(answer, 200, node);
}

const failure = (code: number, reason: string, message: string) => ({
  ...{ kind: "Status", apiVersion: "v1", status: "Failure" },
  ...{ code, reason, message },
});

createServer((request, answer) => {
  const url = new URL(request.url ?? "/", "http://server");
  void bodyOf(request).then((body) => {
    const [, name] = /^\/api\/v1\/nodes(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (url.pathname === "/api/v1/nodes") return list(url, answer);
    if (name !== undefined && request.method === "PATCH") return patchNode(name, body, answer);
    if (request.method === "GET") return json(answer, 404, failure(404, "NotFound", url.pathname));
    return json(answer, request.method === "POST" ? 201 : 200, body);
  });
}).listen(Number(port), () => console.log("ready"));
