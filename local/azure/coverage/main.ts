// Writes local/COVERAGE.md.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sections } from '../routes.ts';
import { renderCoverage } from './render.ts';

// From the source tree: what is compiled to dist/ has no page beside it.
writeFileSync(
  path.resolve(import.meta.dirname, '../../COVERAGE.md'),
  renderCoverage(sections({ identityHeader: '', clientSecret: '' })),
);
