import type { Check } from '../../model/proof-wishes.ts';

/** What a check asks for, in words: beside what was found. */
export function expectedOf(check: Check): string {
  switch (check.type) {
    case 'file': {
      const { absent, mode, owner, sha256, contains } = check;
      const asked = [
        ...(mode === undefined ? [] : [`mode ${mode}`]),
        ...(owner === undefined ? [] : [`owner ${owner}`]),
        ...(sha256 === undefined ? [] : [`sha256 ${sha256}`]),
        ...(contains === undefined ? [] : [`contains "${contains}"`]),
      ];
      return absent ? 'not there' : ['it is there', ...asked].join(', ');
    }
    case 'package':
      return check.absent ? 'not installed' : `version ${check.version ?? 'any'}`;
    case 'service': {
      const is = (wanted: boolean | undefined, word: string) =>
        wanted === undefined ? [] : [wanted ? word : `not ${word}`];
      return [...is(check.enabled, 'enabled'), ...is(check.running, 'running')].join(', ') || 'it is there';
    }
    case 'port':
      return `${check.listening ? 'something' : 'nothing'} listens there`;
    case 'user':
      return check.absent
        ? 'not there'
        : ['it is there', ...check.groups.map((name) => `in ${name}`)].join(', ');
    case 'command':
      return `exit code ${check.exitCode}${check.output === undefined ? '' : `, output like ${check.output}`}`;
    case 'kernelParameter':
      return check.value;
    case 'registryKey':
      return check.absent ? 'not there' : (check.value ?? 'it is there');
    case 'feature':
      return check.installed ? 'installed' : 'not installed';
    case 'size':
      return `at most ${check.mostGB} GB`;
    default:
      return check satisfies never;
  }
}
