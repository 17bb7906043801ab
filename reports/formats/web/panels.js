// panels.js: the timeline, the latency heat map and the state lanes, on canvases of their own.
// Why: uPlot draws lines; these show intervals and densities.
// CMake joins base.js, plots.js, panels.js and report.js into one strict function of the page.

// ---- own canvases -------------------------------------------------------------------------

/**
 * A canvas on the shared axis. `paint(context, panel)` draws; `hit(t, y, panel)` gives the text
 * for a place; `rows(panel)` the middles of its rows for the keyboard.
 */
function panel(holder, {height, paint, hit, rows, label}) {
  const element = byId(holder);
  element.replaceChildren();
  const canvas = document.createElement('canvas');
  canvas.className = 'surface';
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label + '; arrow keys read it');
  const line = document.createElement('div');
  line.className = 'cursor-line';
  line.hidden = true;
  const box = document.createElement('div');
  box.className = 'drag-box';
  box.hidden = true;
  element.append(canvas, line, box);
  const self = {
    element, canvas, height, left: gutter(), right: 0,
    toX: (t) => self.left + (t - axis.from) / (axis.to - axis.from) * (self.right - self.left),
    toTime: (x) => axis.from + (x - self.left) / (self.right - self.left) * (axis.to - axis.from),
    range: draw,
    resize: draw,
    time: (t) => {
      const x = self.toX(t);
      line.hidden = !(x >= self.left && x <= self.right);
      line.style.left = x + 'px';
    },
    destroy: () => views.splice(views.indexOf(self), 1),
  };

  function draw() {
    const width = element.clientWidth;
    self.left = gutter();
    self.right = width - rightPad;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    canvas.style.height = height + 'px';
    const context = canvas.getContext('2d');
    context.scale(devicePixelRatio, devicePixelRatio);
    context.clearRect(0, 0, width, height);
    paint(context, self);
  }

  function point(t, y) {
    const area = canvas.getBoundingClientRect();
    self.time(t);
    setTime(t, self);
    const text = hit(t, y, self);
    if (text) showTip(text, area.left + self.toX(t), area.top + y); else hideTip();
  }

  let pressed = null;
  const place = (event) => {
    const area = canvas.getBoundingClientRect();
    return [Math.max(self.left, Math.min(self.right, event.clientX - area.left)), event.clientY - area.top];
  };
  canvas.addEventListener('pointermove', (event) => {
    const [x, y] = place(event);
    if (pressed !== null) {
      box.hidden = Math.abs(x - pressed) < 5;
      box.style.left = Math.min(x, pressed) + 'px';
      box.style.width = Math.abs(x - pressed) + 'px';
    }
    point(self.toTime(x), y);
  });
  canvas.addEventListener('pointerleave', () => { hideTip(); line.hidden = true; });
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    pressed = place(event)[0];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointerup', (event) => {
    if (pressed === null) return;
    const x = place(event)[0];
    const from = self.toTime(Math.min(x, pressed));
    const to = self.toTime(Math.max(x, pressed));
    const far = Math.abs(x - pressed) >= 5;
    pressed = null;
    box.hidden = true;
    if (far) setRange(from, to);
  });
  canvas.addEventListener('dblclick', () => setRange(0, data.seconds));
  const at = {t: null, row: 0};
  const read = (steps, up) => {
    const middlesOfRows = rows(self);
    at.t = at.t === null ? (axis.from + axis.to) / 2 : at.t + steps * (axis.to - axis.from) / 120;
    at.t = Math.max(axis.from, Math.min(axis.to, at.t));
    at.row = Math.max(0, Math.min(middlesOfRows.length - 1, at.row + up));
    point(at.t, middlesOfRows[at.row] ?? 0);
    return at.t;
  };
  onKeys(canvas, (steps) => read(steps, 0), (up) => read(0, up));
  canvas.addEventListener('blur', () => { hideTip(); line.hidden = true; });
  views.push(self);
  draw();
  return self;
}

