import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import type { Environment } from '../connect/setting.ts';
import type { CiProvider, Finding } from './provider.ts';

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands */
export function github(env: Environment): CiProvider {
  const { GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: summary } = env;
  return {
    name: 'GitHub Actions',
    checkout: env['GITHUB_WORKSPACE'],
    annotation,
    async setOutputs(values) {
      if (outputs === undefined || outputs === '') return [];
      const entries = Object.entries(values).map(([name, value]) => multiline(name, value));
      await appendFile(outputs, entries.join(''));
      return [];
    },
    async addSummary(markdown) {
      if (summary !== undefined && summary !== '') await appendFile(summary, `${markdown}\n`);
      return [];
    },
  };
}

function annotation({ level, title, message, place }: Finding): string {
  const properties = [
    ...(place === undefined ? [] : [`file=${property(place.file)}`, `line=${place.line}`]),
    `title=${property(title)}`,
  ];
  return `::${level} ${properties.join(',')}::${data(message)}`;
}

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A value of any content. The delimiter is random, so that no value can end itself and begin another output. */
function multiline(name: string, value: string): string {
  const delimiter = `kiln_${randomUUID()}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}
