import { azurePipelines } from './azure-pipelines.ts';
import { github } from './github.ts';
import type { Environment } from '../connect/setting.ts';
import type { CiProvider } from './provider.ts';

/** The pipeline that this process runs in; undefined on a person's machine and in a CI that has no special form. */
export function detectCi(env: Environment = process.env): CiProvider | undefined {
  // https://docs.github.com/actions/reference/workflows-and-actions/variables#default-environment-variables
  if (env['GITHUB_ACTIONS'] === 'true') return github(env);
  // https://learn.microsoft.com/azure/devops/pipelines/build/variables#system-variables
  if (env['TF_BUILD']?.toLowerCase() === 'true') return azurePipelines(env);
  return undefined;
}
