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
  const canvas = document.createElement('canvas');
  canvas.className = 'surface';
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label + '; arrow keys read it');
  const line = overlay('cursor-line');
  const box = overlay('drag-box');
  for (const over of [line, box]) over.style.height = height + 'px';
  element.replaceChildren(canvas, line, box);
  const self = {
    element, canvas, line, box, hit, rows, left: gutter(), right: 0,
    toX: (t) => self.left + (t - axis.from) / (axis.to - axis.from) * (self.right - self.left),
    toTime: (x) => axis.from + (x - self.left) / (self.right - self.left) * (axis.to - axis.from),
    range: draw,
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

  followPointer(self);
  followKeys(self);
  views.push(self);
  draw();
  return self;
}

function overlay(kind) {
  const element = document.createElement('div');
  element.className = kind;
  element.hidden = true;
  return element;
}

/** Explains the place and moves every chart's cursor there. */
function explain(self, t, y) {
  const area = self.canvas.getBoundingClientRect();
  self.time(t);
  setTime(t, self);
  const text = self.hit(t, y, self);
  if (text) showTip(text, area.left + self.toX(t), area.top + y); else hideTip();
}

function forget(self) {
  hideTip();
  self.line.hidden = true;
}

/** Hovering explains, dragging zooms, as on the line charts. */
function followPointer(self) {
  const {canvas, box} = self;
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
    explain(self, self.toTime(x), y);
  });
  canvas.addEventListener('pointerleave', () => forget(self));
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    pressed = place(event)[0];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointerup', (event) => {
    if (pressed === null) return;
    const ends = [pressed, place(event)[0]].sort((a, b) => a - b);
    pressed = null;
    box.hidden = true;
    if (ends[1] - ends[0] >= 5) setRange(self.toTime(ends[0]), self.toTime(ends[1]));
  });
  canvas.addEventListener('dblclick', () => setRange(0, data.seconds));
}