function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 0 && context.measureText(text.slice(0, length) + '…').width > width) --length;
  return length > 0 ? text.slice(0, length) + '…' : '';
}

function gutterText(context, self, text, y) {
  context.fillStyle = theme.muted;
  context.font = font(12);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText(fitted(context, text, self.left - 12), self.left - 8, y);
}

function paintTimeAxis(context, self, y) {
  context.font = font(12);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const t of timeSplits(self.right - self.left)) {
    const x = self.toX(t);
    context.fillStyle = theme.grid;
    context.fillRect(Math.round(x), y, 1, 4);
    context.fillStyle = theme.muted;
    context.fillText(elapsed(t), x, y + 6);
  }
}

/** Intervals that overlap go to different rows. */
function packed(bands) {
  const ends = [];
  return bands.map((band) => {
    let row = ends.findIndex((end) => end <= band.from);
    if (row < 0) row = ends.length;
    ends[row] = band.to;
    return {band, row};
  });
}

function drawSpans() {
  const rowHeight = 22;
  const groups = [['phase', 'phases'], ['deployment', 'deployments'], ['fault', 'faults'], ['broken', 'broken']];
  const broken = data.expectations.filter((one) => one.from !== undefined && one.outcome === 'fail')
      .map((one) => ({name: one.name, kind: 'broken', from: one.from, to: Math.max(one.to, one.from), occurrence: 1}));
  const bars = [];
  let height = 2;
  const heads = [];
  for (const [kind, title] of groups) {
    const some = packed([...data.bands, ...broken].filter((band) => band.kind === kind)
        .sort((a, b) => a.from - b.from));
    if (some.length === 0) continue;
    heads.push({title, y: height + rowHeight / 2});
    some.forEach(({band, row}, i) => {
      const after = some.find((other, k) => k > i && other.row === row);
      bars.push({band, y: height + row * rowHeight, next: after ? after.band.from : null});
    });
    height += (1 + Math.max(...some.map((one) => one.row))) * rowHeight + 4;
  }
  byId('f-spans').hidden = bars.length === 0;
  if (bars.length === 0) return;

  const paintBar = (context, self, {band, y, next}) => {
    const tone = band.kind === 'broken' ? theme.fail : theme['edge-' + band.kind];
    const x = Math.max(self.left, self.toX(band.from));
    const end = Math.min(self.right, self.toX(band.to));
    if (end < self.left || x > self.right) return;
    const width = Math.max(3, end - x);
    context.globalAlpha = band.kind === 'broken' ? 1 : 0.24;
    context.fillStyle = tone;
    context.fillRect(x, y + 1, width, rowHeight - 4);
    context.globalAlpha = 1;
    context.fillRect(x, y + 1, Math.min(3, width), rowHeight - 4);
    context.font = font(12);
    context.textBaseline = 'middle';
    const middle = y + rowHeight / 2 - 0.5;
    const room = Math.min(self.right, next === null ? Infinity : self.toX(next)) - x - width - 10;
    const inside = band.kind !== 'broken' && (width >= 40 || width - 12 >= room);
    const text = fitted(context, bandTitle(band), inside ? width - 12 : room);
    context.fillStyle = inside ? theme.text : tone;
    context.textAlign = 'left';
    context.fillText(text, inside ? x + 8 : x + width + 5, middle);
  };
  const hit = (t, y) => {
    const near = (axis.to - axis.from) / 150;
    const bar = bars.find((one) => y >= one.y && y < one.y + rowHeight &&
        t >= one.band.from - near && t <= one.band.to + near);
    if (!bar) return `${elapsed(t)}\n${utc(t)}`;
    if (bar.band.kind !== 'broken') return bandText(bar.band);
    return `${bar.band.name} first broken\n${elapsed(bar.band.from)} to ${elapsed(bar.band.to)}`;
  };
  panel('spans', {
    height: height + 22, hit, label: 'Phases, deployments and faults over time',
    rows: () => [...new Set(bars.map((bar) => bar.y + rowHeight / 2))],
    paint: (context, self) => {
      heads.forEach((head) => gutterText(context, self, head.title, head.y));
      bars.forEach((bar) => paintBar(context, self, bar));
      paintTimeAxis(context, self, height);
    },
  });
}

