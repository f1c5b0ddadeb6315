// Whether anybody can see the page: a hidden tab asks for nothing and holds no connection.

import { signal } from '@preact/signals';

export const visible = signal(document.visibilityState === 'visible');
document.addEventListener('visibilitychange', () => {
  visible.value = document.visibilityState === 'visible';
});