/** Left and right move in time, up and down from row to row, also those scrolled out of sight. */
function followKeys(self) {
  const at = {t: null, row: 0};
  const read = (steps, down) => {
    const middlesOfRows = self.rows(self);
    at.t = at.t === null ? (axis.from + axis.to) / 2 : at.t + steps * (axis.to - axis.from) / 120;
    at.t = Math.max(axis.from, Math.min(axis.to, at.t));
    at.row = Math.max(0, Math.min(middlesOfRows.length - 1, at.row + down));
    const y = middlesOfRows[at.row] ?? 0;
    const {scrollTop, clientHeight} = self.element;
    if (y < scrollTop + 10 || y > scrollTop + clientHeight - 10) self.element.scrollTop = y - clientHeight / 2;
    explain(self, at.t, y);
    return at.t;
  };
  onKeys(self.canvas, (steps) => read(steps, 0), (down) => read(0, down));
  self.canvas.addEventListener('blur', () => forget(self));
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

const spanHeight = 22;

/** Bars by kind, each kind in as many rows as its overlaps need. */
function spanLayout() {
  const broken = data.expectations.filter((one) => one.from !== undefined && one.outcome === 'fail')
      .map((one) => ({name: one.name, kind: 'broken', from: one.from, to: Math.max(one.to, one.from), occurrence: 1}));
  const bars = [];
  const heads = [];
  let height = 2;
  for (const [kind, title] of [['phase', 'phases'], ['deployment', 'deployments'], ['mirror', 'mirrors'],
                               ['flag', 'flags'], ['fault', 'faults'], ['broken', 'broken']]) {
    const some = packed([...data.bands, ...broken].filter((band) => band.kind === kind)
        .sort((a, b) => a.from - b.from));
    if (some.length === 0) continue;
    heads.push({title, y: height + spanHeight / 2});
    some.forEach(({band, row}, i) => {
      const after = some.find((other, k) => k > i && other.row === row);
      bars.push({band, y: height + row * spanHeight, next: after ? after.band.from : null});
    });
    height += (1 + Math.max(...some.map((one) => one.row))) * spanHeight + 4;
  }
  return {bars, heads, height};
}

function paintBar(context, self, {band, y, next}) {
  const tone = band.kind === 'broken' ? theme.fail : theme['edge-' + band.kind];
  const x = Math.max(self.left, self.toX(band.from));
  const end = Math.min(self.right, self.toX(band.to));
  if (end < self.left || x > self.right) return;
  const width = Math.max(3, end - x);
  context.globalAlpha = band.kind === 'broken' ? 1 : 0.24;
  context.fillStyle = tone;
  context.fillRect(x, y + 1, width, spanHeight - 4);
  context.globalAlpha = 1;
  context.fillRect(x, y + 1, Math.min(3, width), spanHeight - 4);
  context.font = font(12);
  context.textBaseline = 'middle';
  const room = Math.min(self.right, next === null ? Infinity : self.toX(next)) - x - width - 10;
  const inside = band.kind !== 'broken' && (width >= 40 || width - 12 >= room);
  const text = fitted(context, bandTitle(band), inside ? width - 12 : room);
  context.fillStyle = inside ? theme.text : tone;
  context.textAlign = 'left';
  context.fillText(text, inside ? x + 8 : x + width + 5, y + spanHeight / 2 - 0.5);
}

function drawSpans() {
  const {bars, heads, height} = spanLayout();
  byId('f-spans').hidden = bars.length === 0;
  if (bars.length === 0) return;
  const hit = (t, y) => {
    const near = (axis.to - axis.from) / 150;
    const bar = bars.find((one) => y >= one.y && y < one.y + spanHeight &&
        t >= one.band.from - near && t <= one.band.to + near);
    if (!bar) return `${elapsed(Math.round(t))}\n${utc(t)}`;
    if (bar.band.kind !== 'broken') return bandText(bar.band);
    return `${bar.band.name} first broken\n${elapsed(bar.band.from)} to ${elapsed(bar.band.to)}`;
  };
  panel('spans', {
    height: height + 22, hit, label: 'Phases, deployments and faults over time',
    rows: () => [...new Set(bars.map((bar) => bar.y + spanHeight / 2))],
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

/** Where latencies stand on the heat map's axis, and how strongly counts are coloured. */
function heatScale(heat, bottom) {
  const floor = Math.log(Math.max(heat.edges[0], heat.edges[1] / 2, 1e-6));
  const ceiling = Math.log(heat.edges.at(-1));
  const share = (ms) => Math.max(0, (Math.log(Math.max(ms, 1e-9)) - floor) / (ceiling - floor));
  const toY = (ms) => bottom - share(ms) * (bottom - 4);
  let most = 1;
  heat.columns.forEach((column) => { for (let i = 1; i < column.length; i += 2) most = Math.max(most, column[i]); });
  const shades = Array.from({length: 33}, (_, i) => mixed(i / 32));
  const shade = (count) => shades[Math.round(Math.log1p(count) / Math.log1p(most) * 32)];
  return {toY, shade, most};
}

function heatText(heat, toY, t, y) {
  const i = Math.max(0, Math.min(heat.columns.length - 1, Math.floor(t / heat.step)));
  const row = heat.edges.findIndex((edge, k) => k + 1 < heat.edges.length &&
      y <= toY(edge) && y > toY(heat.edges[k + 1]));
  if (row < 0) return '';
  let count = 0;
  let total = 0;
  for (let k = 0; k < heat.columns[i].length; k += 2) {
    total += heat.columns[i][k + 1];
    if (heat.columns[i][k] === row) count = heat.columns[i][k + 1];
  }
  const share = total > 0 ? ` (${+(100 * count / total).toPrecision(3)} % of ${number(total)})` : '';
  return `${elapsed(i * heat.step)} to ${elapsed(Math.min(data.seconds, (i + 1) * heat.step))}\n` +
      (row === 0 && heat.open_below ? 'up to ' : `${milliseconds(heat.edges[row])} to `) +
      `${milliseconds(heat.edges[row + 1])}\n` +
      `${number(count)} requests${share}`;
}

function drawHeat(subject) {
  const heat = subject.heat;
  byId('f-heat').hidden = heat.edges.length < 2;
  if (heat.edges.length < 2) return null;
  const height = 210;
  const bottom = height - 24;
  const {toY, shade, most} = heatScale(heat, bottom);

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
  const view = panel('heat', {
    height, hit: (t, y) => heatText(heat, toY, t, y), label: 'Latency heat map of ' + subject.name,
    rows: () => heat.edges.slice(1).map((edge, i) => (toY(edge) + toY(heat.edges[i])) / 2).reverse(),
    paint: (context, self) => {
      const area = {left: self.left, right: self.right, top: 4, height: bottom - 4};
      paintBands(context, self.toX, area);
      for (let decade = -6; decade <= 7; ++decade) {
        const y = toY(10 ** decade);
        if (y > bottom - 1 || y < 4) continue;
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
