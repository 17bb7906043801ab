// report.js: draws the charts of the HTML report from the JSON in the page.
// Why by hand beside uPlot: states and heat maps need their own canvases, and every chart shares one
// time axis, one cursor and one zoom. All text reaches the page through textContent or fillText.
(() => {
  'use strict';

  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = (id) => document.getElementById(id);
  const views = [];   // Everything that follows the shared time axis: {range(), time(t), destroy()}.
  const axis = {from: 0, to: data.seconds};
  const smallest = Math.min(data.seconds, 4 * data.step);  // Zooming further shows nothing new.
  let theme = {};
  let busy = false;   // Guards against a view's answer to a broadcast starting another.

  // ---- text ---------------------------------------------------------------------------------

  const two = (n) => String(n).padStart(2, '0');

  function elapsed(seconds) {
    const sign = seconds < 0 ? '-' : '';
    const ms = Math.round(Math.abs(seconds) * 1000);
    const s = Math.floor(ms / 1000);
    const rest = ms % 1000 ? '.' + String(ms % 1000).padStart(3, '0') : '';
    const head = s >= 3600 ? Math.floor(s / 3600) + ':' + two(Math.floor(s / 60) % 60)
                           : String(Math.floor(s / 60));
    return sign + head + ':' + two(s % 60) + rest;
  }

  function utc(seconds) {
    const date = new Date((data.start + Math.floor(seconds)) * 1000);
    return isNaN(date) ? '' : date.toISOString().slice(0, 19).replace('T', ' ') + 'Z';
  }

  function milliseconds(ms) {
    if (ms === null || ms === undefined) return '–';
    if (ms >= 1000) return +(ms / 1000).toPrecision(3) + ' s';
    if (ms >= 1) return +ms.toPrecision(3) + ' ms';
    if (ms >= 1e-3) return +(ms * 1e3).toPrecision(3) + ' µs';
    return +(ms * 1e6).toPrecision(3) + ' ns';
  }

  const number = (n) => n === null || n === undefined ? '–' : n.toLocaleString('en', {maximumFractionDigits: 2});
  const perSecond = (n) => n === null || n === undefined ? '–' : number(n) + '/s';

  // ---- theme --------------------------------------------------------------------------------

  function readTheme() {
    const style = getComputedStyle(document.documentElement);
    theme = new Proxy({}, {get: (seen, name) => seen[name] ??=
        style.getPropertyValue('--' + String(name)).trim()});
  }

  const font = (size, weight = '') => `${weight} ${size}px system-ui, sans-serif`.trim();
  const gutter = () => innerWidth < 720 ? 58 : 92;
  const rightPad = 14;

  /** A colour for a state by what its name says; unknown ones get a colour of their own. */
  function stateColour(name, index) {
    const rules = [
      [/^(gone|absent|stopped|removed|none|off)/, 'absent'],
      [/(not.?ready|unready|hung|slow|degraded|unhealthy|suspect|ejected|back.?off|waiting|pending|stale)/, 'waiting'],
      [/(down|crash|dead|lost|fault|fail|unreachable|given)/, 'down'],
      [/(drain|stopping|evacuat|leaving|terminat|shutting)/, 'leaving'],
      [/(start|boot|creat|plac|warm|stag)/, 'starting'],
      [/(ready|up|running|healthy|ok)/, 'ready'],
    ];
    const rule = rules.find(([pattern]) => pattern.test(name.toLowerCase()));
    return theme[rule ? rule[1] : 'c' + (index % 12)];
  }

  // ---- the shared axis ----------------------------------------------------------------------

  function setRange(from, to) {
    const middle = (from + to) / 2;
    const width = Math.min(data.seconds, Math.max(smallest, to - from));
    axis.from = Math.max(0, Math.min(data.seconds - width, middle - width / 2));
    axis.to = axis.from + width;
    byId('unzoom').hidden = width >= data.seconds;
    views.forEach((view) => view.range());
  }

  function setTime(t, source) {
    if (busy) return;
    busy = true;
    views.forEach((view) => { if (view !== source) view.time(t); });
    busy = false;
  }

  function zoom(factor, t) {
    const width = (axis.to - axis.from) * factor;
    const share = (t - axis.from) / (axis.to - axis.from);
    setRange(t - width * share, t + width * (1 - share));
  }

  /** Arrow keys, + - and Escape, the same on every chart. `move(steps)` gives the new time. */
  function onKeys(element, move, up) {
    element.tabIndex = 0;
    element.addEventListener('keydown', (event) => {
      const far = event.shiftKey ? 10 : 1;
      switch (event.key) {
        case 'ArrowLeft': move(-far); break;
        case 'ArrowRight': move(far); break;
        case 'ArrowUp': if (!up) return; up(-1); break;
        case 'ArrowDown': if (!up) return; up(1); break;
        case '+': case '=': zoom(0.5, move(0)); break;
        case '-': zoom(2, move(0)); break;
        case 'Escape': setRange(0, data.seconds); hideTip(); break;
        default: return;
      }
      event.preventDefault();
    });
  }

  function timeSteps() {
    const nice = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200,
                  86400, 172800, 604800];
    return [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, ...nice];
  }

  // ---- tooltip ------------------------------------------------------------------------------

  const tip = byId('tip');

  function showTip(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = x + 16 + box.width > innerWidth ? x - box.width - 12 : x + 16;
    const top = y + 16 + box.height > innerHeight ? y - box.height - 12 : y + 16;
    tip.style.left = Math.max(4, left) + 'px';
    tip.style.top = Math.max(4, top) + 'px';
  }

  function hideTip() { tip.hidden = true; }

  // ---- bands --------------------------------------------------------------------------------

  const bandTitle = (band) => band.name + (band.occurrence > 1 ? ' (' + band.occurrence + ')' : '');

  function bandText(band) {
    const end = band.open ? 'the end' : elapsed(band.to);
    return `${band.kind} ${bandTitle(band)}\n${elapsed(band.from)} to ${end}` +
        ` (${elapsed(band.to - band.from)})\n${utc(band.from)}`;
  }

  function paintBands(context, toX, top, height, left, right) {
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, height);
    context.clip();
    const phases = data.bands.filter((band) => band.kind === 'phase');
    phases.forEach((band, i) => {
      if (i % 2 === 0) return;
      context.fillStyle = theme['band-phase'];
      context.fillRect(toX(band.from), top, toX(band.to) - toX(band.from), height);
    });
    for (const band of data.bands) {
      if (band.kind === 'phase') continue;
      const x = toX(band.from);
      context.fillStyle = theme['band-' + band.kind];
      context.fillRect(x, top, Math.max(1, toX(band.to) - x), height);
      context.fillStyle = theme['edge-' + band.kind];
      context.fillRect(Math.round(x), top, Math.max(1, devicePixelRatio), height);
    }
    context.restore();
  }

  // ---- line charts --------------------------------------------------------------------------

  function xAxis() {
    return {stroke: theme.muted, grid: {stroke: theme.grid, width: 1}, ticks: {stroke: theme.grid},
            incrs: timeSteps(), space: 80, font: font(12), size: 30,
            values: (u, splits) => splits.map(elapsed)};
  }

  /** Gaps in what a zoomed chart shows are real; a lone point between two of them still shows. */
  function lineChart(holder, {height, series, table, scale, format, limits = [], kind}) {
    const element = byId(holder) ?? holder;
    const axisValues = format ?? number;
    const options = {
      width: element.clientWidth, height, padding: [8, rightPad, 0, 0],
      cursor: {drag: {x: true, y: false, setScale: false}, points: {size: 6},
               bind: {dblclick: () => () => setRange(0, data.seconds)}},
      legend: {live: true},
      scales: {x: {time: false, auto: false, range: () => [axis.from, axis.to]}, y: scale},
      axes: [xAxis(), {stroke: theme.muted, grid: {stroke: theme.grid, width: 1},
                       ticks: {stroke: theme.grid}, size: gutter(), font: font(12),
                       values: (u, splits) => splits.map((v) => v === null ? null : axisValues(v))}],
      series: [{label: 'time', value: (u, v) => v === null ? '–' : elapsed(v)},
               ...series.map((one) => ({width: 1.5, points: {show: false}, ...one}))],
      hooks: {
        drawClear: [(u) => paintBands(u.ctx, (t) => u.valToPos(t, 'x', true), u.bbox.top,
                                      u.bbox.height, u.bbox.left, u.bbox.left + u.bbox.width)],
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
      resize: () => plot.setSize({width: element.clientWidth, height}),
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

  const middles = (count) => Array.from({length: count}, (_, i) =>
      Math.min(data.seconds, (i + 0.5) * data.step));
  const colour = (i) => theme['c' + (i % 12)];

  function rangeFromZero(u, low, high) { return [0, high === null || high <= 0 ? 1 : high * 1.08]; }

  function drawLatency(subject) {
    const positive = (values) => values.map((v) => v > 0 ? v : null);
    const limits = data.expectations
        .filter((one) => one.subject === subject.name && one.bound_ms > 0)
        .map((one) => ({name: `${one.name}: ${one.metric} ${milliseconds(one.bound_ms)}`, value: one.bound_ms}));
    const bounds = limits.map((limit) => limit.value);
    const value = (u, v) => milliseconds(v);
    const series = [
      {label: 'p50', stroke: theme.p50, width: 1.5, value},
      {label: 'p90', stroke: theme.p90, width: 1.5, value},
      {label: 'p99', stroke: theme.p99, width: 2, value},
    ];
    const table = [middles(subject.p50.length), positive(subject.p50), positive(subject.p90),
                   positive(subject.p99)];
    if (subject.twin_p99) {
      series.push({label: 'p99 without faults', stroke: theme.twin, width: 1.5, dash: [5, 4], value});
      table.push(positive(subject.twin_p99));
    }
    return lineChart('latency', {
      height: 270, series, table, limits, format: milliseconds, kind: 'Latency percentiles',
      scale: {distr: 3, range: (u, low, high) => low === null || !(low > 0) ? [1, 1000]
          : uPlot.rangeLog(Math.min(low, ...bounds), Math.max(high, ...bounds), 10, false)},
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
      height: 170, kind: 'Failures by reason', format: perSecond,
      table: [table[0], ...order.map((i) => table[i + 1])],
      series: order.map((i) => ({
        label: subject.failed[i].reason.replaceAll('_', ' '), stroke: colour(i + 1),
        fill: colour(i + 1), width: 1, paths: uPlot.paths.stepped({align: 1}),
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
        table: [middles(app.lines[0].values.length), ...app.lines.map((line) => line.values)],
        series: app.lines.map((line, i) => ({label: line.name, stroke: colour(i), width: 1.3,
                                             value: (u, v) => perSecond(v)})),
      });
    }
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
      height: 180, kind: 'How many', table, scale: {range: rangeFromZero},
      series: data.steps.map((one, i) => ({
        label: `${one.metric.replaceAll('_', ' ')} ${one.subject}`, stroke: colour(i), width: 1.8,
        paths: uPlot.paths.stepped({align: 1}), value: (u, v) => number(v)})),
    });
  }

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
    while (length > 1 && context.measureText(text.slice(0, length) + '…').width > width) --length;
    return text.slice(0, length) + '…';
  }

  function gutterText(context, self, text, y) {
    context.fillStyle = theme.muted;
    context.font = font(12);
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillText(fitted(context, text, self.left - 12), self.left - 8, y);
  }

  function paintTimeAxis(context, self, y) {
    const steps = timeSteps();
    const wanted = (axis.to - axis.from) / Math.max(2, (self.right - self.left) / 90);
    const step = steps.find((one) => one >= wanted) ?? steps.at(-1);
    context.font = font(12);
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (let t = Math.ceil(axis.from / step) * step; t <= axis.to + 1e-9; t += step) {
      const x = self.toX(t);
      context.fillStyle = theme.grid;
      context.fillRect(Math.round(x), y, 1, 4);
      context.fillStyle = theme.muted;
      context.fillText(elapsed(t), Math.min(x, self.right - 8), y + 6);
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
      for (const {band, row} of some) bars.push({band, y: height + row * rowHeight});
      height += (1 + Math.max(...some.map((one) => one.row))) * rowHeight + 4;
    }
    byId('f-spans').hidden = bars.length === 0;
    if (bars.length === 0) return;

    const paintBar = (context, self, {band, y}) => {
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
      const text = bandTitle(band);
      const length = context.measureText(text).width;
      const middle = y + rowHeight / 2 - 0.5;
      if (length + 12 <= width && band.kind !== 'broken') {
        context.fillStyle = theme.text;
        context.textAlign = 'left';
        context.fillText(text, x + 8, middle);
      } else {
        context.fillStyle = band.kind === 'phase' ? theme.muted : tone;
        const outside = x + width + 6;
        context.textAlign = outside + length > self.right ? 'right' : 'left';
        context.fillText(text, outside + length > self.right ? x - 6 : outside, middle);
      }
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
        paintBands(context, self.toX, 4, bottom - 4, self.left, self.right);
        for (let decade = -6; decade <= 7; ++decade) {
          const y = toY(10 ** decade);
          if (y > bottom || y < 4) continue;
          context.fillStyle = theme.grid;
          context.fillRect(self.left, Math.round(y), self.right - self.left, 1);
          gutterText(context, self, milliseconds(10 ** decade), y);
        }
        heat.columns.forEach((column, i) => paintColumn(context, self, column, i));
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
        paintBands(context, self.toX, 0, height, self.left, self.right);
        rows.forEach((row) => paintLane(context, self, row));
        paintTimeAxis(context, self, height + 2);
      },
    });
    laneKey(names, colours, leftOut);
  }

  function laneKey(names, colours, leftOut) {
    byId('f-lanes').querySelector('.keys')?.remove();
    const list = document.createElement('ul');
    list.className = 'keys';
    names.forEach((name, i) => {
      const item = document.createElement('li');
      const mark = document.createElement('i');
      mark.style.background = colours[i];
      item.append(mark, name);
      list.append(item);
    });
    if (leftOut > 0) {
      const item = document.createElement('li');
      item.textContent = `${number(leftOut)} lanes with fewer changes are not shown`;
      list.append(item);
    }
    byId('f-lanes').append(list);
  }

  // ---- the whole ----------------------------------------------------------------------------

  let shown = data.first_subject;
  let ofSubject = [];

  function drawSubject() {
    ofSubject.forEach((view) => view && view.destroy());
    const subject = data.subjects[shown];
    for (const id of ['f-latency', 'f-failures', 'f-heat']) byId(id).hidden = !subject;
    ofSubject = subject ? [drawLatency(subject), drawFailures(subject), drawHeat(subject)] : [];
  }

  function drawAll() {
    [...views].forEach((view) => view.destroy());
    ofSubject = [];
    readTheme();
    drawSpans();
    drawSubject();
    drawRates();
    drawSteps();
    drawLanes();
  }

  function fillSubjects() {
    const select = byId('subject');
    data.subjects.forEach((subject, i) => select.add(new Option(`${subject.name} (${subject.kind})`, i)));
    if (data.subjects_left_out > 0) {
      const rest = new Option(`${data.subjects_left_out} more: see series.csv`, '');
      rest.disabled = true;
      select.add(rest);
    }
    select.value = String(shown);
    select.closest('label').hidden = data.subjects.length === 0;
    select.addEventListener('change', () => { shown = Number(select.value); drawSubject(); });
  }

  async function copyCommand() {
    const code = byId('command');
    try {
      await navigator.clipboard.writeText(code.textContent);
      byId('copy').textContent = 'Copied';
    } catch {  // Browsers may refuse the clipboard to pages from files: select it instead.
      getSelection().selectAllChildren(code);
    }
  }

  fillSubjects();
  drawAll();
  byId('unzoom').addEventListener('click', () => setRange(0, data.seconds));
  byId('copy').addEventListener('click', copyCommand);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  let width = byId('charts').clientWidth;
  new ResizeObserver(() => {
    if (byId('charts').clientWidth === width) return;
    width = byId('charts').clientWidth;
    drawAll();
  }).observe(byId('charts'));
  document.documentElement.dataset.drawn = 'yes';
})();
