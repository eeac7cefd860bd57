import { StrictMode, type ComponentType } from 'react';
import { createRoot } from 'react-dom/client';
import { stream } from 'surroundings';

/** Shows a component of a listing as a page that is being developed does, with a stream. */
export function show(Component: ComponentType<{ stream: MediaStream }>): void {
  const root = document.body.appendChild(document.createElement('div'));
  createRoot(root).render(
    <StrictMode>
      <Component stream={stream} />
    </StrictMode>,
  );
}
