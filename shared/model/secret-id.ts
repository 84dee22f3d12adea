/**
 * Vaults of the public and the sovereign clouds. Kiln shows its token to the host of a secret's id, so that no other
 * host may ever be named. https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-base-url
 */
const SECRET_ID = idOf('secrets');
const KEY_ID = idOf('keys');

function idOf(kind: 'secrets' | 'keys'): RegExp {
  const host = '([a-z][a-z0-9-]{1,22}[a-z0-9]\\.vault\\.(?:azure\\.net|usgovcloudapi\\.net|azure\\.cn))';
  return new RegExp(`^https://${host}/${kind}/([a-z0-9-]{1,127})(?:/([0-9a-f]{32}))?/?$`, 'i');
}

export type SecretId = {
  readonly host: string;
  readonly name: string;
  /** Absent: the newest. */ readonly version?: string;
};

/** Undefined when the text is not the id of a secret. */
export function parseSecretId(text: string): SecretId | undefined {
  return parse(SECRET_ID, text);
}

/** Undefined when the text is not the id of a key. */
export function parseKeyId(text: string): SecretId | undefined {
  return parse(KEY_ID, text);
}

function parse(pattern: RegExp, text: string): SecretId | undefined {
  const [, host, name, version] = pattern.exec(text) ?? [];
  if (host === undefined || name === undefined) return undefined;
  return { host: host.toLowerCase(), name, ...(version !== undefined && { version }) };
}

export function isSecretId(text: string): boolean {
  return parseSecretId(text) !== undefined;
}
