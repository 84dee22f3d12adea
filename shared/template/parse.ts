import type { Failure } from '../errors/failure.ts';
import type { UrlPolicy } from '../model/url-policy.ts';
import { normalizeBody } from './body.ts';
import { checkBody } from './checker.ts';
import { isGroupName, isGuid, isTemplateName } from '../model/ids.ts';
import type { ImageTemplate, TemplateRef } from '../model/template.ts';
import { type Problems, problemsOf } from './problems.ts';
import { fromWire } from './spelling.ts';
import { toModel } from './to-model.ts';
import { unfilledTokens } from './tokens.ts';
import type { ApiVersion } from './versions/version.ts';

export type ParsedTemplate =
  | {
      readonly ok: true;
      readonly template: ImageTemplate;
      /** In the names of the newest version, without read-only fields and nulls. */
      readonly body: unknown;
    }
  | ({ readonly ok: false } & Problems);

/**
 * Reads a request body. Finds every problem at once, each with a JSON pointer into the body (`/name`,
 * `/resourceGroup` and `/subscriptionId` for the parts of the URL). Never throws, whatever the body is.
 */
export function parseTemplate(
  body: unknown,
  version: ApiVersion,
  ref: TemplateRef,
  urls: UrlPolicy = { allow: [] },
): ParsedTemplate {
  const normal = normalizeBody(fromWire(body, version, ref), version);
  const checked = checkBody(normal, version, { urls, artifacts: version.extensions });
  const tokens = unfilledTokens(normal);
  const asked = { value: normal, schema: version.schema, version: version.name };
  const known = [...refProblems(ref), ...tokens];
  if (checked.ok && known.length === 0)
    return { ok: true, template: toModel(checked.body, ref, version), body: normal };
  return { ok: false, ...problemsOf(known, checked.ok ? [] : checked.errors, asked) };
}

function refProblems({ subscriptionId, resourceGroup, name }: TemplateRef): Failure[] {
  const bad = (target: string, value: string, expected: string): Failure => ({
    code: 'InvalidValue',
    target,
    message: `"${value}" is not ${expected}.`,
  });
  return [
    ...(isGuid(subscriptionId) ? [] : [bad('/subscriptionId', subscriptionId, 'a GUID')]),
    ...(isGroupName(resourceGroup)
      ? []
      : [
          bad(
            '/resourceGroup',
            resourceGroup,
            'the name of a resource group: 1 to 90 letters, digits, "-", "_", "." or "()"',
          ),
        ]),
    ...(isTemplateName(name)
      ? []
      : [bad('/name', name, 'a template name: 1 to 64 letters, digits, "-", "_" and "."')]),
  ];
}
