// Before anything imports durable-functions: its functions are registered in the core module of whoever loads them.
import { FunctionApp } from '../../../local/functions-host/app.ts';
import { registerInto } from '../../../local/functions-host/core-module.ts';

export function freshApp(): FunctionApp {
  const app = new FunctionApp(() => undefined, Number.POSITIVE_INFINITY);
  registerInto(app);
  return app;
}

freshApp();
