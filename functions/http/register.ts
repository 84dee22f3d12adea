import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { settings, services } from '../wiring.ts';
import { durableEngine } from '../durable-engine.ts';
import { health } from './health.ts';
import { ROUTES } from './routes.ts';
import { serve } from './serve.ts';
import { home, ui } from './ui.ts';

const client = df.input.durableClient();
const METHODS = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** Tokens are checked in the app, for the same rules locally and in Azure: the host itself lets everybody in. */
const shared = { authLevel: 'anonymous' as const, extraInputs: [client] };

function handler(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return serve(request, () =>
    services(durableEngine(context), {
      info: (text) => context.info(text),
      error: (text) => context.error(text),
    }),
  );
}

for (const { name, method, path } of ROUTES)
  app.http(`http-${name}`, { ...shared, methods: [method], route: path, handler });

// Whatever else is asked below these gets the error envelope; a path with a doubled slash gets its real answer. The host asks the
// functions that match a path in the order of their names, not by how well they match, so that these have to be the last.
for (const root of ['subscriptions', 'providers'])
  app.http(`http-zz-any-${root}`, { ...shared, methods: [...METHODS], route: `${root}/{*rest}`, handler });

app.http('http-health', {
  methods: ['GET'],
  route: 'health',
  authLevel: 'anonymous',
  handler: () => health(settings),
});

// The files of the web page are the same for everybody; what they show they ask the API above for.
app.http('http-ui', {
  methods: ['GET'],
  route: 'ui/{*path}',
  authLevel: 'anonymous',
  handler: (request) => ui(request, settings),
});

// An empty route would be that of the function's name: https://github.com/Azure/Azure-Functions/issues/2473
app.http('http-home', {
  methods: ['GET'],
  route: '{ignored:maxlength(0)?}',
  authLevel: 'anonymous',
  handler: home,
});
