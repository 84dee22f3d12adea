import { artifactTags } from '../../../shared/model/tags.ts';
import { keptSourceId } from '../../../shared/distribution/kept-source.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import { type Activity, operation } from '../activity.ts';

/** Tag with the definition, `<gallery>/<definition>`, whose version refers to the image. */
const SOURCE_TAG = 'kiln-shallow-source-of';

/** The image that a Shallow version will refer to. An artefact like the version: it has no expiry. */
export const startKeptSource: Activity<'start-kept-source'> = async (app, { plan, target, captured }) => {
  const { machineId } = captured;
  if (machineId === undefined) {
    const message = `The build machine is gone, and a Shallow version is made of an image of it. Write "Full", or start another run.`;
    throw new KilnError({ code: 'CaptureFailed', message, target: target.galleryImageId });
  }
  const [, gallery = '', definition = ''] =
    /\/galleries\/([^/]+)\/images\/([^/]+)/i.exec(target.galleryImageId) ?? [];
  const { images } = app.azure(plan.subscriptionId);
  const started = await images.start(keptSourceId(plan, target), {
    location: plan.location,
    tags: {
      ...target.artifactTags,
      ...artifactTags(app.name, plan),
      [SOURCE_TAG]: `${gallery}/${definition}`.slice(0, 256),
    },
    generation: plan.source.generation,
    osType: plan.source.osType,
    source: { machineId },
  });
  return operation('make the image that a Shallow version refers to', started);
};
