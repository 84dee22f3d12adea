import type { IncomingHttpHeaders } from 'node:http';
import type { Cloud } from '../cloud.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Fault } from '../profile/profile.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD';

export type ArmRequest = {
  readonly method: Method;
  /** OpenAPI operation id of the route, for example `VirtualMachines_Deallocate`: the key of latencies and faults. */
  readonly operation: string;
  readonly path: string;
  /** The addressed resource in Azure's casing of types, without the action of a POST. */
  readonly id: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly apiVersion: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
  /** Scheme and host as the client wrote them: poll addresses must come back to the same listener. */
  readonly base: string;
  /** A fault of the profile that lets the call in and spoils what it starts. */
  readonly fault?: Fault;
};

export type Answer = {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Handler = (request: ArmRequest, cloud: Cloud) => Answer | Promise<Answer>;

export type Route = {
  readonly operation: string;
  readonly method: Method;
  /** Template in Azure's casing with `{names}`. */
  readonly path: string;
  readonly handle: Handler;
  /** True for what needs neither a token nor an api-version: the identity and metadata end points. */
  readonly open?: boolean;
};

export function ok(body: Json, headers?: Readonly<Record<string, string>>): Answer {
  return headers === undefined ? { status: 200, body } : { status: 200, body, headers };
}

/** Value of a `{name}` of the route's template. */
export function param(request: ArmRequest, name: string): string {
  return request.params[name] ?? '';
}
