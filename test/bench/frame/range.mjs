function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export const range = (numbers) => ({
  middle: median(numbers),
  low: Math.min(...numbers),
  high: Math.max(...numbers),
})
