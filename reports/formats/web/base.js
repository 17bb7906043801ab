// base.js: what every chart of the HTML report shares: data, text, colours, the time axis, bands.
// Why by hand beside uPlot: every chart has one time axis, one cursor and one zoom. All text reaches
// the page through textContent or fillText, because names in it are hostile.
// CMake joins base.js, plots.js, panels.js and report.js into one strict function of the page.

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
  if (ms === null || ms === undefined) return '';
  if (ms >= 1000) return +(ms / 1000).toPrecision(3) + ' s';
  if (ms >= 1) return +ms.toPrecision(3) + ' ms';
  if (ms >= 1e-3) return +(ms * 1e3).toPrecision(3) + ' µs';
  return +(ms * 1e6).toPrecision(3) + ' ns';
}

const number = (n) => n === null || n === undefined ? '' : n.toLocaleString('en', {maximumFractionDigits: 2});
const perSecond = (n) => n === null || n === undefined ? '' : number(n) + '/s';

// ---- theme --------------------------------------------------------------------------------

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  theme = new Proxy({}, {get: (seen, name) => seen[name] ??=
      style.getPropertyValue('--' + String(name)).trim()});
}

const font = (size, weight = '') => `${weight} ${size}px system-ui, sans-serif`.trim();
const gutter = () => innerWidth < 720 ? 58 : 92;
const rightPad = 30;  // Room for half of the last time label.

/** A colour for a state by what its name says; unknown ones get a colour of their own. */
function stateColour(name, index) {
  const rules = [
    [/^(gone|absent|stopped|removed|none|off)/, 'absent'],
    [/(not.?ready|unready|hung|slow|degraded|unhealthy|suspect|ejected|back.?off|waiting|pending|stale)/, 'waiting'],
    [/(down|crash|dead|lost|fault|fail|unreachable|given)/, 'down'],
    [/(drain|stopping|evacuat|leaving|terminat|shutting)/, 'leaving'],
    [/(start|boot|creat|plac|warm|stag|pull)/, 'starting'],
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

/** Round times for the labels of an axis so many pixels wide; the same on every chart. */
function timeSplits(pixels) {
  const nice = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
                14400, 21600, 43200, 86400, 172800, 604800, 2592000, 31536000];
  const least = (axis.to - axis.from) / Math.max(2, pixels / 84);
  const step = nice.find((one) => one >= least) ?? nice.at(-1);
  const splits = [];
  for (let i = Math.ceil(axis.from / step - 1e-9); i * step <= axis.to + step * 1e-9; ++i) splits.push(i * step);
  return splits;
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

function clipped(context, area, paint) {
  context.save();
  context.beginPath();
  context.rect(area.left, area.top, area.right - area.left, area.height);
  context.clip();
  paint();
  context.restore();
}

/** Every second phase, and every deployment and fault, behind what a chart draws. */
function paintBands(context, toX, area) {
  const phases = data.bands.filter((band) => band.kind === 'phase');
  const others = data.bands.filter((band) => band.kind !== 'phase');
  clipped(context, area, () => {
    for (const band of [...phases.filter((_, i) => i % 2 === 1), ...others]) {
      const x = toX(band.from);
      context.fillStyle = theme['band-' + band.kind];
      context.fillRect(x, area.top, Math.max(1, toX(band.to) - x), area.height);
    }
  });
}

/** A line where a deployment or fault begins, on top. */
function paintEdges(context, toX, area) {
  clipped(context, area, () => {
    for (const band of data.bands) {
      if (band.kind === 'phase') continue;
      context.fillStyle = theme['edge-' + band.kind];
      context.fillRect(Math.round(toX(band.from)), area.top, area.line ?? 1, area.height);
    }
  });
}
