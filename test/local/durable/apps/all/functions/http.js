/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-call, typescript/no-unsafe-member-access, typescript/no-unsafe-return, typescript/no-unsafe-argument -- a plain JavaScript app without types, as the host must load them */
import { app } from '@azure/functions';
import * as df from 'durable-functions';

const reply = (name) => async (request) => ({
  jsonBody: {
    name,
    method: request.method,
    params: request.params,
    query: Object.fromEntries(request.query),
    url: request.url,
  },
});
const http = (name, route, methods = ['GET']) =>
  app.http(name, { route, methods, authLevel: 'anonymous', handler: reply(name) });

http('list', 'things');
http('one', 'things/{id}');
http('create', 'things', ['POST']);
http('special', 'things/special');
http('number', 'numbers/{value:int}');
http('optional', 'optional/{first}/{second?}');
http('rest', 'files/{*rest}');
http('headable', 'headable', ['GET', 'HEAD']);

app.http('bytes', {
  route: 'bytes',
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => {
    const body = Buffer.from(await request.arrayBuffer());
    return {
      status: 201,
      body: Buffer.from(body.toReversed()),
      headers: { 'content-type': 'application/octet-stream', 'x-seen': request.headers.get('x-many') ?? '' },
      cookies: [
        { name: 'a', value: '1', httpOnly: true, maxAge: 60 },
        { name: 'b', value: '2' },
      ],
    };
  },
});
app.http('nothing', { route: 'nothing', methods: ['GET'], authLevel: 'anonymous', handler: () => undefined });
app.http('httpThrows', {
  route: 'throws',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: () => {
    throw new Error('handler\nbroke');
  },
});
app.http('environment', {
  route: 'environment',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: () => ({
    jsonBody: {
      hostname: process.env.WEBSITE_HOSTNAME,
      filled: process.env.TEST_FILLED,
      kept: process.env.TEST_KEPT,
      memory: process.memoryUsage.rss(),
    },
  }),
});

// DurableClient, verb by verb: the body names the method and its arguments.
app.http('client', {
  route: 'client/{verb}',
  methods: ['POST'],
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const args = await request.json();
    const revive = (value) =>
      value?.createdTimeFrom ? { ...value, createdTimeFrom: new Date(value.createdTimeFrom) } : value;
    try {
      const result = await client[request.params.verb](...args.map(revive));
      return { jsonBody: { result: result ?? null } };
    } catch (error) {
      return { status: 409, jsonBody: { error: error.message } };
    }
  },
});
app.http('check', {
  route: 'check/{id}',
  methods: ['GET'],
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: (request, context) => df.getClient(context).createCheckStatusResponse(request, request.params.id),
});
