import { badRequest } from '../http/errors.ts';
import { isObject, type JsonObject } from '../json.ts';

const MAX_TAGS = 50;
const MAX_NAME = 512;
const MAX_VALUE = 256;

/**
 * What ARM refuses of tags, whatever the resource is.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
 * Codes and words of characters and lengths are ARM's; those of the number of tags and of names that differ in case only
 * are not recorded anywhere.
 */
export function checkTags(body: JsonObject): void {
  const { tags } = body;
  if (!isObject(tags)) return;
  const names = Object.keys(tags);
  if (names.length > MAX_TAGS)
    throw badRequest(
      'InvalidTags',
      `The resource has ${names.length} tags. A resource can have at most ${MAX_TAGS} of them.`,
    );
  checkNames(names);
  const values = Object.values(tags).filter((value) => typeof value === 'string');
  const long = values.find((value) => value.length > MAX_VALUE);
  if (long !== undefined)
    throw badRequest(
      'InvalidTagValueLength',
      `Tag value too large. Following tag value '${long}' exceeded the maximum length. Maximum allowed length for tag ` +
        `value - '${MAX_VALUE}' characters.`,
    );
}

function checkNames(names: readonly string[]): void {
  const reserved = names.filter((name) => /[<>%&\\?/\p{Cc}]/u.test(name) && !name.startsWith('hidden-'));
  if (reserved.length > 0)
    throw badRequest(
      'InvalidTagNameCharacters',
      `The tag names '${reserved.join(',')}' have reserved characters '<,>,%,&,\\,?,/' or control characters.`,
    );
  const long = names.find((name) => name.length > MAX_NAME || name === '');
  if (long !== undefined)
    throw badRequest(
      'InvalidTagName',
      `Tag key too large. Following tag name '${long}' exceeded the maximum length. Maximum allowed length for tag name - ` +
        `'${MAX_NAME}' characters.`,
    );
  const lower = names.map((name) => name.toLowerCase());
  const twice = names.find((_, index) => lower.indexOf(lower[index] ?? '') !== index);
  if (twice !== undefined)
    throw badRequest(
      'InvalidRequestContent',
      `The request content was invalid and could not be deserialized: 'An item with the same key has already been added. Key: ${twice}'.`,
    );
}
