import { withoutSecrets } from '../model/url-policy.ts';

/** A value for people: short, and without the signature that a URL may carry. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? `"${value.includes('?') ? withoutSecrets(value) : value}"`
      : JSON.stringify(Array.isArray(value) ? value.slice(0, 100) : value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
