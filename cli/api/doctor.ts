import type { ApiClient } from './client.ts';
import { list, object, text } from './json.ts';

/** What the service has found, in its own words; how it judges is its own too. */
export type Finding = {
  readonly severity: string;
  readonly what: string;
  readonly detail: string;
  readonly why?: string;
  readonly next?: string;
};

/** How the deployment is. */
export type Doctor = {
  readonly kiln: string;
  readonly startedAt: string;
  /** Absent: the service is older than findings. */
  readonly findings?: readonly Finding[];
};

/** Asks the service; as the JSON of its own words too. */
export async function readDoctor(client: ApiClient): Promise<{ told: object; doctor: Doctor }> {
  const told = object((await client.call('/providers/Microsoft.VirtualMachineImages/doctor')).body);
  const { kiln, startedAt } = object(told['versions']);
  const findings = Array.isArray(told['findings']) ? list(told['findings']).map(parseFinding) : undefined;
  const doctor = {
    kiln: text(kiln) ?? '',
    startedAt: text(startedAt) ?? '',
    ...(findings !== undefined && { findings }),
  };
  return { told, doctor };
}

function parseFinding(value: unknown): Finding {
  const { severity, what, detail, why, next } = object(value);
  const [reason, step] = [text(why), text(next)];
  return {
    severity: text(severity) ?? '',
    what: text(what) ?? '',
    detail: text(detail) ?? '',
    ...(reason !== undefined && { why: reason }),
    ...(step !== undefined && { next: step }),
  };
}
