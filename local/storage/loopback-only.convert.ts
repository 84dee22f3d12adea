// Loaded into Azurite's process before Azurite itself.
// Azurite answers under any Host and to any page. What is in it needs its key, or a URL with a signature; that a blob is
// there, and which names there are, needs neither in a container that somebody made public. Here the same rule holds as for the
// other listeners of local mode.
import { Server, type IncomingMessage, type ServerResponse } from 'node:http';
import { foreignRequest } from '../loopback/foreign-request.ts';

type Emit = (this: Server, event: string | symbol, ...args: unknown[]) => boolean;

const { emit } = Server.prototype as unknown as { emit: Emit };

const guarded: Emit = function (event, ...args) {
  if (event !== 'request' && event !== 'checkContinue') return emit.call(this, event, ...args);
  const [request, response] = args as [IncomingMessage, ServerResponse];
  const reason = foreignRequest(request);
  if (reason === undefined) return emit.call(this, event, ...args);
  response.writeHead(403, { 'content-type': 'text/plain' }).end(`${reason}\n`);
  return true;
};

Server.prototype.emit = guarded;
