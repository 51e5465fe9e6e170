// Two plots as SVG, drawn without a library.

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [640, 400, 150, 50];
const COLOURS = { nox: '#1b6ca8', other: '#8a8a8a' };

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const text = (x, y, content, anchor = 'start') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escape(content)}</text>`;
const svg = (height, parts) => `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
const seconds = (ms) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`);

/** Time over links, both on logarithmic axes: a straight line of slope 1 is linear growth. */
export function growthPlot(points) {
  const all = points.flatMap(({ nox, c }) => [nox.min, nox.max, c.min, c.max]);
  const decades = (values) => [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const [fromX, toX] = decades(points.map(({ links }) => links));
  const [fromY, toY] = decades(all);
  const x = (links) => 80 + ((Math.log10(links) - fromX) / (toX - fromX)) * (WIDTH - 120);
  const y = (ms) => HEIGHT - BOTTOM - ((Math.log10(ms) - fromY) / (toY - fromY)) * (HEIGHT - BOTTOM - 40);
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, step) => from + step);
  const grid = [
    ...range(fromX, toX).map((power) => `<path d="M${x(10 ** power)} 40V${HEIGHT - BOTTOM}" stroke="#ddd"/>${text(x(10 ** power), HEIGHT - BOTTOM + 18, (10 ** power).toLocaleString('en'), 'middle')}`),
    ...range(fromY, toY).map((power) => `<path d="M80 ${y(10 ** power)}H${WIDTH - 40}" stroke="#ddd"/>${text(74, y(10 ** power) + 4, seconds(10 ** power), 'end')}`),
  ];
  const line = (who, colour, label, place) => [
    `<path fill="none" stroke="${colour}" stroke-width="2" d="${points.map((point, at) => `${at === 0 ? 'M' : 'L'}${x(point.links).toFixed(1)} ${y(point[who].median).toFixed(1)}`).join('')}"/>`,
    ...points.map((point) => `<path stroke="${colour}" d="M${x(point.links).toFixed(1)} ${y(point[who].min).toFixed(1)}V${y(point[who].max).toFixed(1)}"/><circle cx="${x(point.links).toFixed(1)}" cy="${y(point[who].median).toFixed(1)}" r="3" fill="${colour}"/>`),
    `<rect x="90" y="${place - 9}" width="12" height="10" fill="${colour}"/>${text(108, place, label)}`,
  ];
  return svg(HEIGHT, [text(80, 24, 'First build, full layout: time over links'), ...grid, ...line('nox', COLOURS.nox, 'nox', 60), ...line('c', COLOURS.other, 'C program, one syncfs', 78), text(WIDTH / 2, HEIGHT - 10, 'links', 'middle')]);
}

/** Median times as bars, with a line from the least to the most. */
export function peersPlot(peers) {
  const entries = Object.entries(peers);
  const longest = Math.max(...entries.map(([, { max }]) => max));
  const width = (ms) => (ms / longest) * (WIDTH - LEFT - 90);
  const height = 50 + entries.length * 26;
  const bars = entries.flatMap(([name, { min, median, max }], at) => {
    const top = 40 + at * 26;
    return [
      text(LEFT - 8, top + 14, name, 'end'),
      `<rect x="${LEFT}" y="${top}" width="${width(median).toFixed(1)}" height="18" fill="${name.startsWith('nox') ? COLOURS.nox : COLOURS.other}"/>`,
      `<path stroke="black" d="M${(LEFT + width(min)).toFixed(1)} ${top + 9}H${(LEFT + width(max)).toFixed(1)}"/>`,
      text(LEFT + width(max) + 6, top + 14, seconds(median)),
    ];
  });
  return svg(height, [text(LEFT, 24, 'One profile of real packages: median, least to most'), ...bars]);
}
