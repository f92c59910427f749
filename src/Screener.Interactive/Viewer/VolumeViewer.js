// One element draws one volume. Everything it needs is in its own JSON; nothing is fetched and nothing global is used but its name.
(() => {
  const NAME = '__NAME__', CSS = __CSS__;
  const el = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };
  const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
  const number = (x, digits) => x.toFixed(digits).replace('-', '\u2212');

  async function gunzip(base64) {
    if (base64 === '') return new Uint8Array(0);
    const text = atob(base64), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
  }

  // The way back from LevelCodec.cs. The result keeps the slice, row and column of zeros before the volume.
  async function unpack({ shape: [D, H, W], data }) {
    const streams = await Promise.all(data.map(gunzip)), at = new Int32Array(data.length);
    const row = W + 1, plane = row * (H + 1), v = new Uint8Array(plane * (D + 1));
    const streamOf = Uint8Array.from({ length: 256 }, (_, d) => d < 4 ? d : d < 6 ? 4 : d < 9 ? 5 : d < 14 ? 6 : d < 24 ? 7 : 8);
    for (let d = 1; d <= D; d++) {
      for (let h = 1; h <= H; h++) {
        for (let i = d * plane + h * row + 1, end = i + W; i < end; i++) {
          const west = v[i - 1], north = v[i - row], under = v[i - plane];
          let low = west < north ? west : north, high = west < north ? north : west;
          if (under < low) low = under; else if (under > high) high = under;
          const plain = ((2 * (west + north + under) - v[i - row - 1] - v[i - plane - 1] - v[i - plane - row] + 1) / 3) | 0;
          const s = streamOf[high - low];
          v[i] = (plain < low ? low : plain > high ? high : plain) + streams[s][at[s]++];
        }
      }
    }
    if (at.some((n, s) => n !== streams[s].length)) throw new Error('the packed volume does not have the length of its shape');
    return { shape: [D, H, W], stride: [plane, row, 1], origin: plane + row + 1, v };
  }

  // Per level: lower end, upper end, middle. Level 0 is no number.
  function levels(segments) {
    const low = [NaN], high = [NaN];
    for (const [start, step, count] of segments)
      for (let i = 0; i < count; i++) { low.push(start + i * step); high.push(start + (i + 1) * step); }
    return { low, high, middle: low.map((x, i) => (x + high[i]) / 2), count: low.length - 1 };
  }

  // Canonical axes 0 (to the head), 1 (to the front), 2 (to the right); each plane runs against both of its axes.
  const PLANES = [
    { name: 'Axial', axis: 0, across: 2, down: 1, sides: ['R', 'L', 'A', 'P'] },
    { name: 'Coronal', axis: 1, across: 2, down: 0, sides: ['R', 'L', 'S', 'I'] },
    { name: 'Sagittal', axis: 2, across: 1, down: 0, sides: ['A', 'P', 'S', 'I'] },
  ];
  const WORLD = [['S', 'I'], ['A', 'P'], ['R', 'L']];
  // Blue and orange, which are told apart with any colour vision.
  const NONE = [0, 0, 0, 0], FOUND = [64, 196, 255, 255], FALSE = [255, 150, 50, 255];

  __PARTS__

  class VolumeViewer extends HTMLElement {
    connectedCallback() { this.start(); }

    // While a page is parsed the element is there before its JSON is; the script after it then starts it.
    async start() {
      const json = this.querySelector('script[type="application/json"]');
      if (this.started || !json) return;
      this.started = true;
      try {
        const data = JSON.parse(json.textContent);
        const [ct, map, mask, labels] = await Promise.all([data.ct, data.map, data.mask, data.labels].map(layer => layer && unpack(layer)));
        this.data = data; this.ct = ct; this.map = map; this.mask = mask; this.labels = labels;
        this.blind = !!data.reader; this.marks = [];
        this.hu = levels(data.ct.segments);
        this.at = data.start.slice();
        [this.level, this.width] = data.window;
        if (map) {
          this.score = levels(data.map.segments);
          this.opacity = data.map.opacity;
          this.least = this.score.low.findIndex((x, i) => i > 0 && x >= data.map.threshold - 1e-9);
          if (this.least < 0) this.least = this.score.count;
        }
        this.build();
        this.dataset.ready = '';
      } catch (e) {
        this.append(el('p', { style: 'margin:4px 0;color:#b04a00' },
          'The interactive viewer could not start in this browser (' + e.message + '); the picture above stays.'));
        this.dataset.failed = '';
      }
    }

    build() {
      const { data } = this;
      this.showMap = !!this.map; this.showMask = !!this.mask; this.showCross = true; this.showFound = !!data.sweep;
      const switches = this.switches = el('div', { class: 'group' });
      switches.hidden = this.blind;
      if (this.map) switches.append(...this.mapControls());
      if (this.mask) switches.append(this.toggle('Lesion', 'showMask',
        el('i', { class: 'swatch', style: 'border-color:' + data.mask.color })));
      const bar = el('div', { class: 'bar' }, this.windowControls(), switches);
      if (!switches.hasChildNodes()) switches.remove();
      this.panes = PLANES.map(plane => this.pane(plane));
      this.readout = el('output', { 'aria-live': 'off' });
      const about = el('details', { class: 'about' }, el('summary', {}, el('b', {}, data.name)), data.about);
      this.box = el('div', { class: 'panes' }, ...this.panes.map(p => p.box), el('div', { class: 'info' }, this.readout, about));
      const viewer = el('div', { class: 'viewer', role: 'group', 'aria-label': 'CT volume viewer' }, bar, this.box);
      if (data.reader) bar.after(readerMarks(this));
      if (data.sweep) { this.curves = thresholdCurves(this); viewer.append(this.curves.box); }
      if (data.findings) viewer.append(findingRows(this));
      // Notebooks take single keys as commands.
      viewer.addEventListener('keydown', e => e.stopPropagation());
      const root = this.attachShadow({ mode: 'open' });
      root.append(el('style', {}, CSS), viewer);
      this.setWindow(this.level, this.width);
      this.moveTo(this.at);
      new ResizeObserver(() => this.layout()).observe(viewer);
      this.layout();
    }

    windowControls() {
      const presets = el('div', { class: 'presets', role: 'group', 'aria-label': 'Window presets' });
      this.presets = Object.entries(this.data.windows).map(([name, [level, width]]) => {
        const button = el('button', { type: 'button' }, name);
        button.addEventListener('click', () => this.setWindow(level, width));
        presets.append(button);
        return { button, level, width };
      });
      const field = (name, title, set) => {
        const input = el('input', { type: 'number', step: 10, 'aria-label': title });
        input.addEventListener('input', () => { if (Number.isFinite(input.valueAsNumber)) set(input.valueAsNumber); });
        return [input, el('label', { title }, name, input)];
      };
      const [level, levelLabel] = field('Level', 'Window level in HU: the middle grey', x => this.setWindow(x, this.width, level));
      const [width, widthLabel] = field('Width', 'Window width in HU: from black to white', x => this.setWindow(this.level, x, width));
      width.min = 1;
      this.levelInput = level; this.widthInput = width;
      return el('div', { class: 'group' }, presets, levelLabel, widthLabel, this.toggle('Crosshair', 'showCross'));
    }

    mapControls() {
      const { score, data } = this, [bottom, top] = data.map.range;
      const opacity = el('input', { type: 'range', class: 'short', min: 0, max: 1, step: 0.05, value: this.opacity,
        'aria-label': 'Opacity of the anomaly map' });
      opacity.addEventListener('input', () => { this.opacity = opacity.valueAsNumber; this.color(); });
      const threshold = el('input', { type: 'range', min: 1, max: score.count, step: 1, value: this.least,
        'aria-label': 'Lowest score that is coloured' });
      const colors = el('canvas', { width: score.count, height: 1, 'aria-hidden': 'true' }), text = el('span', { class: 'number' });
      this.showThreshold = () => {
        threshold.value = this.least;
        text.textContent = '\u2265 ' + number(score.low[this.least], this.scoreDigits()) + this.rarity(score.low[this.least]);
        threshold.setAttribute('aria-valuetext', text.textContent);
      };
      threshold.addEventListener('input', () => this.setThreshold(threshold.valueAsNumber));
      const palette = Uint8Array.from(atob(data.map.colors), c => c.charCodeAt(0));
      this.palette = score.middle.map(x => {
        const t = clamp((x - bottom) / (top - bottom), 0, 1), c = Math.round(t * 255) * 3;
        // Colours fade in over the lowest third: the dark end of the map would only hide the CT.
        return [palette[c], palette[c + 1], palette[c + 2], Math.min(1, 3 * t)];
      });
      const context = colors.getContext('2d');
      for (let i = 1; i <= score.count; i++) {
        context.fillStyle = `rgb(${this.palette[i].slice(0, 3)})`; context.fillRect(i - 1, 0, 1, 1);
      }
      this.showThreshold();
      this.color(false);
      const found = this.data.sweep ? [this.toggle('Found and false', 'showFound', el('i', { class: 'found' }),
        el('i', { class: 'false' }))] : [];
      return [this.toggle('Anomaly', 'showMap'), ...found, el('label', {}, 'Opacity', opacity),
        el('label', {}, 'Score', el('span', { class: 'scale' }, colors, threshold), text)];
    }

    // A calibrated score is -log10 of how rare it is: 3 is one voxel in a thousand.
    rarity(x) {
      return this.data.map.calibrated && x > 0
        ? ' (1 in ' + Number((10 ** x).toPrecision(x < 1 ? 2 : 1)).toLocaleString('en') + ')' : '';
    }

    scoreDigits() {
      if (this.data.map.calibrated) return 1;
      const [bottom, top] = this.data.map.range;
      return clamp(3 - Math.floor(Math.log10(top - bottom)), 0, 6);
    }

    toggle(text, property, ...marks) {
      const input = el('input', { type: 'checkbox' });
      input.checked = this[property];
      input.addEventListener('change', () => { this[property] = input.checked; this.redraw(); });
      return el('label', {}, input, ...marks, text);
    }

    pane(plane) {
      const { shape } = this.ct, count = shape[plane.axis];
      const p = { plane, canvas: el('canvas', { tabindex: 0, role: 'img' }),
        slider: el('input', { type: 'range', min: 0, max: count - 1, step: 1, 'aria-label': plane.name + ' slice' }), place: el('span') };
      p.canvas.setAttribute('aria-label',
        `${plane.name} slice. Arrow keys move the crosshair, Page Up and Page Down go through the slices.`);
      const [left, right, top, bottom] = plane.sides;
      p.picture = el('div', { class: 'picture' }, p.canvas,
        ...[['l', left], ['r', right], ['t', top], ['b', bottom]].map(([side, text]) =>
          el('span', { class: side, 'aria-hidden': 'true' }, text)));
      p.box = el('div', { class: 'pane ' + plane.name.toLowerCase() }, el('div', { class: 'head' }, el('b', {}, plane.name), p.place),
        p.picture, p.slider);
      p.slider.addEventListener('input', () => this.move(plane.axis, p.slider.valueAsNumber));
      p.source = document.createElement('canvas');
      p.source.width = shape[plane.across]; p.source.height = shape[plane.down];
      if (this.map) {
        p.cover = document.createElement('canvas');
        p.cover.width = this.map.shape[plane.across]; p.cover.height = this.map.shape[plane.down];
      }
      this.listen(p);
      return p;
    }

    listen(p) {
      const { plane, canvas } = p, { shape } = this.ct;
      const voxel = e => {
        const r = canvas.getBoundingClientRect(), at = this.at.slice();
        at[plane.across] = clamp(shape[plane.across] - 1 - Math.floor((e.clientX - r.left) / r.width * shape[plane.across]), 0,
          shape[plane.across] - 1);
        at[plane.down] = clamp(shape[plane.down] - 1 - Math.floor((e.clientY - r.top) / r.height * shape[plane.down]), 0,
          shape[plane.down] - 1);
        return at;
      };
      let drag = null, armed = false, last = null;
      canvas.addEventListener('contextmenu', e => e.preventDefault());
      canvas.addEventListener('pointerdown', e => {
        if (e.button !== 0 && e.button !== 2) return;
        drag = e.button === 2 || e.shiftKey ? { x: e.clientX, y: e.clientY, level: this.level, width: this.width } : 'cross';
        canvas.setPointerCapture(e.pointerId);
        if (drag === 'cross') this.moveTo(voxel(e));
      });
      canvas.addEventListener('pointermove', e => {
        // A page that scrolls under a resting pointer must not stop at a pane: the wheel is taken once the pointer itself moved here.
        armed ||= last !== null && (last[0] !== e.screenX || last[1] !== e.screenY);
        last = [e.screenX, e.screenY];
        this.read(voxel(e));
        if (drag === 'cross') this.moveTo(voxel(e));
        else if (drag) this.setWindow(drag.level + (e.clientY - drag.y) * 2, drag.width + (e.clientX - drag.x) * 4);
      });
      const end = () => { drag = null; };
      canvas.addEventListener('pointerup', end);
      canvas.addEventListener('pointercancel', end);
      canvas.addEventListener('pointerleave', () => { armed = false; last = null; this.read(this.at); });
      let turned = 0;
      canvas.addEventListener('wheel', e => {
        if (!armed || e.ctrlKey || e.deltaY === 0) return;
        turned += e.deltaMode === 0 ? e.deltaY / 50 : e.deltaY;
        const to = clamp(this.at[plane.axis] - Math.trunc(turned), 0, shape[plane.axis] - 1);
        e.preventDefault();
        turned -= Math.trunc(turned);
        this.move(plane.axis, to);
        this.read(voxel(e));
      }, { passive: false });
      canvas.addEventListener('keydown', e => {
        const step = { ArrowLeft: [plane.across, 1], ArrowRight: [plane.across, -1], ArrowUp: [plane.down, 1], ArrowDown: [plane.down, -1],
          PageUp: [plane.axis, 1], PageDown: [plane.axis, -1] }[e.key];
        if (!step) return;
        e.preventDefault();
        this.move(step[0], this.at[step[0]] + step[1] * (e.shiftKey ? 10 : 1));
      });
    }

    setWindow(level, width, typed) {
      this.level = clamp(Math.round(level), -5000, 10000);
      this.width = clamp(Math.round(width), 1, 20000);
      if (typed !== this.levelInput) this.levelInput.value = this.level;
      if (typed !== this.widthInput) this.widthInput.value = this.width;
      for (const p of this.presets) p.button.setAttribute('aria-pressed', p.level === this.level && p.width === this.width);
      this.tell({ window: [this.level, this.width] });
      this.grey = Uint8Array.from(this.hu.middle, x => clamp(Math.round(255 * ((x - this.level) / this.width + 0.5)), 0, 255) || 0);
      this.redraw();
    }

    color(draw = true) {
      this.tint = this.palette.map(([r, g, b, a], i) => i >= Math.max(1, this.least) ? [r, g, b, Math.round(255 * a * this.opacity)] :
        [0, 0, 0, 0]);
      if (draw) this.redraw();
    }

    setThreshold(level) {
      this.least = clamp(Math.round(level), 1, this.score.count);
      this.showThreshold();
      if (this.curves) this.curves.move();
      this.tell({ share: this.share()[this.least], value: this.score.low[this.least], calibrated: this.data.map.calibrated });
      this.color();
    }

    // The part of the map that has at least each level.
    share() {
      if (!this.above) {
        const counts = new Float64Array(257);
        for (const level of this.map.v) counts[level]++;
        counts[0] = 0;
        for (let i = 255; i > 0; i--) counts[i] += counts[i + 1];
        this.above = counts.map(n => n / counts[1]);
      }
      return this.above;
    }

    tell(change) {
      if (!this.following && 'ready' in this.dataset) this.dispatchEvent(new CustomEvent('screener-change',
        { bubbles: true, composed: true, detail: change }));
    }

    // What another viewer told: scores of one meaning are compared by value, others by how many lie above.
    follow({ at, window, share, value, calibrated }) {
      this.following = true;
      if (at) this.moveTo(this.voxel(at));
      if (window) this.setWindow(...window);
      if (share !== undefined && this.map) {
        const { score } = this, above = this.share();
        let level = 1;
        while (level < score.count && (calibrated && this.data.map.calibrated ? score.low[level] < value - 1e-9 :
          above[level] > share)) level++;
        this.setThreshold(level);
      }
      this.following = false;
    }

    move(axis, to) { const at = this.at.slice(); at[axis] = clamp(to, 0, this.ct.shape[axis] - 1); this.moveTo(at); }

    moveTo(at) {
      this.at = at;
      for (const p of this.panes) p.slider.value = at[p.plane.axis];
      this.tell({ at: this.world(at) });
      this.read(at);
      this.redraw();
    }

    redraw() {
      if (this.pending || !this.panes) return;
      this.pending = requestAnimationFrame(() => { this.pending = 0; this.panes.forEach(p => this.draw(p)); });
    }

    // Where in another layer the CT's index lies.
    index(layer, axis) { return Math.floor((this.at[axis] + 0.5) * layer.shape[axis] / this.ct.shape[axis]); }

    draw(p) {
      const { plane, canvas } = p, { axis, across, down } = plane, { ct, map } = this;
      const shape = ct.shape, context = canvas.getContext('2d');
      if (!p.laidOut) return;
      this.paint(p.source, ct, plane, (v, pixel, o) => { pixel[o] = pixel[o + 1] = pixel[o + 2] = this.grey[v]; pixel[o + 3] = 255; });
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = 'high';
      context.drawImage(p.source, 0, 0, canvas.width, canvas.height);
      if (map && this.showMap && !this.blind) {
        const ill = this.showFound ? this.lesionAt(plane) : null, most = Math.round(255 * this.opacity);
        this.paint(p.cover, map, plane, (v, pixel, o) => {
          const t = !ill ? this.tint[v] : v < this.least ? NONE : ill(o / 4) ? FOUND : FALSE;
          pixel[o] = t[0]; pixel[o + 1] = t[1]; pixel[o + 2] = t[2]; pixel[o + 3] = ill ? t[3] && most : t[3];
        });
        context.drawImage(p.cover, 0, 0, canvas.width, canvas.height);
      }
      if (this.mask && this.showMask && !this.blind) this.outline(context, plane, canvas.width, canvas.height);
      if (this.showCross) this.cross(context, p);
      this.drawMarks(context, p);
      const place = this.world(this.at)[axis];
      p.place.textContent = `${this.at[axis] + 1} / ${shape[axis]} \u00b7 ` +
        `${WORLD[axis][place < 0 ? 1 : 0]} ${number(Math.abs(place), 1)} mm`;
      p.slider.setAttribute('aria-valuetext', p.place.textContent);
    }

    paint(target, layer, { axis, across, down }, color) {
      const nu = layer.shape[across], nv = layer.shape[down], su = layer.stride[across], sv = layer.stride[down];
      const context = target.getContext('2d'), image = context.createImageData(nu, nv), pixel = image.data;
      const start = layer.origin + this.index(layer, axis) * layer.stride[axis];
      for (let y = 0, o = 0; y < nv; y++)
        for (let x = 0, i = start + (nv - 1 - y) * sv + (nu - 1) * su; x < nu; x++, i -= su, o += 4) color(layer.v[i], pixel, o);
      context.putImageData(image, 0, 0);
    }

    // Whether a pixel of the painted map lies in a lesion.
    lesionAt({ axis, across, down }) {
      const { map, mask } = this, nu = map.shape[across], nv = map.shape[down];
      const along = (n, to) => Int32Array.from({ length: n }, (_, i) => Math.floor((n - i - 0.5) * mask.shape[to] / n) * mask.stride[to]);
      const u = along(nu, across), v = along(nv, down), start = mask.origin + this.index(mask, axis) * mask.stride[axis];
      return pixel => mask.v[start + u[pixel % nu] + v[Math.floor(pixel / nu)]] > 127;
    }

    drawMarks(context, { plane, canvas }) {
      const { shape } = this.ct, { mm } = this.data, r = 8 * this.ratio;
      this.marks.forEach((mark, i) => {
        if (Math.abs(mark[plane.axis] - this.at[plane.axis]) * mm[plane.axis] > 6) return;
        const x = (shape[plane.across] - mark[plane.across] - 0.5) / shape[plane.across] * canvas.width;
        const y = (shape[plane.down] - mark[plane.down] - 0.5) / shape[plane.down] * canvas.height;
        context.beginPath();
        context.arc(x, y, r, 0, 7);
        context.lineWidth = 2 * this.ratio;
        context.strokeStyle = context.fillStyle = '#ffd84d';
        context.stroke();
        context.font = `600 ${12 * this.ratio}px system-ui, sans-serif`;
        context.fillText(i + 1, x + r * 1.2, y - r * 0.8);
      });
    }

    // The line along which half of a block is lesion, by marching squares between the blocks' centres.
    outline(context, { axis, across, down }, width, height) {
      const { mask } = this, nu = mask.shape[across], nv = mask.shape[down], su = mask.stride[across], sv = mask.stride[down];
      const start = mask.origin + this.index(mask, axis) * mask.stride[axis], HALF = 127.5;
      const value = (u, v) => u < 0 || v < 0 || u >= nu || v >= nv ? 0 : mask.v[start + (nu - 1 - u) * su + (nv - 1 - v) * sv];
      const X = u => (u + 0.5) / nu * width, Y = v => (v + 0.5) / nv * height, between = (a, b) => (HALF - a) / (b - a);
      context.beginPath();
      for (let v = -1; v < nv; v++) {
        for (let u = -1; u < nu; u++) {
          const a = value(u, v), b = value(u + 1, v), c = value(u + 1, v + 1), d = value(u, v + 1);
          const kind = (a > HALF) | (b > HALF) << 1 | (c > HALF) << 2 | (d > HALF) << 3;
          if (kind === 0 || kind === 15) continue;
          const cut = [];
          if ((a > HALF) !== (b > HALF)) cut.push([u + between(a, b), v]);
          if ((b > HALF) !== (c > HALF)) cut.push([u + 1, v + between(b, c)]);
          if ((c > HALF) !== (d > HALF)) cut.push([u + between(d, c), v + 1]);
          if ((d > HALF) !== (a > HALF)) cut.push([u, v + between(a, d)]);
          if (kind === 10) cut.unshift(cut.pop());
          for (let i = 0; i + 1 < cut.length; i += 2) {
            context.moveTo(X(cut[i][0]), Y(cut[i][1])); context.lineTo(X(cut[i + 1][0]), Y(cut[i + 1][1]));
          }
        }
      }
      context.lineWidth = 1.5 * this.ratio;
      context.lineCap = 'round';
      context.strokeStyle = this.data.mask.color;
      context.stroke();
    }

    cross(context, { plane, canvas }) {
      const { shape } = this.ct, gap = 9 * this.ratio, { width, height } = canvas;
      const x = Math.round((shape[plane.across] - this.at[plane.across] - 0.5) / shape[plane.across] * width - 0.5) + 0.5;
      const y = Math.round((shape[plane.down] - this.at[plane.down] - 0.5) / shape[plane.down] * height - 0.5) + 0.5;
      context.beginPath();
      for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, width, y], [x, 0, x, y - gap], [x, y + gap, x, height]]) {
        context.moveTo(x0, y0); context.lineTo(x1, y1);
      }
      context.lineWidth = Math.max(1, Math.round(this.ratio));
      context.strokeStyle = 'rgba(120, 190, 250, .6)';
      context.stroke();
    }

    // The same scale in all three panes, side by side, in two columns or in one; the text fills the gap that they leave.
    layout() {
      const width = this.box.clientWidth, { mm } = this.data, { shape } = this.ct, GAP = 12;
      if (!width || width === this.laidOut) return;
      this.laidOut = width;
      this.ratio = Math.min(3, Math.max(1, window.devicePixelRatio || 1));
      const [z, y, x] = shape.map((n, axis) => n * mm[axis]);
      const row = width >= 860, column = width < 380, NARROWEST = Math.min(150, width);
      const columns = scale => {
        const [axial, coronal, sagittal] = this.panes.map(({ plane }) =>
          Math.max(NARROWEST, Math.floor(shape[plane.across] * mm[plane.across] * scale)));
        return column ? [Math.max(axial, coronal, sagittal)] : row ? [axial, coronal, sagittal] : [axial, Math.max(coronal, sagittal)];
      };
      let scale = Math.min(640 / Math.max(y, z), width / x);
      while (columns(scale).reduce((sum, w) => sum + w + GAP, -GAP) > width && scale > 1e-6) scale *= 0.995;
      const spare = (y - z) * scale, [areas, rows] = column ? ['"a" "c" "s" "i"', 'none']
        : !row ? [spare > 0 ? '"a c" "a s" "i s"' : '"a c" "i c" "i s"', spare > 0 ? 'auto auto 1fr' : 'auto 1fr auto']
        : spare > 60 ? ['"a c s" "a i i"', 'auto 1fr'] : spare < -60 ? ['"a c s" "i c s"', 'auto 1fr'] : ['"a c s" "i i i"', 'none'];
      Object.assign(this.box.style, { gridTemplateAreas: areas, gridTemplateRows: rows,
        gridTemplateColumns: columns(scale).map(w => w + 'px').join(' ') });
      for (const p of this.panes) {
        const [w, h] = [p.plane.across, p.plane.down].map(axis => Math.max(1, Math.floor(shape[axis] * mm[axis] * scale)));
        p.box.style.width = Math.max(NARROWEST, w) + 'px';
        Object.assign(p.picture.style, { width: w + 'px', height: h + 'px' });
        p.canvas.width = Math.round(w * this.ratio);
        p.canvas.height = Math.round(h * this.ratio);
        p.laidOut = true;
      }
      this.panes.forEach(p => this.draw(p));
      this.read(this.at);
    }

    // Millimetres to the head, to the front and to the right.
    world([d, h, w]) {
      const a = this.data.affine, along = row => a[row * 4] * w + a[row * 4 + 1] * h + a[row * 4 + 2] * d + a[row * 4 + 3];
      return [along(2), along(1), along(0)];
    }

    // The way back from world, to the nearest voxel of the volume.
    voxel([z, y, x]) {
      const a = this.data.affine, p = [x - a[3], y - a[7], z - a[11]];
      const columns = [0, 1, 2].map(j => [a[j], a[4 + j], a[8 + j]]);
      const det = (u, v, w) => u[0] * (v[1] * w[2] - v[2] * w[1]) - v[0] * (u[1] * w[2] - u[2] * w[1]) + w[0] * (u[1] * v[2] - u[2] * v[1]);
      const all = det(...columns), whd = [0, 1, 2].map(j => det(...columns.map((c, k) => k === j ? p : c)) / all);
      return [2, 1, 0].map((j, axis) => clamp(Math.round(whd[j]), 0, this.ct.shape[axis] - 1));
    }

    value(layer, at) {
      const i = at.map((x, axis) => Math.floor((x + 0.5) * layer.shape[axis] / this.ct.shape[axis]));
      return layer.v[layer.origin + i[0] * layer.stride[0] + i[1] * layer.stride[1] + i[2] * layer.stride[2]];
    }

    read(at) {
      if (!this.readout) return;
      const { hu, score } = this, v = this.value(this.ct, at), parts = [];
      const edge = (table, level, digits) => level === 0 ? '\u2013' :
        `${number(table.middle[level], digits)} \u00b1 ${number((table.high[level] - table.low[level]) / 2, digits)}`;
      parts.push('HU ' + (v === 1 ? '\u2264 ' + number(hu.high[1], 0) : v === hu.count ? '\u2265 ' + number(hu.low[v], 0) :
        edge(hu, v, 0)));
      if (this.labels && !this.blind) parts.push(this.data.labels.names[this.value(this.labels, at)] ?? '');
      if (this.map && !this.blind) parts.push('score ' + edge(score, this.value(this.map, at), this.scoreDigits()) +
        this.rarity(score.middle[this.value(this.map, at)]));
      if (this.mask && !this.blind && this.value(this.mask, at) > 127) parts.push('lesion');
      const place = this.world(at);
      parts.push([2, 1, 0].map(axis =>
        `${WORLD[axis][place[axis] < 0 ? 1 : 0]} ${number(Math.abs(place[axis]), 1)}`).join('\u2002') + ' mm');
      this.readout.replaceChildren(...parts.filter(part => part).flatMap((part, i) =>
        [...(i ? [el('i', {}, '\u00b7')] : []), el('span', {}, part)]));
    }
  }

  for (const [name, type] of [[NAME, VolumeViewer], [NAME + '-linked', LinkedViews]]) {
    if (!customElements.get(name)) customElements.define(name, type);
    // A notebook that is reopened may run this before the page has made the element what it is; it then starts by itself.
    document.querySelectorAll(name).forEach(element => element.start?.());
  }
})();
