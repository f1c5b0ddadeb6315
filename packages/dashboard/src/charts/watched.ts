// Charts that nobody sees cost nothing: those on the screen are made first, the others once the browser has time.

import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** So far from the screen a chart is kept up to date, px. */
const MARGIN_PX = 200;
/** Until then at the latest the others are made too, ms. */
const LATEST_MS = 2000;
/** Safari does not say when it is idle: there they are made after this time, ms. */
const LATER_MS = 200;
const saysIdle = 'requestIdleCallback' in globalThis;
const whenIdle = (act: () => void): number =>
  saysIdle ? requestIdleCallback(act, { timeout: LATEST_MS }) : Number(setTimeout(act, LATER_MS));
const forget = (id: number): void => (saysIdle ? cancelIdleCallback(id) : clearTimeout(id));

export interface Watched {
  inView: boolean;
  /** Of the box at first, px. */
  width: number;
  /** It has been in view, or the browser has had time: it may be drawn. */
  due: boolean;
}

export function useWatched(box: RefObject<HTMLElement | null>): Watched {
  const [state, setState] = useState<Watched>({ inView: false, width: 0, due: false });
  useLayoutEffect(() => {
    // Asked at once, as the observer answers a frame later; and of all charts before the first is made, so that there is one layout.
    const { top, bottom, width } = box.current!.getBoundingClientRect();
    const isOn = bottom > 0 && top < innerHeight;
    setState({ inView: isOn, width, due: isOn });
    const observer = new IntersectionObserver(
      (entries) => {
        const inView = entries.at(-1)!.isIntersecting;
        setState((old) => ({ ...old, inView, due: old.due || inView }));
      },
      { rootMargin: `${MARGIN_PX}px 0px` },
    );
    observer.observe(box.current!);
    const idle = whenIdle(() => setState((old) => ({ ...old, due: true })));
    return () => {
      observer.disconnect();
      forget(idle);
    };
  }, []);
  return state;
}
