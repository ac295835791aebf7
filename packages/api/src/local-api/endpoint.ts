import { type Shape, shape } from "@antrea/base";

export type Method = "GET" | "POST" | "PUT";

// any: members are of whatever kind
type QueryShapes = Readonly<Record<string, Shape<any>>>;

/**
 * One thing that can be asked of a local API. Server and client are held to the same shapes; a
 * query's values are texts on the wire, so its shapes read texts.
 */
export interface Endpoint<Query, Body, Response> {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly query: Shape<Query>;
  readonly body: Shape<Body>;
  readonly response: Shape<Response>;
}

// any: a table of endpoints holds endpoints of every kind
export type Endpoints = Readonly<Record<string, Endpoint<any, any, any>>>;

export type QueryOf<E> = E extends Endpoint<infer Q, any, any> ? Q : never;
export type BodyOf<E> = E extends Endpoint<any, infer B, any> ? B : never;
export type ResponseOf<E> = E extends Endpoint<any, any, infer R> ? R : never;

const nothing: Shape<undefined> = { wanted: "nothing", read: () => undefined };
const noQuery = shape.object({});

export function get<R>(path: string, summary: string, response: Shape<R>) {
  return endpoint("GET", path, summary, noQuery, nothing, response);
}

export function getWith<const Q extends QueryShapes, R>(
  path: string,
  summary: string,
  query: Q,
  response: Shape<R>,
) {
  return endpoint("GET", path, summary, shape.object(query), nothing, response);
}

export function send<B, R>(
  method: "POST" | "PUT",
  path: string,
  summary: string,
  body: Shape<B>,
  response: Shape<R>,
) {
  return endpoint(method, path, summary, noQuery, body, response);
}

function endpoint<Q, B, R>(
  method: Method,
  path: string,
  summary: string,
  query: Shape<Q>,
  body: Shape<B>,
  response: Shape<R>,
): Endpoint<Q, B, R> {
  return { method, path, summary, query, body, response };
}

/** "true" or "false" in a query. */
export const truthText = shape.parsed("true or false", (text) =>
  text === "true" || text === "false" ? text : undefined,
);
