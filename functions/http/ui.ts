import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HttpRequest } from '@azure/functions';
import { KilnError } from '../../shared/errors/failure.ts';
import { VERSION } from '../../shared/version.ts';
import type { Settings } from '../settings.ts';
import type { Reply } from './exchange.ts';
import { failure, json } from './reply.ts';

/** Beside the bundle, as packaging/web.ts makes it. */
const FOLDER = path.join(import.meta.dirname, 'ui');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Names of files as the build makes them: nothing that a path could leave the folder with. */
const ASSET = /^assets\/[\w-]+\.(?:js|css|svg)$/;

/**
 * The web page: files that are the same for everybody, so that no token is asked for them; what they show they ask the API
 * for. Every address that is no file is the page itself, which reads its address.
 */
export async function ui(request: HttpRequest, settings: () => Settings): Promise<Reply> {
  const file = request.params['path'] ?? '';
  if (file === 'config.json') return config(settings);
  if (!file.startsWith('assets/')) return page(request, settings);
  if (!ASSET.test(file)) return notFound(file);
  // The name has the digest of the content in it: what a browser has it may keep.
  return serveFile(request, file, 'public, max-age=31536000, immutable');
}

/** `/`: people mean the page. */
export function home(): Reply {
  return { status: 302, headers: { location: '/ui/', 'cache-control': 'no-store', ...GUARDS } };
}

async function page(request: HttpRequest, settings: () => Settings): Promise<Reply> {
  const reply = await serveFile(request, 'index.html', 'no-cache');
  return { ...reply, headers: { ...reply.headers, 'content-security-policy': policyOf(settings) } };
}

/** How people sign in; nothing of it is secret. Without it the page says which setting is missing. */
function config(settings: () => Settings): Reply {
  const headers = { 'cache-control': 'no-cache', ...GUARDS };
  try {
    const { signIn } = settings();
    return json({ version: VERSION, ...(signIn && { signIn }) }, 200, headers);
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    const refusal = failure(error.failure);
    return { ...refusal, headers: { ...refusal.headers, ...headers } };
  }
}

const GUARDS = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

/** Own files only, and the authority that gives the tokens. Nothing inline, so that text that looks like code stays text. */
function policyOf(settings: () => Settings): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...authorityOf(settings)].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function authorityOf(settings: () => Settings): string[] {
  try {
    const { signIn } = settings();
    return signIn === undefined ? [] : [new URL(signIn.authority).origin];
  } catch {
    return [];
  }
}

async function serveFile(request: HttpRequest, file: string, cacheControl: string): Promise<Reply> {
  const isPacked = /\bbr\b/.test(request.headers.get('accept-encoding') ?? '');
  const body = await readFile(path.join(FOLDER, isPacked ? `${file}.br` : file)).catch(() => undefined);
  if (body === undefined) return notFound(file);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { etag, 'cache-control': cacheControl, vary: 'accept-encoding', ...GUARDS };
  if (request.headers.get('if-none-match') === etag) return { status: 304, headers };
  return {
    status: 200,
    body,
    headers: {
      ...headers,
      'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      ...(isPacked && { 'content-encoding': 'br' }),
    },
  };
}

function notFound(file: string): Reply {
  const reply = failure({ code: 'ResourceNotFound', message: `The page has no file "${file}".` });
  return { ...reply, headers: { ...reply.headers, ...GUARDS } };
}
