// Viewers side by side, or one after the other at one place: cross-hair, window and threshold of one are those of all.
class LinkedViews extends HTMLElement {
  connectedCallback() { this.start(); }

  start() {
    const views = [...this.children].filter(child => child.localName === NAME);
    if (this.started || views.length < Number(this.dataset.count)) return;
    this.started = true;
    const cells = views.map((view, i) => {
      view.slot = 'view' + i;
      return el('div', {}, el('h6', {}, view.dataset.title), el('slot', { name: 'view' + i }));
    });
    const box = el('div', { class: 'cells' }, ...cells), bar = el('div', { class: 'bar' });
    this.attachShadow({ mode: 'open' }).append(el('style', {}, CSS), el('div', { class: 'linked' }, bar, box));
    this.addEventListener('screener-change',
      e => { for (const view of views) if (view !== e.target && 'ready' in view.dataset) view.follow(e.detail); });
    if (!('blinks' in this.dataset)) { bar.remove(); return; }
    let shown = -1, timer = 0;
    const button = (text, act) => { const b = el('button', { type: 'button' }, text); b.addEventListener('click', act); return b; };
    const show = i => { shown = i; box.dataset.one = ''; cells.forEach((cell, k) => { cell.dataset.hidden = k !== i; }); };
    const stop = () => { clearInterval(timer); timer = 0; };
    const next = () => show((shown + 1) % cells.length);
    const buttons = [
      button('Side by side', () => { stop(); delete box.dataset.one; cells.forEach(cell => { delete cell.dataset.hidden; }); shown = -1; }),
      button('Blink', () => { stop(); next(); timer = setInterval(() => { if (this.isConnected) next(); else stop(); }, 800); }),
      button('One by one', () => { stop(); next(); }),
    ];
    buttons.forEach((b, i) => b.addEventListener('click',
      () => buttons.forEach((other, k) => other.setAttribute('aria-pressed', k === i))));
    buttons[0].setAttribute('aria-pressed', 'true');
    bar.append(el('div', { class: 'presets', role: 'group', 'aria-label': 'How the views are shown' }, ...buttons));
  }
}
