// A figure that the server draws, which takes it a moment: one is asked for at a time, and the last one stays until the next is there.

import { type Client, ProblemError } from '@metaplast/client';
import type { FigureName } from '@metaplast/protocol';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Loading, Trouble } from '../../components/trouble.js';
import { client, retryMs } from '../../state/api.js';
import { messageOf } from '../../state/notices.js';

/** Pixels of the server's PNGs a CSS pixel. */
const PNG_SCALE = 2;

interface PictureProps {
  run: string;
  name: FigureName;
  generation: number;
  title: string;
  text: string;
  onShown(): void;
}

interface Wish {
  from: Client;
  run: string;
  name: FigureName;
  generation: number;
}

/** Drawn on a canvas: the page may show no images but its own files. */
export function Picture({ run, name, generation, title, text, onShown }: PictureProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [{ shown, error }, setState] = useState<{ shown?: number; error?: Error | undefined }>({});
  const wish = useRef<Wish | undefined>(undefined);
  const asking = useRef(false);
  const from = client.value;

  /** Shows wishes until the newest is shown: what was wished for meanwhile and is not any more is never drawn. */
  const fulfil = async (): Promise<void> => {
    if (asking.current) return;
    asking.current = true;
    for (let done: Wish | undefined; wish.current !== undefined && wish.current !== done; ) {
      const now = wish.current;
      setState((old) => ({ ...old, error: undefined }));
      try {
        const bitmap = await pictureOf(now);
        if (canvas.current === null) break;
        show(canvas.current, bitmap);
        setState({ shown: now.generation });
        if (wish.current === now) onShown();
        done = now;
      } catch (error) {
        // A server that is away is said at the top of the page.
        const wait = retryMs(error);
        if (wait !== undefined) await new Promise((resolve) => setTimeout(resolve, wait));
        else {
          setState({ error: error as Error });
          done = now;
        }
      }
    }
    asking.current = false;
  };

  useEffect(() => {
    wish.current = { from, run, name, generation };
    void fulfil();
  }, [from, run, name, generation]);
  useEffect(
    () => () => {
      wish.current = undefined;
    },
    [],
  );

  const stale = shown !== generation && error === undefined;
  return (
    <div class="picture-box" aria-busy={stale}>
      <canvas ref={canvas} role="img" aria-label={`${title} at generation ${shown}. ${text}`} hidden={shown === undefined} />
      {error && (notYet(error) ? <p class="nothing">{messageOf(error)}</p> : <Trouble error={error} />)}
      {stale && <Loading what="the picture" />}
    </div>
  );
}

/** There is nothing to draw from, or never will be: no fault. */
const notYet = (error: Error): boolean => error instanceof ProblemError && error.status === 404;

const pictureOf = async ({ from, run, name, generation }: Wish): Promise<ImageBitmap> =>
  createImageBitmap(new Blob([await from.figure(run, name, 'png', { generation })], { type: 'image/png' }));

function show(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  const { width, height } = bitmap;
  Object.assign(canvas, { width, height });
  canvas.style.width = `${width / PNG_SCALE}px`;
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
  bitmap.close();
}
