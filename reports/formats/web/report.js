// report.js: puts the charts onto the page and keeps them there through zoom, theme and width.
// Why last: it starts what the other files define.
// CMake joins base.js, plots.js, panels.js and report.js into one strict function of the page.

// ---- the whole ----------------------------------------------------------------------------

let shown = data.first_subject;
let ofSubject = [];

function drawSubject() {
  ofSubject.forEach((view) => view && view.destroy());
  const subject = data.subjects[shown];
  for (const id of ['f-latency', 'f-traffic', 'f-failures', 'f-heat']) byId(id).hidden = !subject;
  ofSubject = subject ? [drawLatency(subject), drawTraffic(subject), drawFailures(subject),
                         drawHeat(subject)] : [];
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
  byId('charts').hidden = views.length === 0;
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
