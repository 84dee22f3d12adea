import rhea, { type EventContext, type Receiver } from 'rhea';
import type { Namespace } from '../namespace.ts';
import { isSignature, type AccessKey } from './access.ts';
import type { Client } from './client.ts';
import { CONDITION, UNAUTHORIZED } from './conditions.ts';
import { manage, type Answer } from './management.ts';
import { decodeRequest, toValues } from './rhea.convert.ts';

const { types } = rhea;

type Decoded = ReturnType<typeof decodeRequest>;

/** Tokens: the client shows one for each entity, which here opens all of them. */
export function serveTokens(receiver: Receiver, client: Client, key: AccessKey): void {
  serve(receiver, { client, node: '$cbs' }, ({ body }) => {
    if (typeof body !== 'string' || !isSignature(key, body, Date.now()))
      return { status: 401, description: UNAUTHORIZED.description ?? '', condition: CONDITION.unauthorized };
    client.allow();
    return { status: 202, description: 'Accepted' };
  });
}

export function serveManagement(
  receiver: Receiver,
  client: Client,
  namespace: Namespace,
  address: string,
): void {
  serve(receiver, { client, node: address }, ({ properties, body }) => {
    const operation = String(properties['operation']);
    return manage(namespace, client, address, { operation, body: toValues(body) });
  });
}

type Asker = { readonly client: Client; readonly node: string };

function serve(receiver: Receiver, asker: Asker, answer: (request: Decoded) => Answer): void {
  receiver.on('message', ({ message, delivery }: EventContext) => {
    if (!Buffer.isBuffer(message)) return;
    const request = decodeRequest(message);
    delivery?.accept();
    reply(asker, request, answer(request));
  });
}

/** Under both spellings of the status, because clients differ; its type is checked by some. */
function reply(
  { client, node }: Asker,
  request: Decoded,
  { status, description, condition, body }: Answer,
): void {
  const link = client.replyLink(request.replyTo, node);
  if (link === undefined) return;
  const code = types.wrap_int(status);
  link.answer({
    ...(request.id === undefined ? {} : { correlation_id: request.id }),
    application_properties: {
      statusCode: code,
      'status-code': code,
      statusDescription: description,
      'status-description': description,
      ...(condition === undefined ? {} : { errorCondition: condition, 'error-condition': condition }),
    },
    body,
  });
}
