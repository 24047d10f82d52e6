// The chart of a report: what the table says, drawn. Without this script the table stands alone.
(() => {
  const canvas = document.querySelector("[data-report-chart]");
  const source = document.getElementById("report-chart");
  if (!canvas || !source || !window.Chart) return;
  const drawn = JSON.parse(source.textContent);
  const rtl = document.documentElement.dir === "rtl";
  let chart;
  const draw = () => {
    const style = getComputedStyle(canvas.closest("figure"));
    const ink = style.color;
    const line = `color-mix(in srgb, ${ink} 18%, transparent)`;
    // Custom properties may be light-dark(…): a probe makes a color of them. Each its own, because a color
    // that changes may be asked for while it is still on its way.
    const color = (number) => {
      const probe = document.createElement("i");
      probe.style.color = `var(--q-series-${(number % 3) + 1})`;
      canvas.parentElement.append(probe);
      const found = getComputedStyle(probe).color;
      probe.remove();
      return found;
    };
    const datasets = drawn.series.map((one, number) => ({
      label: one.label,
      data: one.values,
      backgroundColor: color(number),
      borderColor: color(number),
      borderRadius: 3,
      maxBarThickness: 48,
    }));
    chart?.destroy();
    Chart.defaults.font.family = style.fontFamily;
    const across = { reverse: rtl, ticks: { color: ink }, grid: { display: false } };
    const up = { beginAtZero: true, position: rtl ? "right" : "left", ticks: { color: ink, precision: 0 }, grid: { color: line } };
    chart = new Chart(canvas, {
      type: drawn.kind,
      data: { labels: drawn.labels.map((label) => (label.length > 28 ? `${label.slice(0, 27)}…` : label)), datasets },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        scales: { x: across, y: up },
        plugins: { legend: { rtl, labels: { color: ink } }, tooltip: { rtl } },
      },
    });
  };
  draw();
  // Light or dark may change while the page is open.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme", "data-theme", "class"] });
})();
