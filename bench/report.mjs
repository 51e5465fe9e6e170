// The table, on the terminal and in docs/performance.md.
import fs from 'node:fs';
import { growthPlot, peersPlot } from './plot.mjs';
import { repository } from './tools.mjs';

const [BEGIN, END] = ['<!-- bench:begin -->', '<!-- bench:end -->'];

/** `met`, `not met`, or `-` where there is no target; the median decides. */
function verdict({ target, atLeast, figure, absent, missed }) {
  if (absent !== undefined) return `not measured: ${absent}`;
  if (missed !== undefined) return `not met: ${missed}`;
  if (target === null) return '-';
  return (atLeast ? figure.median >= target : figure.median <= target) ? 'met' : 'not met';
}

const digits = (value, unit) => (unit === '' || unit === 'MB' || value >= 100 ? value.toFixed(0) : value.toFixed(2));

function cells(row) {
  const { what, target, atLeast, unit, figure, note } = row;
  const goal = target === null ? '' : `${atLeast ? 'at least' : 'at most'} ${target}${unit === '' ? '' : ` ${unit}`}`;
  const figures = figure === undefined ? ['', '', ''] : [figure.median, figure.min, figure.max].map((value) => digits(value, unit));
  return [what, goal, ...figures, verdict(row), note ?? ''];
}

const HEADINGS = ['what', 'target', 'median', 'min', 'max', 'verdict', 'how'];

/** Rows of one group in aligned columns. */
export function textTable({ title, rows }) {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  return [title, ...lines.map((line) => `  ${line.map((cell, at) => (at >= 2 && at <= 4 ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join('  ').trimEnd()}`)].join('\n');
}

function markdown(report) {
  const { machine, versions, groups } = report;
  const peers = Object.entries(versions).filter(([, version]) => version !== null).map(([name, version]) => `${name}: ${version}`);
  const parts = [
    `Measured on ${report.date}: ${machine.processor}, ${machine.memory}, ${machine.system}, ${machine.fileSystem}; load ${machine.load} at the start and ${report.loadAtEnd} at the end; ${report.rounds} rounds.`,
    `Peers: ${peers.join('; ')}.`,
    ...groups.map(({ title, rows }) => [`### ${title[0].toUpperCase()}${title.slice(1)}`, '', table([HEADINGS, HEADINGS.map((_, at) => (at >= 2 && at <= 4 ? '--:' : '---')), ...rows.map(cells)])].join('\n')),
    ['### Times and their noise', '', 'Wall time in milliseconds.', '', table([['what', 'median', 'min', 'max', 'rounds'], ['---', '--:', '--:', '--:', '--:'], ...groups.flatMap(({ seconds }) => Object.entries(seconds).map(([name, { median, min, max, count }]) => [name, ...[median, min, max].map((ms) => digits(ms, 'ms')), String(count)]))])].join('\n'),
  ];
  return parts.join('\n\n');
}

const table = (lines) => lines.map((line) => `| ${line.join(' | ')} |`).join('\n');

/** Puts the report between the markers of docs/performance.md, and the plots beside it. */
export function writeReport(report) {
  const docs = `${repository}/docs`;
  const file = `${docs}/performance.md`;
  const text = fs.readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no lines ${BEGIN} and ${END}`);
  fs.writeFileSync(file, `${text.slice(0, from + BEGIN.length)}\n\n${markdown(report)}\n\n${text.slice(to)}`);
  for (const { growth, peers } of report.groups) {
    if (growth !== undefined) fs.writeFileSync(`${docs}/performance-growth.svg`, growthPlot(growth));
    if (peers !== undefined) fs.writeFileSync(`${docs}/performance-peers.svg`, peersPlot(peers));
  }
}
