import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { KilnError } from '../errors/failure.ts';
import { answerOf, parseUrl } from './answer.ts';
import { pinApiVersion } from './api-versions.ts';
import type { Credential } from './credential.ts';
import { breakdown, refusal } from './errors.ts';

/** No activity may hang on a connection that is open and silent. Milliseconds. */
const REQUEST_TIMEOUT = 60_000;

export function pinned(): PipelinePolicy {
  return {
    name: 'kilnPinnedApiVersions',
    sendRequest(request, next) {
      request.url = pinApiVersion(request.url);
      return next(request);
    },
  };
}

/** Throws KilnError for everything but success, so that no adapter sees an error of the SDK's. */
export function translated(): PipelinePolicy {
  return {
    name: 'kilnErrors',
    async sendRequest(request, next) {
      // Not `request.timeout`: that one ends with the headers, and its timer outlives a refused connection.
      request.abortSignal ??= AbortSignal.timeout(REQUEST_TIMEOUT);
      const response = await next(request).catch((error: unknown) => {
        throw breakdown(error, request) ?? error;
      });
      if (response.status >= 200 && response.status < 300) return response;
      throw refusal(answerOf(response));
    },
  };
}

export function correlated(correlationId: string): PipelinePolicy {
  return {
    name: 'kilnCorrelation',
    sendRequest(request, next) {
      request.headers.set('x-ms-correlation-request-id', correlationId);
      return next(request);
    },
  };
}

/**
 * The last word before a request leaves: redirects, links to the next page and poll URLs are all the other side's
 * words, and none of them may carry our token to another host.
 */
export function onlyTo(origin: string): PipelinePolicy {
  return {
    name: 'kilnOrigin',
    async sendRequest(request, next) {
      assertOrigin(request.url, origin);
      return await next(request);
    },
  };
}

/**
 * Puts the token on plain-http requests to this machine, which the SDK's own policy refuses to do. The caller has made
 * sure that the endpoint is loopback.
 */
export function loopbackBearer(credential: Credential, scope: string): PipelinePolicy {
  return {
    name: 'kilnLoopbackBearer',
    async sendRequest(request, next) {
      const token = await credential.getToken(scope);
      if (token !== null) request.headers.set('authorization', `Bearer ${token.token}`);
      return await next(request);
    },
  };
}

export function assertOrigin(url: string, origin: string): void {
  const actual = parseUrl(url)?.origin;
  if (actual === origin) return;
  throw new KilnError({
    code: 'AzureRefused',
    message: `Azure pointed to ${actual ?? 'something that is no URL'}, which is not the configured endpoint ${origin}. Kiln does not send its token there; check the endpoint setting.`,
  });
}
