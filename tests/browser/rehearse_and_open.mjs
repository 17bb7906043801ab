// rehearse_and_open.mjs: runs the command on a scenario and opens the report it wrote.
// Why: the page a user opens must say what the manifest beside it says, at every width and theme.
//
//   node rehearse_and_open.mjs LEAPDAY SCENARIO.yaml [SCREENSHOT.png]
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {openReport} from './open_report.mjs';

const [leapday, scenario, screenshot] = process.argv.slice(2);
if (!scenario) {
  console.error('usage: node rehearse_and_open.mjs LEAPDAY SCENARIO.yaml [SCREENSHOT.png]');
  process.exit(2);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leapday-report-'));
const complaints = [];
try {
  const run = path.join(folder, 'run');
  const command = spawnSync(leapday, ['run', scenario, '--out', run, '--progress', 'never'],
                            {encoding: 'utf8'});
  if (![0, 1, 3].includes(command.status)) {
    complaints.push(`leapday run exited with ${command.status}: ${command.stderr}`);
  } else {
    const {outcome} = JSON.parse(fs.readFileSync(path.join(run, 'manifest.json'), 'utf8'));
    const report = path.join(run, 'report.html');
    for (const [dark, width] of [[false, 1180], [true, 1180], [false, 420]]) {
      const picture = screenshot && !dark && width > 1000 ? screenshot : undefined;
      const {complaints: some, seen} = await openReport(report, outcome, picture, {dark, width});
      complaints.push(...some.map((one) => `${dark ? 'dark' : 'light'}, ${width} px: ${one}`));
      console.log(JSON.stringify(seen));
    }
  }
} catch (error) {
  complaints.push(error.stack);
} finally {
  fs.rmSync(folder, {recursive: true, force: true});
}
complaints.forEach((complaint) => console.error(complaint));
process.exit(complaints.length === 0 ? 0 : 1);