// ---- heat map -----------------------------------------------------------------------------

function mixed(share) {
  const parse = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const [low, middle, high] = [theme['heat-low'], theme['heat-mid'], theme['heat-high']].map(parse);
  const [a, b, s] = share < 0.5 ? [low, middle, share * 2] : [middle, high, share * 2 - 1];
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * s)).join(' ')})`;
}

function drawHeat(subject) {
  const heat = subject.heat;
  const figure = byId('f-heat');
  figure.hidden = heat.edges.length < 2;
  if (figure.hidden) return null;
  const height = 210;
  const bottom = height - 24;
  const floor = Math.log(Math.max(heat.edges[0], heat.edges[1] / 2, 1e-6));
  const ceiling = Math.log(heat.edges.at(-1));
  const toY = (ms) => bottom - (Math.log(Math.max(ms, 1e-9)) - floor) / (ceiling - floor) * (bottom - 4);
  let most = 1;
  heat.columns.forEach((column) => { for (let i = 1; i < column.length; i += 2) most = Math.max(most, column[i]); });
  const shades = Array.from({length: 33}, (_, i) => mixed(i / 32));
  const shade = (count) => shades[Math.round(Math.log1p(count) / Math.log1p(most) * 32)];

  const paintColumn = (context, self, column, i) => {
    const x = Math.max(self.left, self.toX(i * heat.step));
    const end = Math.min(self.right, self.toX(Math.min(data.seconds, (i + 1) * heat.step)));
    if (end <= x) return;
    for (let k = 0; k < column.length; k += 2) {
      const top = toY(heat.edges[column[k] + 1]);
      context.fillStyle = shade(column[k + 1]);
      context.fillRect(x, top, end - x + 0.5, toY(heat.edges[column[k]]) - top + 0.5);
    }
  };
  const hit = (t, y) => {
    const i = Math.min(heat.columns.length - 1, Math.floor(t / heat.step));
    const row = heat.edges.findIndex((edge, k) => k + 1 < heat.edges.length &&
        y <= toY(edge) && y > toY(heat.edges[k + 1]));
    const column = heat.columns[i] ?? [];
    let count = 0;
    let total = 0;
    for (let k = 0; k < column.length; k += 2) {
      total += column[k + 1];
      if (column[k] === row) count = column[k + 1];
    }
    if (row < 0) return '';
    const share = total > 0 ? ` (${+(100 * count / total).toPrecision(3)} % of ${number(total)})` : '';
    return `${elapsed(i * heat.step)} to ${elapsed(Math.min(data.seconds, (i + 1) * heat.step))}\n` +
        `${milliseconds(heat.edges[row])} to ${milliseconds(heat.edges[row + 1])}\n${number(count)} requests${share}`;
  };
  const view = panel('heat', {
    height, hit, label: 'Latency heat map of ' + subject.name,
    rows: () => heat.edges.slice(1).map((edge, i) => (toY(edge) + toY(heat.edges[i])) / 2).reverse(),
    paint: (context, self) => {
      const area = {left: self.left, right: self.right, top: 4, height: bottom - 4};
      paintBands(context, self.toX, area);
      for (let decade = -6; decade <= 7; ++decade) {
        const y = toY(10 ** decade);
        if (y > bottom || y < 4) continue;
        context.fillStyle = theme.grid;
        context.fillRect(self.left, Math.round(y), self.right - self.left, 1);
        gutterText(context, self, milliseconds(10 ** decade), y);
      }
      heat.columns.forEach((column, i) => paintColumn(context, self, column, i));
      paintEdges(context, self.toX, area);
      paintTimeAxis(context, self, bottom + 2);
    },
  });
  heatKey(most);
  return view;
}

function heatKey(most) {
  const key = document.createElement('p');
  key.className = 'keys';
  const ramp = document.createElement('i');
  ramp.className = 'ramp';
  ramp.style.background = `linear-gradient(90deg, ${theme['heat-low']}, ${theme['heat-mid']}, ${theme['heat-high']})`;
  const text = document.createElement('span');
  text.append('1 request', ramp, `${number(most)} in one cell of ${elapsed(data.subjects[shown].heat.step)}`);
  key.append(text);
  byId('heat').append(key);
}

// ---- lanes --------------------------------------------------------------------------------

function drawLanes() {
  const {names, lanes, left_out: leftOut} = data.lanes;
  byId('f-lanes').hidden = lanes.length === 0;
  if (lanes.length === 0) return;
  const rowHeight = lanes.length > 40 ? 14 : 18;
  const rows = [];
  let height = 2;
  let group = null;
  for (const lane of lanes) {
    if (group !== null && lane.group !== group) height += 8;
    group = lane.group;
    rows.push({lane, y: height});
    height += rowHeight;
  }
  const colours = names.map(stateColour);
  const until = (lane, i) => i + 1 < lane.at.length ? lane.at[i + 1] : data.seconds;

  const paintLane = (context, self, {lane, y}) => {
    gutterText(context, self, lane.entity, y + rowHeight / 2);
    lane.at.forEach((from, i) => {
      const x = Math.max(self.left, self.toX(from));
      const end = Math.min(self.right, self.toX(until(lane, i)));
      if (end <= self.left || x >= self.right) return;
      const tone = colours[lane.states[i]];
      const thin = tone === theme.absent;  // What is not there is a thread, not a bar.
      context.fillStyle = tone;
      context.fillRect(x, thin ? y + rowHeight / 2 - 1 : y + 1, Math.max(1.5, end - x - 0.5),
                       thin ? 2 : rowHeight - 3);
    });
  };
  const hit = (t, y) => {
    const row = rows.find((one) => y >= one.y && y < one.y + rowHeight);
    if (!row) return '';
    const {lane} = row;
    let i = lane.at.findLastIndex((from) => from <= t);
    if (i < 0) return `${lane.entity}\nnot there yet at ${elapsed(t)}`;
    return `${lane.entity}: ${names[lane.states[i]]}\n${elapsed(lane.at[i])} to ` +
        `${elapsed(until(lane, i))} (${elapsed(until(lane, i) - lane.at[i])})\n${utc(lane.at[i])}`;
  };
  const element = byId('lanes');
  element.classList.toggle('scroll-lanes', height > 540);
  panel('lanes', {
    height: height + 26, hit, label: 'States of instances and hosts over time',
    rows: () => rows.map((row) => row.y + rowHeight / 2),
    paint: (context, self) => {
      const area = {left: self.left, right: self.right, top: 0, height};
      paintBands(context, self.toX, area);
      rows.forEach((row) => paintLane(context, self, row));
      paintEdges(context, self.toX, area);
      paintTimeAxis(context, self, height + 2);
    },
  });
  laneKey(names, colours, leftOut);
}

function laneKey(names, colours, leftOut) {
  byId('f-lanes').querySelector('.keys')?.remove();
  const list = document.createElement('ul');
  list.className = 'keys';
  for (const tone of new Set(colours)) {
    const item = document.createElement('li');
    const mark = document.createElement('i');
    mark.style.background = tone;
    item.append(mark, names.filter((_, i) => colours[i] === tone).join(', '));
    list.append(item);
  }
  if (leftOut > 0) {
    const item = document.createElement('li');
    item.textContent = `${number(leftOut)} lanes with fewer changes are not shown`;
    list.append(item);
  }
  byId('f-lanes').append(list);
}
