import { createHash } from 'node:crypto';
import type { Fingerprint } from '../model/documents/documents.ts';
import type { Customizer, ImageTemplate, ScriptSource } from '../model/template.ts';
import { VERSION } from '../version.ts';

/** What an image made now would be made of. `scripts`: contents seen at their URLs, where others than the pinned ones. */
export function fingerprintOf(
  template: ImageTemplate,
  source: string,
  scripts: Readonly<Record<string, string>> = {},
): Fingerprint {
  const { properties } = template;
  const { refresh: _refresh, autoRun: _autoRun, buildRequests: _requests, ...wanted } = properties;
  const { inventory: _inventory, hygieneByDefault: _hygiene, ...built } = wanted;
  const { customize, validate, ...rest } = built;
  const steps = [...customize, ...(validate?.validators ?? [])];
  const described = {
    ...rest,
    steps: steps.map((step) => withoutMark(withoutContent(step))),
    validate: validate && { ...validate, validators: [] },
  };
  return {
    source,
    template: hash(JSON.stringify(described)),
    scripts: { ...pinnedScripts(template), ...scripts },
    builder: VERSION,
  };
}

/** SHA-256 of every script and file by the name of its step; two steps of one name are told apart by a number. */
export function pinnedScripts(template: ImageTemplate): Record<string, string> {
  return Object.fromEntries(scriptsOf(template).map(({ name, sha256 }) => [name, sha256]));
}

export type NamedScript = { readonly name: string; readonly sha256: string; readonly uri?: string };

export function scriptsOf({ properties }: ImageTemplate): NamedScript[] {
  const steps = [...properties.customize, ...(properties.validate?.validators ?? [])];
  const seen = new Map<string, number>();
  return steps.flatMap((step) => {
    const script = contentOf(step);
    if (script === undefined) return [];
    const count = (seen.get(step.name) ?? 0) + 1;
    seen.set(step.name, count);
    return [{ ...script, name: count === 1 ? step.name : `${step.name} (${count})` }];
  });
}

/** Digest, and address, of the script or file that a step brings along; undefined for one that brings none. */
export function contentOf(step: Customizer): Omit<NamedScript, 'name'> | undefined {
  if (step.type === 'File') return { uri: step.sourceUri, sha256: step.sha256 ?? '' };
  if (step.type !== 'Shell' && step.type !== 'PowerShell') return undefined;
  return ofScript(step.script);
}

function ofScript(script: ScriptSource): Omit<NamedScript, 'name'> {
  if (script.kind === 'inline') return { sha256: hash(script.lines.join('\n')) };
  return { uri: script.uri, sha256: script.sha256 ?? '' };
}

/** A machine that is kept on the way makes no other image. */
function withoutMark(step: object): object {
  return Object.fromEntries(Object.entries(step).filter(([name]) => name !== 'checkpoint'));
}

/** A step without what `scripts` says already; a SAS in a URL may change while the file does not. */
function withoutContent(step: Customizer): object {
  if (step.type === 'File') {
    const { sha256: _sha256, sourceUri, ...rest } = step;
    return { ...rest, from: sourceUri.split('?')[0] };
  }
  if (step.type !== 'Shell' && step.type !== 'PowerShell') return step;
  const { script, ...rest } = step;
  return { ...rest, from: script.kind === 'inline' ? 'inline' : script.uri.split('?')[0] };
}

/** What is different, in words. Empty: nothing. */
export function changesBetween(before: Fingerprint, after: Fingerprint): string[] {
  const names = [...new Set([...Object.keys(before.scripts), ...Object.keys(after.scripts)])];
  const scripts = names.flatMap((name) => {
    const [old, now] = [before.scripts[name], after.scripts[name]];
    if (old === now) return [];
    return [`${name} ${old === undefined ? 'is new' : now === undefined ? 'is gone' : 'changed'}`];
  });
  return [
    ...(before.source === after.source
      ? []
      : [`source ${shortSource(before.source)} → ${shortSource(after.source)}`]),
    ...scripts,
    ...(before.template === after.template ? [] : ['the template changed']),
    ...(before.builder === after.builder ? [] : [`Kiln ${before.builder} → ${after.builder}`]),
  ];
}

/** `Debian:debian-12:12-gen2:12.20261101.0` or `…/images/base/versions/1.2.3`: its version is what changes. */
function shortSource(description: string): string {
  return description.split(/[:/]/).at(-1) ?? description;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
