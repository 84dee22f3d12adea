import { render, type JSX } from 'preact';
import { DoctorPage } from './pages/doctor.tsx';
import { ImagePage } from './pages/image.tsx';
import { NowPage } from './pages/now.tsx';
import { QueuePage } from './pages/queue.tsx';
import { RegionsPage } from './pages/regions.tsx';
import { RevisionsPage } from './pages/revisions.tsx';
import { RunPage } from './pages/run.tsx';
import { TrendsPage } from './pages/trends.tsx';
import { VersionPage } from './pages/version.tsx';
import { Confirm } from './parts/confirm.tsx';
import { announcement, Empty, Link } from './parts/words.tsx';
import { doctorPath, homePath, imagePath, place, queuePath, watchAddress } from './state/route.ts';
import { begin, signIn, signInState } from './state/sign-in.ts';

function Page(): JSX.Element {
  const at = place.value;
  switch (at.page) {
    case 'now':
      return <NowPage />;
    case 'queue':
      return <QueuePage />;
    case 'doctor':
      return <DoctorPage />;
    case 'image':
      return <ImagePage template={at.template} key={imagePath(at.template)} />;
    case 'regions':
      return <RegionsPage template={at.template} key={imagePath(at.template)} />;
    case 'revisions':
      return <RevisionsPage template={at.template} key={imagePath(at.template)} />;
    case 'trends':
      return <TrendsPage template={at.template} key={imagePath(at.template)} />;
    case 'run':
      return <RunPage template={at.template} run={at.run} key={at.run} />;
    case 'version':
      return <VersionPage template={at.template} run={at.run} key={at.run} />;
    case 'unknown':
      return (
        <main id="main">
          <h1>There is no such page</h1>
          <Empty>
            The address names nothing. <Link to={homePath}>What goes on now</Link>
          </Empty>
        </main>
      );
  }
}

function SignedOut({ why, canSignIn }: { readonly why: string; readonly canSignIn: boolean }): JSX.Element {
  return (
    <main id="main">
      <h1>Kiln</h1>
      <p>{why}</p>
      {canSignIn && (
        <button type="button" class="main" onClick={() => void signIn()}>
          Sign in
        </button>
      )}
    </main>
  );
}

const MENU = [
  ['Now', homePath, 'now'],
  ['Queue', queuePath, 'queue'],
  ['Doctor', doctorPath, 'doctor'],
] as const;

function Head(): JSX.Element {
  const { page } = place.value;
  return (
    <header>
      <a class="skip" href="#main">
        To the content
      </a>
      <nav aria-label="Pages">
        <span class="brand">Kiln</span>
        {MENU.map(([label, to, name]) => (
          <Link key={name} to={to} class={page === name ? 'here' : ''}>
            {label}
          </Link>
        ))}
      </nav>
    </header>
  );
}

function App(): JSX.Element {
  const state = signInState.value;
  if (state.is === 'starting') return <main id="main" aria-busy="true" />;
  if (state.is === 'out') return <SignedOut why={state.why} canSignIn={state.canSignIn} />;
  return (
    <>
      <Head />
      <Page />
      <Confirm />
      <p class="unseen" role="status" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}

const root = document.getElementById('page');
if (root !== null) {
  watchAddress();
  render(<App />, root);
  void begin();
}
