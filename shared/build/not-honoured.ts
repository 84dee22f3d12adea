import type { TemplateProperties } from '../template/model.ts';

/**
 * Wishes that are recorded but not carried out. They make an image quicker, not different, so that the build goes on; its timeline says what
 * was left out. https://learn.microsoft.com/azure/virtual-machines/vm-boot-optimization
 */
export function notHonoured({ optimize }: Pick<TemplateProperties, 'optimize'>): readonly string[] {
  return [
    ...(optimize?.vmBoot === true
      ? ['optimize.vmBoot is recorded and not carried out: the image boots as it was built.']
      : []),
    ...(optimize?.workload === undefined
      ? []
      : [
          'optimize.workload is recorded and its script is not run. Add it as the last customizer to run it.',
        ]),
  ];
}
