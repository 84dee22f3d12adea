import { KilnError } from '../../../shared/errors/failure.ts';
import { releaseOf } from '../../../shared/vulnerabilities/ecosystem.ts';
import { judge } from '../../../shared/vulnerabilities/gate.ts';
import { refreshDatabase } from '../../../shared/vulnerabilities/refresh-database.ts';
import { reportOn } from '../../../shared/vulnerabilities/report.ts';
import type { App } from '../../app.ts';
import { type Activity, templateOf } from '../activity.ts';

/** Before anything of the image goes out. Of a distribution that nobody has asked for yet, the database is fetched first. */
export const judgeVulnerabilities: Activity<'judge-vulnerabilities'> = async (app, { plan }) => {
  const { ref, runId } = plan.run;
  const gate = (await templateOf(app, plan.run)).properties.validate?.vulnerabilities;
  if (gate === undefined) return { said: 'The template has no gate.' };
  const inventory = (await app.store.inventories.get(ref, runId))?.inventory;
  if (inventory === undefined) {
    const message = 'What is in the image was not listed, so that it cannot be compared with advisories.';
    throw new KilnError({ code: 'NotJudged', message, target: '/properties/validate/vulnerabilities' });
  }
  await ensureDatabase(app, inventory.os);
  const verdict = judge(await reportOn(inventory, app.advisories), gate, app.now());
  if (verdict.passes) return { said: verdict.said };
  const code = verdict.isJudged ? 'VulnerabilitiesFound' : 'NotJudged';
  throw new KilnError({ code, message: verdict.said, target: '/properties/validate/vulnerabilities' });
};

async function ensureDatabase(
  { advisories: index, osv: source, now }: App,
  os: Parameters<typeof releaseOf>[0],
): Promise<void> {
  const release = releaseOf(os);
  if (release === undefined || (await index.describe(release.name)) !== undefined) return;
  await refreshDatabase({ index, source, now }, release.archive, [release]);
}
