// plots.js: the line charts, drawn by uPlot.
// Why: percentiles, failures and rates over time are what a reader looks for first.
// CMake joins base.js, plots.js, panels.js and report.js into one strict function of the page.

// ---- line charts --------------------------------------------------------------------------

function xAxis() {
  return {stroke: theme.muted, grid: {stroke: theme.grid, width: 1}, ticks: {stroke: theme.grid},
          font: font(12), size: 30,
          splits: (u) => timeSplits(u.bbox.width / devicePixelRatio),
          values: (u, splits) => splits.map(elapsed)};
}

/** Points with a gap on both sides: no line would show them. */
function lonely(u, index) {
  const values = u.data[index];
  const there = (v) => v !== null && v !== undefined;
  return [...values.keys()].filter((i) => there(values[i]) && !there(values[i - 1]) && !there(values[i + 1]));
}

/** `held`: values hold until the next point, so the cursor reads the last one before it. */
function lineChart(holder, {height, series, table, scale, format, limits = [], kind, held = false}) {
  const element = byId(holder) ?? holder;
  const axisValues = format ?? number;
  const options = {
    width: element.clientWidth, height, padding: [8, rightPad, 0, 0],
    cursor: {drag: {x: true, y: false, setScale: false}, points: {size: 6},
             dataIdx: (u, line, at, t) => held && at > 0 && u.data[0][at] > t ? at - 1 : at,
             bind: {dblclick: () => () => setRange(0, data.seconds)}},
    legend: {live: true},
    scales: {x: {time: false, auto: false, range: () => [axis.from, axis.to]}, y: scale},
    axes: [xAxis(), {stroke: theme.muted, grid: {stroke: theme.grid, width: 1},
                     ticks: {stroke: theme.grid}, size: gutter(), font: font(12),
                     values: (u, splits) => splits.map((v) => v === null ? null : axisValues(v))}],
    series: [{label: 'time', value: (u, v) => v === null ? '' : elapsed(v)},
             ...series.map((one) => ({width: 1.5, points: {show: true, size: 4, filter: lonely}, ...one}))],
    hooks: {
      drawClear: [(u) => {
        const area = {left: u.bbox.left, right: u.bbox.left + u.bbox.width, top: u.bbox.top,
                      height: u.bbox.height, line: devicePixelRatio};
        paintBands(u.ctx, (t) => u.valToPos(t, 'x', true), area);
        paintEdges(u.ctx, (t) => u.valToPos(t, 'x', true), area);
      }],
      draw: [(u) => limits.forEach((limit) => paintLimit(u, limit))],
      setCursor: [(u) => { if (!busy && u.cursor.left >= 0) setTime(u.posToVal(u.cursor.left, 'x'), view); }],
      setSelect: [(u) => {
        if (u.select.width > 4) {
          setRange(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'));
        }
        u.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
      }],
    },
  };
  element.replaceChildren();
  const plot = new uPlot(options, table, element);
  const view = {
    element,
    range: () => plot.setScale('x', {min: axis.from, max: axis.to}),
    time: (t) => plot.setCursor({left: plot.valToPos(t, 'x'), top: -10}, false),
    destroy: () => { plot.destroy(); views.splice(views.indexOf(view), 1); },
  };
  let at = null;
  element.setAttribute('role', 'group');
  element.setAttribute('aria-label', kind + ', chart; arrow keys read values');
  if (!element.dataset.keys) {
    element.dataset.keys = 'on';
    onKeys(element, (steps) => element.moveCursor(steps));
  }
  element.moveCursor = (steps) => {
    const last = table[0].length - 1;
    at = at === null ? plot.valToIdx((axis.from + axis.to) / 2) : at + steps;
    at = Math.max(0, Math.min(last, at));
    const t = table[0][at];
    plot.setCursor({left: plot.valToPos(t, 'x'), top: -10});
    return t;
  };
  focusableLegend(element);
  views.push(view);
  return view;
}

/** uPlot's legend switches lines on and off by mouse; this adds the keyboard. */
function focusableLegend(element) {
  element.querySelectorAll('.u-legend .u-series').forEach((row, i) => {
    const head = row.querySelector('th');
    if (i === 0 || !head) return;
    head.tabIndex = 0;
    head.setAttribute('role', 'button');
    head.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      event.stopPropagation();
      head.click();
    });
  });
}

function paintLimit(u, limit) {
  const y = u.valToPos(limit.value, 'y', true);
  if (!(y >= u.bbox.top && y <= u.bbox.top + u.bbox.height)) return;
  const context = u.ctx;
  const scale = devicePixelRatio;
  context.save();
  context.strokeStyle = theme.fail;
  context.lineWidth = scale;
  context.setLineDash([7 * scale, 4 * scale]);
  context.beginPath();
  context.moveTo(u.bbox.left, y);
  context.lineTo(u.bbox.left + u.bbox.width, y);
  context.stroke();
  context.fillStyle = theme.fail;
  context.font = font(12 * scale);
  context.textAlign = 'right';
  context.fillText(limit.name, u.bbox.left + u.bbox.width - 6 * scale, y - 5 * scale);
  context.restore();
}

const middles = (count, step) => Array.from({length: count}, (_, i) =>
    Math.min(data.seconds, (i + 0.5) * step));
const colour = (i) => theme['c' + (i % 12)];

