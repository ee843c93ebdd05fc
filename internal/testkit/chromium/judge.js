// Returns what is wrong with the page in the tab, and what its header looks like.
(() => {
  const problems = [];
  const quote = (text) => JSON.stringify(text.trim().slice(0, 40));
  const page = document.documentElement;
  const visible = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });

  // WCAG 2.2, "relative luminance" and "contrast ratio".
  const read = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => {
    const mix = (c) => top[c] * top.a + below[c] * (1 - top.a);
    return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
  };
  const behind = (e) => {
    const color = read(getComputedStyle(e).backgroundColor);
    if (color.a === 1) return color;
    return over(color, e.parentElement ? behind(e.parentElement) : { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = (color) => {
    const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b);
  };
  const contrast = (e) => {
    const below = behind(e);
    const [light, dark] = [luminance(over(read(getComputedStyle(e).color), below)), luminance(below)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const check = (e, text) => {
    if (contrast(e) < 4.5) problems.push(`${quote(text)} has a contrast of ${contrast(e).toFixed(2)}:1`);
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (!node.data.trim() || !visible(node.parentElement)) continue;
    check(node.parentElement, node.data);
    const range = document.createRange();
    range.selectNodeContents(node);
    const { left, right } = range.getBoundingClientRect();
    if (left < 0 || right > page.clientWidth + 0.5) problems.push(`${quote(node.data)} leaves the window`);
  }
  document.querySelectorAll("input:not([type=checkbox]), select").forEach((e) => visible(e) && check(e, e.value));
  if (page.scrollWidth > page.clientWidth) problems.push(`it scrolls sideways: ${page.scrollWidth} in ${page.clientWidth} px`);

  const loaded = performance.getEntriesByType("resource");
  if (loaded.length) problems.push(`it loads ${loaded[0].name}`);
  if (document.querySelectorAll("h1").length !== 1) problems.push("it has not one h1");
  const main = [...document.querySelectorAll("main button:not(.quiet), main .button:not(.quiet)")].filter(visible);
  if (main.length > 1) problems.push(`it has ${main.length} main actions`);

  const header = document.body.firstElementChild;
  const part = (selector) => {
    const e = header.querySelector(selector);
    return e ? `${e.textContent} ${getComputedStyle(e).font} at ${e.getBoundingClientRect().x}` : "none";
  };
  const { x, y, width, height } = header.getBoundingClientRect();
  return {
    problems,
    title: document.title,
    header: `${header.localName} ${x},${y} ${width}x${height}; product ${part(".product")}; mark ${part(".badge")}`,
    note: header.querySelector(".note")?.textContent ?? "",
    focusable: document.querySelectorAll("a[href], button, input, select").length,
  };
})()
