// What one threshold finds: three curves with a point that moves, and four counts.
function thresholdCurves(viewer) {
  const { sweep } = viewer.data, W = 264, H = 196, LEFT = 54, RIGHT = 12, TOP = 10, BOTTOM = 36, LEAST = 1e-5;
  // As the browser knows it: a page of ours holds no address.
  const NAMESPACE = Object.assign(el('div'), { innerHTML: '<svg></svg>' }).firstChild.namespaceURI;
  const draw = (tag, attributes, ...children) => {
    const e = document.createElementNS(NAMESPACE, tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };
  const rates = sweep.healthyAbove.map(n => n / sweep.healthy);
  const findings = Math.max(4, ...sweep.falseFindings);
  let log = false;
  const rate = { label: 'healthy voxels marked', values: rates, most: 1,
    ticks: () => log ? [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1] : [0, 0.25, 0.5, 0.75, 1],
    place: x => log ? 1 - Math.log10(Math.max(x, LEAST)) / Math.log10(LEAST) : x,
    text: x => log ? (x < 0.001 ? x * 1e6 + ' / M' : x * 100 + ' %') : x * 100 + ' %' };
  const count = { label: 'false findings', values: sweep.falseFindings, most: findings, ticks: () => {
      const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find(s => findings / s <= 5) ?? 1000;
      return Array.from({ length: Math.floor(findings / step) + 1 }, (_, i) => i * step);
    }, place: x => x / findings, text: x => x };
  const charts = [
    { name: 'ROC', about: 'each voxel counts once', x: rate, y: sweep.illAbove.map(n => n / sweep.ill), up: 'lesion voxels found' },
    { name: 'PRO', about: 'each lesion counts once', x: rate, y: sweep.pro, up: 'found per lesion, mean' },
    { name: 'FROC', about: 'findings, not voxels', x: count, y: sweep.lesionsFound.map(n => n / sweep.lesions), up: 'lesions found',
      steps: true },
  ].filter(chart => chart.name !== 'FROC' || sweep.lesions > 0).map(chart => {
    const svg = draw('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': chart.name + ' curve of this scan' });
    const box = el('figure', {}, el('figcaption', {}, el('b', {}, chart.name), ' ' + chart.about), svg);
    const X = x => LEFT + chart.x.place(x) * (W - LEFT - RIGHT), Y = y => H - BOTTOM - y * (H - TOP - BOTTOM);
    const point = draw('circle', { r: 5.5, class: 'point' }), guide = draw('path', { class: 'guide' });
    const render = () => {
      svg.replaceChildren();
      for (const x of chart.x.ticks()) svg.append(draw('path', { class: 'grid', d: `M${X(x)} ${TOP}V${H - BOTTOM}` }),
        draw('text', { x: X(x), y: H - BOTTOM + 14, 'text-anchor': 'middle' }, chart.x.text(x)));
      for (const y of [0, 0.5, 1]) svg.append(draw('path', { class: 'grid', d: `M${LEFT} ${Y(y)}H${W - RIGHT}` }),
        draw('text', { x: LEFT - 6, y: Y(y) + 4, 'text-anchor': 'end' }, y * 100 + ' %'));
      svg.append(draw('text', { x: (LEFT + W - RIGHT) / 2, y: H - 4, 'text-anchor': 'middle', class: 'label' }, chart.x.label),
        draw('text', { transform: `translate(9 ${(TOP + H - BOTTOM) / 2}) rotate(-90)`, 'text-anchor': 'middle', class: 'label' },
          chart.up));
      let d = `M${X(0)} ${Y(0)}`;
      for (let i = chart.y.length - 1; i >= 0; i--) {
        const x = X(chart.x.values[i]).toFixed(1), y = Y(chart.y[i]).toFixed(1);
        d += chart.steps ? `H${x}V${y}` : `L${x} ${y}`;
      }
      svg.append(draw('path', { class: 'curve', d }), guide, point);
    };
    const move = i => {
      const x = X(chart.x.values[i]), y = Y(chart.y[i]);
      point.setAttribute('cx', x); point.setAttribute('cy', y);
      guide.setAttribute('d', `M${LEFT} ${y}H${x}V${H - BOTTOM}`);
    };
    return { box, render, move };
  });
  const tiles = ['Lesion voxels found', 'Healthy voxels marked', 'Lesions found', 'False findings'].map(name => {
    const value = el('b'), of = el('small');
    return { value, of, box: el('div', {}, el('span', {}, name), value, of) };
  });
  const whole = n => n.toLocaleString('en');
  const percent = (n, of) => { const p = 100 * n / of; return (p === 0 || p >= 10 ? p.toFixed(0) : p.toPrecision(2)) + ' %'; };
  const move = () => {
    const i = viewer.least - 1, say = (tile, value, of) => { tile.value.textContent = value; tile.of.textContent = of; };
    charts.forEach(chart => chart.move(i));
    say(tiles[0], percent(sweep.illAbove[i], sweep.ill), `${whole(sweep.illAbove[i])} of ${whole(sweep.ill)}`);
    say(tiles[1], percent(sweep.healthyAbove[i], sweep.healthy), `${whole(sweep.healthyAbove[i])} of ${whole(sweep.healthy)}`);
    say(tiles[2], `${sweep.lesionsFound[i]} of ${sweep.lesions}`, `of ${sweep.leastMl} ml or more, touched by a finding`);
    say(tiles[3], whole(sweep.falseFindings[i]), 'findings that touch no lesion');
  };
  const render = () => { charts.forEach(chart => chart.render()); move(); };
  const scale = el('input', { type: 'checkbox' });
  scale.addEventListener('change', () => { log = scale.checked; render(); });
  const box = el('div', { class: 'sweep' }, el('div', { class: 'tiles', 'aria-live': 'polite' }, ...tiles.map(t => t.box)),
    el('div', { class: 'charts' }, ...charts.map(c => c.box)),
    el('div', { class: 'group' }, el('label', {}, scale, 'Logarithmic false-positive axis'),
      el('span', { class: 'hint' }, 'Move the score: map, points and counts follow.')));
  render();
  return { box, move };
}
