import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Locked, lockedPackages } from './lock.ts';

type Subject = { readonly name: string; readonly digest: { readonly sha256: string } };

export const STATEMENT = 'https://in-toto.io/Statement/v1';

/**
 * Where the deployed files come from: an in-toto statement with SLSA's predicate, about every file of a folder.
 * https://slsa.dev/spec/v1.0/provenance
 */
export function releaseProvenance(root: string, app: string, packages: readonly string[]): object {
  const { commit, isClean } = sourceOf(root);
  const source = commit === undefined ? [] : [{ uri: 'git+kiln', digest: { gitCommit: commit } }];
  return {
    _type: STATEMENT,
    subject: subjectsOf(app),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://kiln.build/release/v1',
        externalParameters: { command: 'npm ci && npm run build' },
        // A file that is in no commit may be in the package then.
        internalParameters: { node: process.versions.node, uncommittedChanges: !isClean },
        resolvedDependencies: [...source, ...lockedPackages(root, packages).map(dependencyOf)],
      },
      runDetails: { builder: { id: process.env['KILN_RELEASE_BUILDER'] ?? 'local' } },
    },
  };
}

function subjectsOf(app: string): Subject[] {
  return globSync('**/*', { cwd: app })
    .filter((file) => statSync(path.join(app, file)).isFile())
    .toSorted()
    .map((file) => ({ name: file.replaceAll('\\', '/'), digest: { sha256: sha256(path.join(app, file)) } }));
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function dependencyOf({ name, version, integrity }: Locked): object {
  const [algorithm = 'sha512', digest = ''] = integrity.split('-', 2);
  return { uri: `pkg:npm/${name.replace('@', '%40')}@${version}`, digest: { [algorithm]: hex(digest) } };
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/** No commit in an archive of the sources without its history. */
function sourceOf(root: string): { readonly commit?: string; readonly isClean: boolean } {
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = git('rev-parse', 'HEAD');
  return { ...(commit !== undefined && { commit }), isClean: git('status', '--porcelain') === '' };
}
