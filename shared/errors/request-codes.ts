import { type ErrorRow, row } from './row.ts';

/** Answers to requests that are wrong in themselves. */
export const REQUEST_ERRORS = {
  ValidationFailed: row(
    400,
    false,
    'The request has one or more problems; `details` lists each with a JSON pointer.',
    'Correct every field named in `details` and send the request again.',
  ),
  MissingField: row(400, false, 'A required field is absent.', 'Add the field that `target` points to.'),
  UnknownField: row(
    400,
    false,
    'The field does not exist in this api-version.',
    'Correct its spelling, remove it, or use the api-version that has it.',
  ),
  InvalidValue: row(
    400,
    false,
    'The value of a field is not one that the field takes.',
    'Write what the message asks for.',
  ),
  InvalidResourceId: row(
    400,
    false,
    'The text is not the id of a resource of the right type.',
    'Write the whole id as the message shows it.',
  ),
  ConflictingFields: row(
    400,
    false,
    'Fields that exclude or need each other do not go together.',
    'Keep the fields that the message names.',
  ),
  DuplicateValue: row(
    400,
    false,
    'Two items of a list have the same value where it must be unique.',
    'Rename one of them.',
  ),
  UnfilledToken: row(
    400,
    false,
    'A placeholder such as `<subscriptionId>` was not replaced.',
    'Replace the placeholder with your own value.',
  ),
  InvalidJson: row(
    400,
    false,
    'The body is not JSON.',
    'Send a JSON object; comments and trailing commas are not allowed.',
  ),
  InvalidApiVersion: row(
    400,
    false,
    'The query has no `api-version`, or one that Kiln does not serve.',
    'Use one of the versions that the message lists.',
  ),
  Unauthenticated: row(
    401,
    false,
    'The request has no valid bearer token.',
    'Get a token for the audience that the `WWW-Authenticate` header names.',
  ),
  Forbidden: row(
    403,
    false,
    'The caller has no app role that allows the operation, or the access policy does not allow it there.',
    'Ask an administrator for the role or the rule that the message names; `kiln access check` explains a verdict.',
  ),
  LinkedAuthorizationFailed: row(
    403,
    false,
    'Whoever submits, runs or distributes a template may not use something that it names: an image, gallery, subnet, identity, secret, group or blob.',
    'Name something of your own, or ask an administrator for a rule that covers what `details` lists.',
  ),
  ResourceNotFound: row(
    404,
    false,
    'There is no such resource.',
    'Check the name, the resource group and the subscription.',
  ),
  MethodNotAllowed: row(
    405,
    false,
    'The path exists, the method does not.',
    'See docs/api.md for the methods of the resource.',
  ),
  OperationNotAllowed: row(
    409,
    false,
    'The resource is in a state that does not allow the operation.',
    'Wait until the running operation ends, or cancel it.',
  ),
  TemplateNotReady: row(
    409,
    false,
    'The template was refused or is being deleted, so that no request can be built from it.',
    'Correct the template, then send the request again.',
  ),
  TooManyRequests: row(
    429,
    true,
    'As many requests wait for the template as can wait.',
    'Nothing: Kiln tries again later. Send fewer requests, or let them coalesce.',
  ),
  Conflict: row(
    409,
    false,
    'Another request changed the resource at the same time.',
    'Read the resource again and repeat the change.',
  ),
  PreconditionFailed: row(
    412,
    false,
    'The `If-Match` or `If-None-Match` condition does not hold.',
    'Read the resource again and use its current ETag.',
  ),
  PayloadTooLarge: row(
    413,
    false,
    'The body is larger than the limit.',
    'Send less, or refer to large files by URI.',
  ),
  UnsupportedMediaType: row(
    415,
    false,
    'The body is compressed, or not in UTF-8.',
    'Send plain JSON in UTF-8, without Content-Encoding.',
  ),
  NotConfigured: row(
    503,
    false,
    'A setting of the app is missing or wrong.',
    'Correct the settings that the message names and restart the app.',
  ),
  InternalError: row(
    500,
    true,
    'A defect of Kiln.',
    'Repeat the request; report the correlation id if it stays.',
  ),
} as const satisfies Record<string, ErrorRow>;
