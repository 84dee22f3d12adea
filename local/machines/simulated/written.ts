import { Buffer } from 'node:buffer';

const CARRIED = [/\n#KILN-PAYLOAD\n([A-Za-z0-9+/=\n]+)/, /^\$payload = '([A-Za-z0-9+/=]*)'/m];

/** What the author of a template wrote, which the script that an agent gets may carry as Base64. */
export function payloadOf(script: string): string {
  const parts = CARRIED.map((pattern) => pattern.exec(script)?.[1] ?? '');
  return parts.map((part) => Buffer.from(part, 'base64').toString('utf8')).join('');
}

/** A script with what it carries below it. */
export function written(script: string): string {
  const payload = payloadOf(script);
  return payload === '' ? script : `${script}\n${payload}`;
}
