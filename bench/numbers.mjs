/** The middle one. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** Rounded to some digits after the point. */
export function rounded(number, digits) {
  return Number(number.toFixed(digits));
}

/** How steeply `y` rises with `x`, by least squares. */
export function slope(points) {
  return line(points).slope;
}

/** The line nearest to the points, by least squares: how steeply it rises, and the standard error of that. */
export function line(points) {
  const mean = (key) => points.reduce((sum, point) => sum + point[key], 0) / points.length;
  const [x, y] = [mean('x'), mean('y')];
  const sum = (value) => points.reduce((total, point) => total + value(point), 0);
  const squares = sum((point) => (point.x - x) ** 2);
  const slope = sum((point) => (point.x - x) * (point.y - y)) / squares;
  const off = sum((point) => (point.y - y - slope * (point.x - x)) ** 2);
  return { slope, error: Math.sqrt(off / (points.length - 2) / squares) };
}