function rangeFromZero(u, low, high) { return [0, high === null || high <= 0 ? 1 : high * 1.08]; }

function drawLatency(subject) {
  const positive = (values) => values.map((v) => v > 0 ? v : null);
  const limits = data.expectations
      .filter((one) => one.subject === subject.name && one.bound_ms > 0)
      .map((one) => ({name: `${one.name}: ${one.metric} ${milliseconds(one.bound_ms)}`, value: one.bound_ms}));
  const bounds = limits.map((limit) => limit.value);
  const lines = [
    {label: 'p50', stroke: theme.p50, values: subject.p50},
    {label: 'p90', stroke: theme.p90, values: subject.p90},
    {label: 'p99 without the faults', stroke: theme.twin, dash: [4, 3], values: subject.twin_p99},
    {label: 'p99', stroke: theme.p99, width: 2, values: subject.p99},
  ].filter((line) => line.values);
  const table = [middles(subject.p50.length, data.step), ...lines.map((line) => positive(line.values))];
  const series = lines.map(({values, ...line}) => ({...line, value: (u, v) => milliseconds(v)}));
  return lineChart('latency', {
    height: 270, series, table, limits, format: milliseconds, kind: 'Latency percentiles',
    scale: {distr: 3, range: (u, low, high) => low === null || !(low > 0) ? [1, 1000]
        : uPlot.rangeLog(Math.min(low, ...bounds), Math.max(high, ...bounds), 10, false)},
  });
}

/** The gap between the two lines is what failed or never came back. */
function drawTraffic(subject) {
  return lineChart('traffic', {
    height: 150, kind: 'Requests per second', format: perSecond, scale: {range: rangeFromZero},
    table: [middles(subject.sent.length, data.step), subject.sent, subject.answered],
    series: [{label: 'sent', stroke: theme.twin, width: 1.8, value: (u, v) => perSecond(v)},
             {label: 'answered', stroke: theme.c2, width: 1.3, value: (u, v) => perSecond(v)}],
  });
}

/** Stacked: every line is drawn on top of those after it, and shows its own value. */
function drawFailures(subject) {
  const figure = byId('f-failures');
  figure.hidden = subject.failed.length === 0;
  if (figure.hidden) return null;
  const count = subject.sent.length;
  const table = [Array.from({length: count + 1}, (_, i) => Math.min(data.seconds, i * data.step))];
  const sums = new Array(count).fill(0);
  for (const one of subject.failed) {
    one.values.forEach((v, i) => { sums[i] = v === null ? null : sums[i] + v; });
    table.push([...sums, sums[count - 1]]);
  }
  const order = subject.failed.map((_, i) => i).reverse();  // The tallest first, then over it.
  return lineChart('failures', {
    height: 170, held: true, kind: 'Failures by reason', format: perSecond,
    table: [table[0], ...order.map((i) => table[i + 1])],
    series: order.map((i) => ({
      label: subject.failed[i].reason.replaceAll('_', ' '), stroke: colour(i + 1),
      fill: colour(i + 1), width: 0, paths: uPlot.paths.stepped({align: 1}),
      value: (u, v, s, at) => perSecond(at === null ? null : subject.failed[i].values[Math.min(at, count - 1)]),
    })),
    scale: {range: rangeFromZero},
  });
}

function drawRates() {
  const place = byId('rates');
  place.replaceChildren();
  for (const app of data.rates) {
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = 'Requests per second by instance of ' + app.app + ' ';
    const small = document.createElement('small');
    small.textContent = app.envelope ? `the busiest, median and quietest of ${app.instances}` : '';
    caption.append(small);
    const plot = document.createElement('div');
    plot.className = 'plot';
    figure.append(caption, plot);
    place.append(figure);
    lineChart(plot, {
      height: 200, kind: caption.textContent, format: perSecond, scale: {range: rangeFromZero},
      table: [middles(app.lines[0].values.length, data.rate_step), ...app.lines.map((line) => line.values)],
      series: app.lines.map((line, i) => ({label: line.name, stroke: colour(i), width: 1.3,
                                           value: (u, v) => perSecond(v)})),
    });
  }
}

/** "shop ready", "z1 hosts up", and not "hosts hosts up". */
function stepLabel({metric, subject}) {
  const words = metric.replaceAll('_', ' ');
  return words.startsWith(subject + ' ') ? 'all ' + words : `${subject} ${words}`;
}

/** Steps have their own times each: they are joined on one axis, and gaps mean no change. */
function drawSteps() {
  const figure = byId('f-steps');
  figure.hidden = data.steps.length === 0;
  if (figure.hidden) return;
  const held = data.steps.map((one) => [
    [...one.at, Math.max(data.seconds, one.at.at(-1) + 0.001)], [...one.values, one.values.at(-1)]]);
  const table = uPlot.join(held);
  for (const column of table.slice(1)) {
    for (let i = 1; i < column.length; ++i) column[i] ??= column[i - 1];
  }
  lineChart('steps', {
    height: 180, held: true, kind: 'How many', table, scale: {range: rangeFromZero},
    series: data.steps.map((one, i) => ({
      label: stepLabel(one), stroke: colour(i), width: 1.8,
      paths: uPlot.paths.stepped({align: 1}), value: (u, v) => number(v)})),
  });
}
