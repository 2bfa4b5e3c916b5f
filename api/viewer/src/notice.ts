// Messages over the map: what happened, and what can be done.

import { byId, h, iconButton } from './dom.ts';

export interface Notice {
  /** A later notice of the same id takes the place of this one. */
  id: string;
  title?: string;
  text: string;
  action?: { label: string; run: () => void };
  /** A notice in the middle of the page, for when there is nothing else to see. */
  large?: boolean;
  close?: string;
  /** Goes away by itself. */
  brief?: boolean;
}

export function notify(n: Notice): void {
  dismiss(n.id);
  const { action } = n;
  const element = h(
    'div', { class: n.large ? 'notice large' : 'notice', 'data-id': n.id, role: n.large ? 'alert' : 'status' },
    n.title && h('strong', null, n.title),
    h('span', null, n.text),
    action && h('button', { type: 'button', class: 'primary', click: () => { dismiss(n.id); action.run(); } }, action.label),
    n.close && iconButton('close', n.close, () => dismiss(n.id)),
  );
  byId('notices').append(element);
  if (n.brief) setTimeout(() => element.remove(), 2500);
}

export function dismiss(id: string): void {
  for (const element of byId('notices').querySelectorAll(`[data-id="${id}"]`)) element.remove();
}
