import { Buffer } from 'node:buffer';
import { DEFAULT_DEPROVISIONING } from '../../shared/guest/deprovision.ts';

/** The work that both builders do, on the same base disk: one script, one file of 1 MiB, deprovisioning, a fixed VHD. */
export const CUSTOMIZE = ['mkdir -p /opt/app', 'echo "built $(date -u +%FT%TZ)" > /opt/app/build-info'];
export const PAYLOAD = Buffer.alloc(1024 * 1024, 'kiln bench ');
export const PAYLOAD_PATH = '/opt/app/payload.bin';
export const DEPROVISION = DEFAULT_DEPROVISIONING;

export const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;
