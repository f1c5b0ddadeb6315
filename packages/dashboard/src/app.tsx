// The frame around all pages: navigation, what the connection is like, messages, and which page is shown.

import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Confirmation } from './components/confirm.js';
import { Header, PAGES } from './components/header.js';
import { Notices } from './components/notices.js';
import { TokenForm } from './components/token.js';
import { ComparePage } from './pages/compare.js';
import { RunPage } from './pages/run/run.js';
import { RunsPage } from './pages/runs.js';
import { SubmitPage } from './pages/submit.js';
import { WorkersPage } from './pages/workers.js';
import { connection, tokenAsked } from './state/api.js';
import { href, type Route, route } from './state/route.js';

export function App(): JSX.Element {
  const { path } = route.value;
  const asked = tokenAsked.value;
  const place = path.join('/');
  // A new page starts at its top, and is named; a run's page names itself.
  useEffect(() => {
    scrollTo(0, 0);
    const [key = 'runs', id] = path;
    const title = PAGES.find(([one]) => one === key)?.[1];
    if (id === undefined) document.title = title === undefined ? 'metaplast' : `${title} – metaplast`;
  }, [place]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <Header />
      {connection.value === 'lost' && (
        <div class="banner" role="status">
          <span class="spinner" aria-hidden="true" />
          The server cannot be reached. Trying again every second; what you see is the last that was heard.
        </div>
      )}
      <main id="main" tabIndex={-1}>
        {asked && <TokenForm why={asked} />}
        {(asked === undefined || asked === 'another') && <Page {...route.value} key={place} />}
      </main>
      <Notices />
      <Confirmation />
    </>
  );
}

function Page({ path }: Route): JSX.Element {
  const [place = 'runs', id] = path;
  if (place === 'runs' && id !== undefined) return <RunPage id={id} />;
  if (place === 'runs') return <RunsPage />;
  if (place === 'submit') return <SubmitPage />;
  if (place === 'compare') return <ComparePage />;
  if (place === 'workers') return <WorkersPage />;
  return (
    <section class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href={href(['runs'])}>All runs</a>
      </p>
    </section>
  );
}
