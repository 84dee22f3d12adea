import { Buffer } from 'node:buffer';

/** What the VM agent is asked to run: a script, and values that reach it as environment variables, never as text. */
export type GuestScript = { readonly text: string; readonly environment: Readonly<Record<string, string>> };

const PAYLOAD_MARK = '#KILN-PAYLOAD';

/**
 * What scripts written for Packer expect to find; the agent starts scripts with almost no environment.
 * https://developer.hashicorp.com/packer/docs/provisioners/shell#default-environmental-variables
 */
export function packerEnvironment(templateName: string): Record<string, string> {
  return {
    PACKER_BUILDER_TYPE: 'azure-arm',
    PACKER_BUILD_NAME: templateName,
    DEBIAN_FRONTEND: 'noninteractive',
    HOME: '/root',
    TMPDIR: '/var/tmp',
  };
}

/** Lines of a template under Packer's own shebang, so that the first failing line ends the step. */
export function inlineScript(lines: readonly string[], templateName: string): GuestScript {
  return { text: `#!/bin/sh -e\n${lines.join('\n')}\n`, environment: packerEnvironment(templateName) };
}

/** A script as its author wrote it, byte for byte; its own first line says what interprets it. */
export function fileScript(bytes: Uint8Array, templateName: string): GuestScript {
  const text = Buffer.from(bytes).toString('utf8');
  const environment = packerEnvironment(templateName);
  if (Buffer.from(text, 'utf8').equals(bytes)) return { text: withShebang(text), environment };
  return { text: payloadScript(bytes, RUN_PAYLOAD), environment };
}

/** Puts a file at an absolute path, missing folders included. The payload travels inside the script: no network needed. */
export function installFile(bytes: Uint8Array, sha256: string, destination: string): GuestScript {
  return {
    text: payloadScript(bytes, INSTALL_PAYLOAD),
    environment: { KILN_SHA256: sha256, KILN_DESTINATION: destination },
  };
}

function withShebang(text: string): string {
  return text.startsWith('#!') ? text : `#!/bin/sh\n${text}`;
}

const RUN_PAYLOAD = `chmod 700 "$incoming"
"$incoming"`;

const INSTALL_PAYLOAD = `if ! printf '%s  %s\\n' "$KILN_SHA256" "$incoming" | sha256sum --check --status -; then
  echo "The file for $KILN_DESTINATION did not arrive whole: its SHA-256 is not $KILN_SHA256." >&2
  exit 1
fi
install -D -m 0644 "$incoming" "$KILN_DESTINATION"
echo "Installed $KILN_DESTINATION ($(wc -c < "$incoming") bytes)."`;

/** A script that carries its own payload behind a mark, as base64: the agent accepts text only. */
function payloadScript(bytes: Uint8Array, action: string): string {
  const payload = Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\n');
  return `#!/bin/sh
set -eu
umask 022
incoming="$(mktemp)"
trap 'rm -f "$incoming"' EXIT
sed '1,/^${PAYLOAD_MARK}$/d' "$0" | base64 -d > "$incoming"
${action}
exit 0
${PAYLOAD_MARK}
${payload}
`;
}
