// Loaded into every process of local mode by NODE_OPTIONS; Azurite's writes down what it is asked, one request a line.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';

const file = process.env['KILN_NOTE_STORAGE'];

if (file !== undefined && process.argv[1]?.includes('azurite') === true)
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    appendFileSync(file, `${request.method} ${decodeURIComponent(request.url ?? '')}\n`);
  });
