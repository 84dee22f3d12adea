import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../identity/identity.ts';
import type { JsonObject } from '../json.ts';
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
  /** Absent where no token is needed. */
  readonly caller?: Caller;
};
