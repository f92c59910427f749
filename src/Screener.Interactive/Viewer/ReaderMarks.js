// First the reader marks, then lesions and map appear beside what was marked.
function readerMarks(viewer) {
  const text = el('span', {}, 'Where is the lesion? Move the cross-hair there and mark it. You may mark several.');
  const mark = el('button', { type: 'button' }, 'Mark this place'), undo = el('button', { type: 'button' }, 'Undo'),
    reveal = el('button', { type: 'button' }, 'Reveal');
  const buttons = el('div', { class: 'presets' }, mark, undo, reveal),
    box = el('div', { class: 'reader' }, el('div', { class: 'group' }, buttons, text));
  const marked = () => { undo.disabled = viewer.marks.length === 0; viewer.redraw(); };
  mark.addEventListener('click', () => { viewer.marks.push(viewer.at.slice()); marked(); });
  undo.addEventListener('click', () => { viewer.marks.pop(); marked(); });
  undo.disabled = true;

  // Millimetres to the nearest voxel of a lesion; 0 inside.
  const distance = at => {
    const { mask, ct } = viewer, { mm } = viewer.data, [D, H, W] = mask.shape;
    const size = mm.map((x, axis) => x * ct.shape[axis] / mask.shape[axis]),
      from = at.map((x, axis) => (x + 0.5) * mask.shape[axis] / ct.shape[axis] - 0.5);
    let least = Infinity;
    for (let d = 0; d < D; d++) {
      const z = ((d - from[0]) * size[0]) ** 2;
      if (z >= least) continue;
      for (let h = 0; h < H; h++) {
        const zy = z + ((h - from[1]) * size[1]) ** 2;
        if (zy >= least) continue;
        for (let w = 0, i = mask.origin + d * mask.stride[0] + h * mask.stride[1]; w < W; w++, i++) {
          if (mask.v[i] > 127) least = Math.min(least, zy + ((w - from[2]) * size[2]) ** 2);
        }
      }
    }
    return viewer.value(mask, at) > 127 ? 0 : Math.sqrt(least);
  };
  const highest = () => {
    const { map, ct } = viewer, [D, H, W] = map.shape;
    let best = -1, at = [0, 0, 0];
    for (let d = 0; d < D; d++) for (let h = 0; h < H; h++)
      for (let w = 0, i = map.origin + d * map.stride[0] + h * map.stride[1]; w < W; w++, i++)
        if (map.v[i] > best) { best = map.v[i]; at = [d, h, w]; }
    return at.map((x, axis) => Math.floor((x + 0.5) * ct.shape[axis] / map.shape[axis]));
  };
  const row = (who, at) => {
    const cells = [who];
    if (viewer.mask) { const mm = distance(at); cells.push(mm === 0 ? 'in a lesion' : number(mm, 0) + ' mm away'); }
    if (viewer.map) {
      const level = viewer.value(viewer.map, at), { score } = viewer;
      cells.push(level === 0 ? 'outside' : number(score.middle[level], viewer.scoreDigits()),
        level === 0 ? '\u2013' : number(100 * viewer.share()[level + 1], 2) + ' %');
    }
    if (viewer.labels) cells.push(viewer.data.labels.names[viewer.value(viewer.labels, at)] ?? viewer.data.labels.names[0] ?? '\u2013');
    const button = el('button', { type: 'button' }, who);
    button.addEventListener('click', () => viewer.moveTo(at.slice()));
    return el('tr', {}, el('td', {}, button), ...cells.slice(1).map(cell => el('td', {}, cell)));
  };
  reveal.addEventListener('click', () => {
    viewer.blind = false;
    viewer.switches.hidden = false;
    const names = ['', ...(viewer.mask ? ['nearest lesion'] : []), ...(viewer.map ? ['score', 'of the body scores higher'] : []),
      ...(viewer.labels ? [viewer.data.labels.title] : [])];
    const rows = viewer.marks.map((at, i) => row('your mark ' + (i + 1), at));
    if (viewer.map) rows.push(row('the map\u2019s highest place', highest()));
    buttons.remove();
    text.textContent = viewer.mask ? 'The lesions are outlined. A click on a row goes there.' :
      'No lesion is known in this CT. A click on a row goes there.';
    box.append(el('table', {}, el('thead', {}, el('tr', {}, ...names.map(name => el('th', {}, name)))), el('tbody', {}, ...rows)));
    viewer.read(viewer.at);
    viewer.redraw();
  });
  return box;
}

// A table of findings whose rows move the cross-hair.
function findingRows(viewer) {
  const { columns, rows } = viewer.data.findings, body = el('tbody');
  for (const { at, cells } of rows) {
    const button = el('button', { type: 'button', title: 'Go there' }, cells[0]);
    const row = el('tr', {}, el('td', {}, button), ...cells.slice(1).map(cell => el('td', {}, cell)));
    row.addEventListener('click', () => {
      body.querySelectorAll('[aria-current]').forEach(other => other.removeAttribute('aria-current'));
      row.setAttribute('aria-current', 'true');
      viewer.moveTo(viewer.voxel(at));
    });
    body.append(row);
  }
  return el('div', { class: 'findings' },
    el('table', {}, el('caption', {}, 'Findings: a click on a row goes there.'),
      el('thead', {}, el('tr', {}, ...columns.map(name => el('th', {}, name)))), body));
}
