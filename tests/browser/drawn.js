// Goes through every step of a player and measures each: where things stand, and every text of the picture as it is drawn.
async ([slug, themes]) => {
  const root = document.getElementById(`w-${slug}`);
  const slider = document.getElementById(`w-${slug}-ruler`);
  const brush = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
  const known = new Map();
  // What a pixel is after these colours, each with its opacity, were laid one upon the other.
  const mixed = (layers) => {
    const key = layers.join('|');
    if (!known.has(key)) {
      brush.globalAlpha = 1; brush.clearRect(0, 0, 1, 1);
      for (const [colour, alpha] of layers) { brush.globalAlpha = alpha; brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
      known.set(key, [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3));
    }
    return known.get(key);
  };
  const luminance = (rgb) => { const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const opacity = (node) => { let all = 1; for (; node.nodeName !== 'svg'; node = node.parentNode) all *= getComputedStyle(node).opacity; return all; };
  const fill = (node) => [getComputedStyle(node).fill, opacity(node) * getComputedStyle(node).fillOpacity];
  const inside = (zone, box) => { const z = zone.getBoundingClientRect(); return z.left <= box.left && z.right >= box.right && z.top <= box.top && z.bottom >= box.bottom; };
  const texts = (theme) => {
    const sheet = [getComputedStyle(root).backgroundColor, 1];
    const found = [];
    for (const svg of root.querySelectorAll('.stage svg')) {
      if (!svg.checkVisibility()) continue;
      const view = svg.viewBox.baseVal, drawn = svg.getBoundingClientRect();
      const scale = Math.min(drawn.width / view.width, drawn.height / view.height);
      const zones = [...svg.querySelectorAll('.zone > rect')];
      for (const text of svg.querySelectorAll('text')) {
        const box = text.getBoundingClientRect(), own = text.parentNode.querySelector('rect');
        const under = [sheet, ...zones.filter((zone) => inside(zone, box)).map(fill)];
        if (text.matches('.actor > text')) under.push(fill(own));
        if (text.matches('.verb')) under.push([getComputedStyle(text).stroke, 1]);
        const [a, b] = [luminance(mixed(under)), luminance(mixed([...under, fill(text)]))].sort((x, y) => y - x);
        const frame = text.matches('.actor > text') ? own.getBoundingClientRect() : drawn;
        found.push({theme, text: text.textContent, px: parseFloat(getComputedStyle(text).fontSize) * scale, contrast: (a + .05) / (b + .05),
          out: Math.max(frame.left - box.left, box.right - frame.right, box.bottom - frame.bottom - 1)});
      }
    }
    return found;
  };
  const steps = [];
  for (let step = 1; step <= Number(slider.max); step += 1) {
    slider.value = step; slider.dispatchEvent(new Event('input', {bubbles: true}));
    while (root.querySelector('.hand').dataset.step !== String(step)) await new Promise((next) => setTimeout(next, 4));
    const at = (name) => root.querySelector(name).getBoundingClientRect();
    const shown = {step, stage: at('.stage').top, transport: at('.transport').top, slider: at('.slider').top, forward: at('[data-key=forward]').top, tapped: [at('[data-key=forward]').left, at('[data-key=forward]').right], told: at('.told').top, end: at('.told').bottom, say: at('.say').bottom, play: at('.play').bottom, texts: []};
    for (const theme of themes) {
      document.documentElement.dataset.theme = theme;
      shown.texts.push(...texts(theme));
    }
    steps.push(shown);
  }
  return steps;
}
