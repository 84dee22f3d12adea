import type { FromSchema } from 'json-schema-to-ts';
import { installFile } from '../guest/shell.ts';
import { installWindowsFile } from '../guest/windows-file.ts';
import { sha256 } from '../model/convert.ts';
import type { Customizer } from '../model/template.ts';
import { fileFields } from './fields.ts';
import type { StepKind } from './kind.ts';
import { planCommand, toStepOptions } from './script-step.ts';

export const fileSchema = {
  type: 'object',
  title: 'File customizer',
  required: ['type', 'sourceUri', 'destination'],
  additionalProperties: false,
  properties: fileFields,
} as const;

export const file: StepKind<FromSchema<typeof fileSchema>, Extract<Customizer, { type: 'File' }>> = {
  toStep: (wire, name) => ({
    type: 'File',
    name,
    sourceUri: wire.sourceUri,
    ...(wire.sha256Checksum && { sha256: sha256(wire.sha256Checksum) }),
    destination: wire.destination,
    ...(wire.mode && { mode: wire.mode }),
    ...toStepOptions(wire),
  }),
  plan: planCommand,
  render(step, { osType, content, prepare }) {
    const { sha256: checksum = '', sourceUri, destination, runIf, mode } = step;
    const { bytes = new Uint8Array(), url } = content;
    const values = {
      ...(prepare && { prepare }),
      sourceName: fileNameOf(sourceUri),
      ...(runIf !== undefined && { runIf }),
    };
    if (osType === 'Linux')
      return installFile(bytes, checksum, destination, { ...values, ...(mode !== undefined && { mode }) });
    const from = url === undefined ? { bytes } : { url };
    return installWindowsFile({ ...values, sha256: checksum, destination, content: from });
  },
};

/** For a destination that is a folder. Empty: an uploaded file has no name, and no name may lead elsewhere. */
function fileNameOf(sourceUri: string): string {
  const { protocol, pathname } = new URL(sourceUri);
  const name = protocol === 'kiln-artifact:' ? '' : decoded(pathname.split('/').at(-1) ?? '');
  return /^\.{0,2}$|[\\/:*?"<>|\0]/.test(name) ? '' : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
