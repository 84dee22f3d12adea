import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../connect/setting.ts';
import type { CiProvider, Finding } from './provider.ts';

/** https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands */
export function azurePipelines(env: Environment): CiProvider {
  return {
    name: 'Azure Pipelines',
    checkout: env['BUILD_SOURCESDIRECTORY'],
    annotation,
    setOutputs(values) {
      const lines = Object.entries(values).map(
        // Output variables are read as $(stepName.imageId): names in the style of that service.
        ([name, value]) =>
          `##vso[task.setvariable variable=${property(camelCase(name))};isOutput=true]${data(value)}`,
      );
      return Promise.resolve(lines);
    },
    async addSummary(markdown) {
      const file = path.join(env['AGENT_TEMPDIRECTORY'] ?? tmpdir(), `kiln-${randomUUID()}.md`);
      await writeFile(file, markdown);
      return [`##vso[task.uploadsummary]${data(file)}`];
    },
  };
}

function annotation({ level, title, message, place }: Finding): string {
  const where =
    place === undefined ? '' : `;sourcepath=${property(place.file)};linenumber=${place.line};columnnumber=1`;
  return `##vso[task.logissue type=${level}${where}]${data(`${title}: ${message}`)}`;
}

/** The agent decodes %AZP25 to a per cent sign; plain %25 would stay as it is. */
const data = (text: string): string =>
  text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(']', '%5D').replaceAll(';', '%3B');

const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
