import type { TemplateProperties } from '../model/template.ts';

/**
 * Wishes that are recorded but not carried out, each with the reason. They make an image quicker, not different, so that the build goes on;
 * template, run, outputs and timeline say what was left out. https://learn.microsoft.com/azure/virtual-machines/vm-boot-optimization
 */
export function notCarriedOut({ optimize }: Pick<TemplateProperties, 'optimize'>): readonly string[] {
  return [
    ...(optimize?.vmBoot === true
      ? [
          'optimize.vmBoot is recorded and not carried out: Azure does it in a service of its own that nobody else can call. The image boots as it was built.',
        ]
      : []),
    ...(optimize?.workload === undefined
      ? []
      : [
          'optimize.workload is recorded and not carried out, and its script is not run: Azure does not publish how it uses it. Add the script as the last customizer to run it.',
        ]),
  ];
}
