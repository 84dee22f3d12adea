import type { Cloud } from '../cloud.ts';
import type { Json } from '../json.ts';
import type { ArmRequest, Method } from './request.ts';

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
