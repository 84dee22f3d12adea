// Fetches Microsoft's own parts that tests run, before any test does: the Bicep compiler and PowerShell, from NuGet. Where
// there is no .NET SDK, the tests that need them are skipped with the reason.
import { noBicep } from './bicep.ts';
import { whyNoPowerShell } from './powershell/tool.ts';

const missing = [noBicep, whyNoPowerShell()].filter((reason) => reason !== false);
for (const reason of missing) console.error(reason);
process.exitCode = missing.length === 0 ? 0 : 1;
