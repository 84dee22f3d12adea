// What is run when (docs/adr/0063-three-sizes-of-a-test-run.md). A file that no list names is part of every run. What a list leaves for
// later has something smaller beside it, which every run has: test/lint/sizes.test.ts asks for it.

/** Boot real guests: each takes a core for minutes under emulation. */
export const GUESTS: readonly string[] = [
  'test/e2e/golden-chain',
  'test/e2e/iso',
  'test/e2e/real-',
  'test/local/machines/qemu/guest',
  'test/security/guest-reach',
];

/** Of these, what CI boots: builds from start to end, whose results are booted. */
export const GUESTS_OF_CI: readonly string[] = ['test/e2e/real-machine'];

/** Too long for a run between two commits; CI runs them too. To each, what `npm test` has of it. */
export const OF_CI: Readonly<Record<string, string>> = {
  'test/e2e/distribution.test.ts': 'test/orchestrators/distribution.test.ts',
  'test/e2e/steps.test.ts': 'test/orchestrators/steps.test.ts',
  'test/faults/campaign.test.ts': 'test/orchestrators/build-image.test.ts',
  'test/faults/cancel-anywhere.test.ts': 'test/orchestrators/build-image.test.ts',
  'test/shared/guest/windows-steps.test.ts': 'test/shared/guest/windows-asked.test.ts',
  'test/web/page.test.ts': 'test/web/state.test.ts',
};

/** Only `npm run test:all`: a part of the product that a change of that part asks for, seen in a whole system. */
export const OF_ALL: Readonly<Record<string, string>> = {
  'test/ci/action.test.ts': 'test/cli/ci/report.test.ts',
  'test/ci/examples.test.ts': 'test/cli/ci/report.test.ts',
  'test/conformance/clients.test.ts': 'test/conformance/official.test.ts',
  'test/docs/run-blocks.test.ts': 'test/docs/blocks.test.ts',
  'test/e2e/arm64.test.ts': 'test/shared/planning/vm-sizes.test.ts',
  'test/e2e/batches.test.ts': 'test/orchestrators/batches.test.ts',
  'test/e2e/checkpoints.test.ts': 'test/orchestrators/checkpoints.test.ts',
  'test/e2e/elsewhere.test.ts': 'test/orchestrators/targets.test.ts',
  'test/e2e/fan-out.test.ts': 'test/orchestrators/gallery.test.ts',
  'test/e2e/generalize.test.ts': 'test/shared/guest/proof.test.ts',
  'test/e2e/hygiene.test.ts': 'test/shared/guest/proofs/hygiene.test.ts',
  'test/e2e/impossible-later.test.ts': 'test/e2e/impossible.test.ts',
  'test/e2e/inventory.test.ts': 'test/shared/inventory/sbom.test.ts',
  'test/e2e/local-restart.test.ts': 'test/local/main/supervisor.test.ts',
  'test/e2e/machine-trouble.test.ts': 'test/orchestrators/machines.test.ts',
  'test/e2e/proofs.test.ts': 'test/shared/guest/proof.test.ts',
  'test/e2e/provenance.test.ts': 'test/shared/provenance/issue.test.ts',
  'test/e2e/public-submissions.test.ts': 'test/shared/template/parse.test.ts',
  'test/e2e/public-templates.test.ts': 'test/shared/template/parse.test.ts',
  'test/e2e/quota.test.ts': 'test/shared/planning/cores.test.ts',
  'test/e2e/recycle-bin.test.ts': 'test/orchestrators/gallery.test.ts',
  'test/e2e/redistribution.test.ts': 'test/orchestrators/distribution.test.ts',
  'test/e2e/requests.test.ts': 'test/functions/http/image-templates.test.ts',
  'test/e2e/shared-galleries.test.ts': 'test/shared/azure/sources.test.ts',
  'test/e2e/smoke-boot.test.ts': 'test/shared/distribution/smoke-boot.test.ts',
  'test/e2e/sources.test.ts': 'test/shared/azure/sources.test.ts',
  'test/e2e/validate.test.ts': 'test/orchestrators/build-image.test.ts',
  'test/e2e/watched-steps.test.ts': 'test/shared/guest/watched.test.ts',
  'test/faults/kill-distribution.test.ts': 'test/local/durable/kill.test.ts',
  'test/faults/kill-host.test.ts': 'test/local/durable/kill.test.ts',
  'test/faults/one-fault.test.ts': 'test/orchestrators/build-image.test.ts',
  'test/faults/queue.test.ts': 'test/shared/requests/read-message.test.ts',
  'test/faults/worker-death.test.ts': 'test/shared/commands/revive.test.ts',
  'test/infra/deployment-names.test.ts': 'test/infra/deployment.test.ts',
  'test/infra/scopes.test.ts': 'test/infra/deployment-roles.test.ts',
  'test/shared/guest/windows-generalize.test.ts': 'test/shared/guest/windows-asked.test.ts',
};
